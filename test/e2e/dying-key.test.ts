// A key that dies or is limited with many requests on it: one penalty, everyone served, and no storm when it is back.
import { expect, setDefaultTimeout, test } from "bun:test";
import { Gate, startBalanced } from "../fixture/balanced.ts";
import { errorJson, unauthorized } from "../fixture/behaviours.ts";
import { MODEL } from "../fixture/client.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const CLIENTS = 20;
const [KEY, SPARE] = [fakeSecret("dying"), fakeSecret("dying_spare")];

test("twenty requests on a key that dies: one penalty, and another key serves them all", async () => {
  const gate = new Gate(unauthorized);
  await using upstream = startUpstream({ otherwise: openai, keys: { [KEY]: gate.behaviour }, listing: openai });
  const api_keys = [
    { name: "dying", key: KEY },
    { name: "spare", key: SPARE, priority: 1 },
  ];
  await using balanced = await startBalanced({ providers: [{ name: "main", base_url: upstream.url, api_keys }] });
  const answers = balanced.atOnce(CLIENTS);
  await until("all requests on the key", () => upstream.open(KEY) === CLIENTS);
  gate.open();
  expect((await answers).map(({ status }) => status)).toEqual(Array(CLIENTS).fill(200));
  expect([upstream.count(KEY), upstream.count(SPARE)]).toEqual([CLIENTS, CLIENTS]);
  const { dying } = await balanced.keys();
  expect(dying).toMatchObject({ state: "invalid", reason: "invalid_api_key", status: 401 });
  // The second step would be twenty minutes.
  expect(Date.parse(dying?.until ?? "") - Date.parse(dying?.since ?? "")).toBeLessThan(15 * 60_000);
  expect(await balanced.serially(5)).toEqual(Array(5).fill(200));
  expect(upstream.count(KEY)).toBe(CLIENTS);
});

test("a limited key that is back is asked by one, then by twice as many with each round", async () => {
  const limited = new Gate(() => errorJson(429, "rate_limit_exceeded", "Slow down", { "retry-after": "1" }));
  const back = new Gate(openai);
  let isLimited = true;
  await using upstream = startUpstream({
    otherwise: (call) => (isLimited ? limited : back).behaviour(call),
    listing: openai,
  });
  const models = { include: [MODEL] };
  await using balanced = await startBalanced({
    providers: [{ name: "main", base_url: upstream.url, api_keys: [KEY], models }],
  });
  const answers = balanced.atOnce(CLIENTS);
  await until("all requests on the key", () => upstream.open(KEY) === CLIENTS);
  isLimited = false;
  limited.open();
  for (const most of [1, 2, 4, 8]) {
    const before = upstream.count();
    await until("the next calls", () => upstream.open(KEY) > 0);
    // Whatever else was let through would have been sent in the same moment.
    await balanced.inFlight();
    expect(upstream.open(KEY)).toBeLessThanOrEqual(most);
    back.release(upstream.open(KEY));
    await until("their end", () => upstream.count() > before);
  }
  back.open();
  expect((await answers).map(({ status }) => status)).toEqual(Array(CLIENTS).fill(200));
  expect(upstream.count()).toBe(2 * CLIENTS);
});
