// Limits that the operator states: no key ever gets more than they say, and clients are told honestly when to come back.
import { expect, setDefaultTimeout, test } from "bun:test";
import { Gate, startBalanced } from "../fixture/balanced.ts";
import { events } from "../fixture/behaviours.ts";
import { chatEvents, openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEYS = [fakeSecret("stated_a"), fakeSecret("stated_b")];
const NOBODY_WAITS = { max_wait: "0s" };
/** What each answer of the fixture says that it used. */
const TOKENS = 13;

test.each([
  { name: "rpm", limits: { rpm: 5 }, least: 40, most: 62 },
  { name: "rpd", limits: { rpd: 5, rpm: 100 }, least: 86_000, most: 90_000 },
])("$name: so many calls for each key, and a 429 for the rest that says when one is free again", async (lab) => {
  const { limits, least, most } = lab;
  await using upstream = startUpstream({ otherwise: openai, listing: openai });
  const providers = [{ name: "main", base_url: upstream.url, api_keys: KEYS, limits }];
  await using balanced = await startBalanced({ queue: NOBODY_WAITS, providers });
  const answers = await balanced.atOnce(20);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(KEYS.map((key) => upstream.count(key))).toEqual([5, 5]);
  expect(refused).toHaveLength(10);
  for (const { status, headers, json } of refused) {
    expect([status, json().error.code]).toEqual([429, "rate_limit_exceeded"]);
    const seconds = Number(headers.get("retry-after"));
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThanOrEqual(most);
    // Client libraries give up obeying what is longer, and would come back at once.
    expect(headers.get("x-should-retry")).toBe(String(seconds <= 60));
  }
  expect(Object.values(await balanced.obstacles("gpt-4o-mini"))).toEqual([["limit_stated"], ["limit_stated"]]);
});

test("limits of a key replace those of its provider, and those of a model are its own", async () => {
  await using upstream = startUpstream({ otherwise: openai, listing: openai });
  const api_keys = [{ key: KEYS[0], limits: { rpm: 7 } }, KEYS[1]];
  const limits = { rpm: 4, models: { "small*": { rpm: 1 } } };
  await using balanced = await startBalanced({
    queue: NOBODY_WAITS,
    providers: [{ name: "main", base_url: upstream.url, api_keys, limits }],
  });
  await balanced.atOnce(6, { model: "small-1" });
  expect(KEYS.map((key) => upstream.count(key))).toEqual([1, 1]);
  await balanced.atOnce(20, { model: "large" });
  expect(KEYS.map((key) => upstream.count(key))).toEqual([7, 4]);
});

test("concurrency: so many calls of each key at one time, and everybody is served in the end", async () => {
  const gate = new Gate(openai);
  await using upstream = startUpstream({ otherwise: gate.behaviour, listing: openai });
  const providers = [{ name: "main", base_url: upstream.url, api_keys: KEYS, limits: { concurrency: 2 } }];
  await using balanced = await startBalanced({ providers });
  const answers = balanced.atOnce(20);
  for (let served = 0; served < 20; served += 1) {
    await until(`call ${served}`, () => upstream.count() === Math.min(20, served + 4));
    gate.release();
  }
  expect((await answers).map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(KEYS.map((key) => upstream.mostOpen(key))).toEqual([2, 2]);
});

test("tpm: what answers use, and what those in flight may use, stays below", async () => {
  await using upstream = startUpstream({ otherwise: openai, listing: openai });
  const tpm = 100;
  const providers = [{ name: "main", base_url: upstream.url, api_keys: KEYS, limits: { tpm } }];
  await using balanced = await startBalanced({ queue: NOBODY_WAITS, providers });
  const statuses = new Set<number>();
  for (let round = 0; round < 5; round += 1) {
    for (const { status } of await balanced.atOnce(6, { max_tokens: 5 })) statuses.add(status);
  }
  expect([...statuses].sort()).toEqual([200, 429]);
  for (const key of KEYS) {
    expect(upstream.count(key) * TOKENS).toBeLessThanOrEqual(tpm);
    // Its last request was let in while what the earlier ones had reserved was given back.
    expect(upstream.count(key) * TOKENS).toBeGreaterThan(tpm / 2);
  }
});

test("a stream has its slot until its end", async () => {
  const ends: (() => void)[] = [];
  await using upstream = startUpstream({
    otherwise: () => events(heldBack(chatEvents(), new Promise<void>((resolve) => ends.push(resolve)))),
    listing: openai,
  });
  const providers = [{ name: "main", base_url: upstream.url, api_keys: [KEYS[0]], limits: { concurrency: 1 } }];
  await using balanced = await startBalanced({ providers });
  const answers = [balanced.ask({ stream: true }), balanced.ask({ stream: true })];
  await until("the first call", () => ends.length === 1);
  await until("both requests", async () => (await balanced.inFlight()) === 2);
  expect(await balanced.provider("main")).toMatchObject({ in_flight: 1 });
  expect(upstream.count()).toBe(1);
  ends[0]?.();
  await until("the second call", () => ends.length === 2);
  ends[1]?.();
  for (const { text } of await Promise.all(answers)) expect(text).toEndWith("data: [DONE]\n\n");
});

/** All events but the last, which comes when the test says so. */
async function* heldBack(pieces: readonly string[], end: Promise<void>): AsyncGenerator<string> {
  yield* pieces.slice(0, -1);
  await end;
  yield* pieces.slice(-1);
}
