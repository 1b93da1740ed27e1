// How a key is chosen among several that could serve.
import { expect, setDefaultTimeout, test } from "bun:test";
import { startBalanced } from "../fixture/balanced.ts";
import { rateLimited } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [FIRST, SECOND, THIRD] = [fakeSecret("turn_1"), fakeSecret("turn_2"), fakeSecret("turn_3")];

async function startLab(strategy: string, api_keys: readonly unknown[] = [FIRST, SECOND, THIRD]) {
  const stack = new AsyncDisposableStack();
  const upstream = stack.use(startUpstream({ otherwise: openai, listing: openai }));
  const providers = [{ name: "main", base_url: upstream.url, strategy, api_keys }];
  const balanced = stack.use(await startBalanced({ providers }));
  const order = () => upstream.calls.map(({ key }) => [FIRST, SECOND, THIRD].indexOf(key ?? "") + 1);
  return { upstream, balanced, order, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("fill_first uses the first key until it is limited, then the second", async () => {
  await using lab = await startLab("fill_first");
  await lab.balanced.serially(4);
  lab.upstream.byKey(FIRST, rateLimited(600));
  expect(await lab.balanced.serially(4)).toEqual([200, 200, 200, 200]);
  expect(lab.order()).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2]);
});

test("round_robin takes turns, twice as many for twice the weight", async () => {
  await using lab = await startLab("round_robin");
  await lab.balanced.serially(9);
  const order = lab.order();
  expect(order.slice(3, 6)).toEqual(order.slice(0, 3));
  expect(order.slice(6, 9)).toEqual(order.slice(0, 3));
  expect(new Set(order.slice(0, 3)).size).toBe(3);
  await using weighted = await startLab("round_robin", [{ key: FIRST, weight: 2 }, SECOND]);
  await weighted.balanced.serially(9);
  expect(weighted.order().filter((key) => key === 1)).toHaveLength(6);
});

test("least_used prefers the key that served least in 24 hours", async () => {
  await using lab = await startLab("least_used");
  await lab.balanced.serially(12);
  expect([FIRST, SECOND, THIRD].map((key) => lab.upstream.count(key))).toEqual([4, 4, 4]);
});
