// A provider that is well again before its breaker has noticed: `providers reset`, with and without a daemon.
import { expect, setDefaultTimeout, test } from "bun:test";
import { fixed } from "../fixture/behaviours.ts";
import { chat, MODEL } from "../fixture/client.ts";
import { newHome } from "../fixture/home.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

/** Others go first for as long: no test lasts until then. */
const OVERLOADED = fixed(503, "{}", { "retry-after": "250" });

/** The first is used as long as it is up; nothing but requests and commands changes that. */
async function newWorld() {
  const first = startUpstream({ otherwise: OVERLOADED, listing: openai });
  const second = startUpstream({ otherwise: openai });
  const home = await newHome();
  const provider = (name: string, base_url: string) => ({ name, base_url, api_keys: [fakeSecret(`reset_${name}`)] });
  await home.configure({
    health: { probe: "off" },
    providers: [
      { ...provider("first", first.url), max_retries: 0 },
      { ...provider("second", second.url), max_retries: 0 },
    ],
    models: { fast: [`first/${MODEL}`, `second/${MODEL}`] },
  });
  const daemon = await home.serve();
  const ask = async (at = daemon) => (await at.ask("/v1/chat/completions", chat({ model: "fast" }))).status;
  for (let i = 0; i < 2; i++) expect(await ask()).toBe(200);
  first.otherwise(openai);
  return {
    home,
    daemon,
    first,
    ask,
    [Symbol.asyncDispose]: async () => {
      await home[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
    },
  };
}

test.concurrent("with a running daemon it is used again at once", async () => {
  await using world = await newWorld();
  const { home, first, ask } = world;
  expect(await home.ok(["explain", "fast"])).toMatch(/^ +1 +first .*the model fails there: others go first$/m);
  const before = first.count();
  await ask();
  expect(first.count()).toBe(before);
  expect(await home.ok(["providers", "reset", "first", "--model", MODEL])).toBe(`Reset ${MODEL} at first\n`);
  await ask();
  expect(first.count()).toBe(before + 1);
  expect(await home.ok(["providers", "reset", "first"])).toBe(
    "Reset first: no breaker was open, and it was not suspect\n",
  );
});

test.concurrent("without one it counts from the next start on", async () => {
  await using world = await newWorld();
  const { home, daemon, first, ask } = world;
  await daemon.stop();
  expect(await home.ok(["providers", "reset", "first"])).toBe("Reset first, from the next start on\n");
  const before = first.count();
  await ask(await home.serve());
  expect(first.count()).toBe(before + 1);
});
