// Where requests wait for a key: who is served next, who is sent away, and that nobody who left is served.
import { expect, setDefaultTimeout, test } from "bun:test";
import { Gate, startBalanced } from "../fixture/balanced.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEY = fakeSecret("queue_key");
const TOKENS = { ann: fakeSecret("queue_ann"), bob: fakeSecret("queue_bob") } as const;

/** One key with one slot. */
async function startLab(queue: object = {}) {
  const stack = new AsyncDisposableStack();
  const gate = new Gate(openai);
  const upstream = stack.use(startUpstream({ otherwise: gate.behaviour, listing: openai }));
  const providers = [{ name: "main", base_url: upstream.url, api_keys: [KEY], limits: { concurrency: 1 } }];
  const auth = { client_tokens: Object.values(TOKENS) };
  const balanced = stack.use(await startBalanced({ auth, queue, providers }));
  let sent = 0;
  let left = 0;
  /** Sends a request whose `user` is its name, and resolves once it is served or waits. */
  const send = async (user: string, who: keyof typeof TOKENS = "ann") => {
    const leave = new AbortController();
    const headers = { authorization: `Bearer ${TOKENS[who]}` };
    const answer = balanced.ask({ user }, { headers, signal: leave.signal });
    answer.catch(() => undefined);
    sent += 1;
    await until(`request ${user}`, async () => (await balanced.inFlight()) === sent - left);
    const away = async () => {
      leave.abort();
      left += 1;
      await until(`${user} has left`, async () => (await balanced.inFlight()) === sent - left);
    };
    return { answer, leave: away };
  };
  /** Lets the calls end one after the other, and says whose they were. */
  const serveAll = async (count: number): Promise<string[]> => {
    for (let served = 1; served <= count; served += 1) {
      await until(`call ${served}`, () => upstream.count() === served);
      gate.release();
    }
    return upstream.calls.map(({ body }) => JSON.parse(new TextDecoder().decode(body)).user);
  };
  return { upstream, balanced, gate, send, serveAll, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("who comes first is served first, and clients take turns", async () => {
  await using lab = await startLab();
  const requests = [await lab.send("ann 1")];
  for (const name of ["ann 2", "ann 3", "ann 4"]) requests.push(await lab.send(name));
  for (const name of ["bob 1", "bob 2"]) requests.push(await lab.send(name, "bob"));
  expect(await lab.serveAll(6)).toEqual(["ann 1", "ann 2", "bob 1", "ann 3", "bob 2", "ann 4"]);
  const answers = await Promise.all(requests.map(({ answer }) => answer));
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
  expect(lab.upstream.mostOpen(KEY)).toBe(1);
});

test("who leaves is forgotten, and the slot goes to the next", async () => {
  await using lab = await startLab();
  const first = await lab.send("first");
  const gone = await lab.send("gone");
  const next = await lab.send("next");
  await gone.leave();
  expect(await lab.serveAll(2)).toEqual(["first", "next"]);
  expect([(await first.answer).status, (await next.answer).status]).toEqual([200, 200]);
  expect(await lab.balanced.provider("main")).toMatchObject({ in_flight: 0, used_24h: 2, failed_24h: 0 });
});

test("a client that leaves while it is served gives its slot to who waits", async () => {
  await using lab = await startLab();
  const served = await lab.send("served");
  const next = await lab.send("next");
  await until("the first call", () => lab.upstream.count() === 1);
  await served.leave();
  await until("the second call", () => lab.upstream.count() === 2);
  lab.gate.open();
  expect((await next.answer).status).toBe(200);
});

test("a full queue sends away who comes last", async () => {
  await using lab = await startLab({ max_size: 1 });
  const first = await lab.send("first");
  const waits = await lab.send("waits");
  const headers = { authorization: `Bearer ${TOKENS.ann}` };
  const refused = await lab.balanced.ask({ user: "late" }, { headers });
  expect([refused.status, refused.json().error.code]).toEqual([503, "queue_full"]);
  expect(refused.headers.get("x-should-retry")).toBe("true");
  expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
  expect(await lab.serveAll(2)).toEqual(["first", "waits"]);
  expect([(await first.answer).status, (await waits.answer).status]).toEqual([200, 200]);
});

test("where nobody waits, who finds no slot is sent away at once", async () => {
  await using lab = await startLab({ max_wait: "0s" });
  const first = await lab.send("first");
  await until("the first call", () => lab.upstream.count() === 1);
  const headers = { authorization: `Bearer ${TOKENS.bob}` };
  const refused = await lab.balanced.ask({ user: "late" }, { headers });
  expect([refused.status, refused.json().error.code]).toEqual([429, "rate_limit_exceeded"]);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(refused.headers.get("x-should-retry")).toBe("true");
  lab.gate.open();
  expect((await first.answer).status).toBe(200);
  expect(lab.upstream.count()).toBe(1);
});
