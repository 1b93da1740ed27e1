// Which key serves requests that belong together.
import { expect, setDefaultTimeout, test } from "bun:test";
import { startBalanced } from "../fixture/balanced.ts";
import { unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEYS = Array.from({ length: 5 }, (_, index) => fakeSecret(`affine_${index}`));

async function startLab(affinity: "auto" | "off") {
  const stack = new AsyncDisposableStack();
  const upstream = stack.use(startUpstream({ otherwise: openai }));
  const providers = [{ name: "main", base_url: upstream.url, api_keys: KEYS }];
  const balanced = stack.use(await startBalanced({ affinity, providers }));
  /** The keys that served these requests, one after the other. */
  const served = async (count: number, fields: Readonly<Record<string, unknown>>) => {
    const before = upstream.count();
    expect(new Set(await balanced.serially(count, fields))).toEqual(new Set([200]));
    return upstream.calls.slice(before).map(({ key }) => key);
  };
  return { upstream, served, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("requests with the same cache key have one key, others have others, and all move when it dies", async () => {
  await using lab = await startLab("auto");
  const owners = new Set<string>();
  for (let index = 0; index < 20; index += 1) {
    const keys = new Set(await lab.served(3, { prompt_cache_key: `conversation ${index}` }));
    expect(keys.size).toBe(1);
    for (const key of keys) owners.add(key ?? "");
  }
  expect(owners.size).toBeGreaterThan(1);
  const [owner = ""] = await lab.served(1, { prompt_cache_key: "conversation 0" });
  lab.upstream.byKey(owner, unauthorized);
  const [refused, ...others] = await lab.served(6, { prompt_cache_key: "conversation 0" });
  expect(refused).toBe(owner);
  expect(new Set(others).size).toBe(1);
  expect(others).not.toContain(owner);
});

test("without affinity serial requests go from key to key", async () => {
  await using lab = await startLab("off");
  const keys = await lab.served(15, { prompt_cache_key: "conversation" });
  for (let round = 0; round < 3; round += 1) {
    expect(new Set(keys.slice(round * KEYS.length, (round + 1) * KEYS.length)).size).toBe(KEYS.length);
  }
});
