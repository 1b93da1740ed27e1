// A committed answer alone: pauses, idle times, and its one end.
import { expect, test } from "bun:test";
import { createDownloadPipe } from "../../../src/proxy/answer/body-pipe.ts";
import { LiveAnswer, type LiveEnd } from "../../../src/proxy/answer/live-answer.ts";
import { FakeCall, VirtualTime } from "../fixtures.ts";

const CALL = { origin: "", path: "", method: "GET", headers: [], body: null, connectMs: 0 };
const BYTES = new Uint8Array([1, 2, 3]);
const IDLE_MS = 1_000;
const HEADERS = [["x-ratelimit-remaining-requests", "0"] as const, ["x-ratelimit-reset-requests", "1s"] as const];

function live(held: Uint8Array[] = []) {
  const time = new VirtualTime();
  const client = new AbortController();
  const exchange = new FakeCall(CALL, "p", { onHead() {}, onData() {}, onEnd() {} });
  const head = { status: 200, headers: HEADERS, latencyMs: 5 };
  const { signal } = client;
  const pipe = createDownloadPipe();
  const answer = new LiveAnswer({ head, pipe, held, idleMs: IDLE_MS, signal, exchange, timing: time });
  const over: LiveEnd[] = [];
  answer.whenOver((end) => over.push(end));
  return { answer, time, client, exchange, over };
}

function sink() {
  const written: Uint8Array[] = [];
  const ends: LiveEnd[] = [];
  return {
    written,
    ends,
    write: (bytes: Uint8Array) => void written.push(bytes),
    end: (end: LiveEnd) => void ends.push(end),
  };
}

test("hands over what was held first, then what comes, then its end, once", () => {
  const { answer, over, time } = live([BYTES]);
  answer.onData(BYTES);
  const target = sink();
  answer.attach(target);
  answer.onData(BYTES);
  answer.onEnd({ kind: "complete" });
  answer.onEnd({ kind: "cut", cause: "late" });
  answer.onData(BYTES);
  answer.abort();
  expect([target.written.length, answer.bytesOut, time.pending]).toEqual([3, 9, 0]);
  expect([target.ends, over]).toEqual([
    [{ kind: "complete", tail: undefined }],
    [{ kind: "complete", tail: undefined }],
  ]);
});

test("is a success at its end, without the headers that were noted at the commit", () => {
  const { answer } = live();
  expect(answer.outcomeOf({ kind: "complete", tail: undefined })).toEqual({
    kind: "answer",
    status: 200,
    headers: [],
    inside: false,
    isHtml: false,
    latencyMs: 5,
    complete: true,
  });
});

test("is over only when its end was handed to somebody", () => {
  const { answer, over } = live();
  answer.onEnd({ kind: "complete" });
  expect(over).toEqual([]);
  answer.attach(sink());
  expect(over.map(({ kind }) => kind)).toEqual(["complete"]);
});

test("tells a listener that comes late, and a sink too", () => {
  const { answer, client, exchange, over } = live([BYTES]);
  client.abort();
  const late: LiveEnd[] = [];
  const target = sink();
  answer.whenOver((end) => late.push(end));
  answer.attach(target);
  expect([over, late, target.ends]).toEqual([[{ kind: "aborted" }], [{ kind: "aborted" }], [{ kind: "aborted" }]]);
  expect([target.written, exchange.isAborted]).toEqual([[], true]);
});

test("counts no idle time while the client does not read", async () => {
  const { answer, time, exchange, over } = live();
  answer.attach(sink());
  answer.pause();
  expect(exchange.isPaused).toBe(true);
  await time.advance(10 * IDLE_MS);
  expect(over).toEqual([]);
  answer.resume();
  expect(exchange.isPaused).toBe(false);
  await time.advance(IDLE_MS - 1);
  expect(over).toEqual([]);
  await time.advance(IDLE_MS);
  expect(over).toMatchObject([{ kind: "broken", isStalled: true }]);
  expect(exchange.isAborted).toBe(true);
});

test("gives a client up that has read nothing for ten minutes, and blames nobody", async () => {
  const { answer, time, exchange, over } = live();
  const target = sink();
  answer.attach(target);
  answer.onData(BYTES);
  answer.pause();
  await time.advance(10 * 60_000 - 1);
  expect([over, exchange.isAborted]).toEqual([[], false]);
  await time.advance(1);
  expect([over, target.ends]).toEqual([[{ kind: "aborted" }], [{ kind: "aborted" }]]);
  expect([exchange.isAborted, time.pending]).toEqual([true, 0]);
  expect(answer.outcomeOf({ kind: "aborted" })).toEqual({ kind: "client-gone", waitedMs: 0 });
});

test.each([
  ["since the last byte", (_: LiveAnswer) => {}, 700],
  ["not at all for a client that did not read", (answer: LiveAnswer) => answer.pause(), 0],
])("a client that leaves has waited %s", async (_name, prepare, waitedMs) => {
  const { answer, time, client, over } = live();
  answer.attach(sink());
  answer.onData(BYTES);
  prepare(answer);
  await time.advance(700);
  client.abort();
  const [end] = over;
  if (end === undefined) throw new Error("It is not over");
  expect(answer.outcomeOf(end)).toEqual({ kind: "client-gone", waitedMs });
});

test("a client that leaves what the provider has finished has not waited for it", async () => {
  const { answer, time, client, exchange, over } = live();
  answer.onEnd({ kind: "complete" });
  await time.advance(700);
  client.abort();
  expect(over).toEqual([{ kind: "aborted" }]);
  expect([answer.outcomeOf({ kind: "aborted" }), exchange.isAborted]).toEqual([
    { kind: "client-gone", waitedMs: 0 },
    false,
  ]);
});

test("a sink that gives up in the middle gets no more of what was held", () => {
  const { answer, over } = live([BYTES, BYTES, BYTES]);
  const target = sink();
  answer.attach({ ...target, write: () => answer.abort() });
  expect([answer.bytesOut, target.ends, over]).toEqual([3, [{ kind: "aborted" }], [{ kind: "aborted" }]]);
});
