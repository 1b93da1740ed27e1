// A provider that fails beside one that does not: clients notice nothing, and it is used again once it is back.
import { expect, setDefaultTimeout, test } from "bun:test";
import { type Balanced, Gate, startBalanced } from "../fixture/balanced.ts";
import { serverError, silent } from "../fixture/behaviours.ts";
import { MODEL } from "../fixture/client.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Behaviour, startUpstream, type Upstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEYS = ["a", "b", "c"].map((name) => fakeSecret(`outage_${name}`));
const SPARE = fakeSecret("outage_spare");
const CLIENTS = 4;

/** Two providers, the first of which is asked as long as it is up. */
function startLab(base_url: string, spare: Upstream, timeouts = {}) {
  const models = { fast: [`first/${MODEL}`, `second/${MODEL}`] };
  return startBalanced({
    models,
    providers: [
      { name: "first", base_url, api_keys: KEYS, timeouts, max_retries: 1 },
      { name: "second", base_url: spare.url, api_keys: [SPARE] },
    ],
  });
}

/** Clients ask on and on until it is so; everyone must be served. */
async function askUntil(what: string, balanced: Balanced, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const ask = async () => {
    const answer = await balanced.ask({ model: "fast" });
    if (answer.status !== 200) throw new Error(`A client got ${answer.status}: ${answer.text}`);
    return isSo();
  };
  await Promise.all(Array.from({ length: CLIENTS }, () => until(what, ask, 30_000)));
}

async function isUp(balanced: Balanced): Promise<boolean> {
  const first = await balanced.provider("first");
  return first?.state === "up" && first.open_models.length === 0;
}

const isDown = async (balanced: Balanced) => !(await isUp(balanced));

test.concurrent.each<[string, Behaviour, object]>([
  ["answers 500", serverError, {}],
  ["hangs", silent, { first_byte: "1s", response: "1s" }],
])("a provider that %s", async (_name, fault, timeouts) => {
  await using first = startUpstream({ otherwise: openai, listing: openai });
  await using second = startUpstream({ otherwise: openai, listing: openai });
  await using balanced = await startLab(first.url, second, timeouts);
  await askUntil("answers of the first", balanced, () => first.count() >= 10);
  expect(second.count()).toBe(0);
  first.otherwise(fault);
  await askUntil("that it is open", balanced, () => isDown(balanced));
  // What was begun before it was open comes to its end, and a slow machine may come to the first probe.
  const before = first.count();
  await askUntil("answers of the second", balanced, () => second.count() >= 50);
  expect(first.count() - before).toBeLessThanOrEqual(CLIENTS + 1);
  first.otherwise(openai);
  await askUntil("that it is up", balanced, () => isUp(balanced));
  const [ofFirst, ofSecond] = [first.count(), second.count()];
  await balanced.serially(10, { model: "fast" });
  expect([first.count() - ofFirst, second.count() - ofSecond]).toEqual([10, 0]);
});

test.concurrent("while it is half-open one request is its probe, and all others go elsewhere", async () => {
  await using first = startUpstream({ otherwise: serverError, listing: serverError });
  await using second = startUpstream({ otherwise: openai, listing: openai });
  await using balanced = await startLab(first.url, second);
  await askUntil("that it is open", balanced, () => isDown(balanced));
  await until("the end of all calls", () => KEYS.every((key) => first.open(key) === 0));
  const gate = new Gate(openai);
  first.otherwise(gate.behaviour);
  const before = first.count();
  let isReleased = false;
  // The client of the probe waits for it; the others do not.
  const clients = askUntil("the end of the probe", balanced, () => isReleased);
  await until("a probe", () => first.count() > before, 30_000);
  const served = second.count();
  await until("50 more answers", () => second.count() > served + 50);
  expect(first.count() - before).toBe(1);
  isReleased = true;
  gate.open();
  await clients;
  expect(await isUp(balanced)).toBe(true);
  expect(await balanced.serially(6, { model: "fast" })).toEqual(Array(6).fill(200));
  expect(first.count() - before).toBeGreaterThanOrEqual(7);
});

test.concurrent("a provider that refuses connections", async () => {
  const first = startUpstream({ otherwise: openai, listing: openai });
  await using second = startUpstream({ otherwise: openai, listing: openai });
  await using balanced = await startLab(first.url, second);
  await askUntil("answers of the first", balanced, () => first.count() >= 10);
  await first[Symbol.asyncDispose]();
  await askUntil("that it is open", balanced, () => isDown(balanced));
  await askUntil("answers of the second", balanced, () => second.count() >= 50);
  await using back = startUpstream({ otherwise: openai, listing: openai, port: Number(new URL(first.url).port) });
  await askUntil("that it is up", balanced, () => isUp(balanced));
  await balanced.serially(10, { model: "fast" });
  expect(back.count()).toBeGreaterThanOrEqual(10);
});

test.concurrent("where no other provider is, clients wait for the probe, and are served if it succeeds", async () => {
  await using only = startUpstream({ otherwise: serverError, listing: serverError });
  const provider = { name: "first", base_url: only.url, api_keys: KEYS, max_retries: 0 };
  await using balanced = await startBalanced({ providers: [provider] });
  while (await isUp(balanced)) expect((await balanced.ask()).status).toBe(500);
  const gate = new Gate(openai);
  only.otherwise(gate.behaviour);
  const before = only.count();
  const answers = balanced.atOnce(20);
  await until("the probe", () => only.count() > before, 30_000);
  expect(await balanced.inFlight()).toBe(20);
  expect(only.count() - before).toBe(1);
  gate.open();
  expect((await answers).map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(only.count() - before).toBe(20);
});
