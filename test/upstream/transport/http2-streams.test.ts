// Many streams at once over HTTP/2: limits, windows, back-pressure, idle sessions.
import { expect, test } from "bun:test";
import { H2_ERROR, type H2PeerStream, startH2Server } from "../../fixture/h2-server.ts";
import { callOf, run, tally, testTransport, until } from "./run-exchange.ts";

const GIGABYTE = 1_000_000_000;

test("256 requests at once complete, and the next 256, over three sessions at most", async () => {
  await using server = await startH2Server({ onRequestEnd: (stream) => stream.answer(200, "ok") });
  await using transport = testTransport();
  const burst = () => Promise.all(Array.from({ length: 256 }, () => run(transport, callOf(server.origin))));
  expect(tally(await burst())).toEqual({ complete: 256 });
  expect(server.sessions.length).toBeLessThanOrEqual(3);
  expect(tally(await burst())).toEqual({ complete: 256 });
  // How many of the three a burst needs depends on how fast the one before it was answered.
  expect(server.sessions.length).toBeLessThanOrEqual(3);
});

test("1,000 streams are all open at once", async () => {
  const streams: H2PeerStream[] = [];
  await using server = await startH2Server({
    onRequestEnd(stream) {
      stream.head(200);
      streams.push(stream);
    },
  });
  await using transport = testTransport();
  let heads = 0;
  const onHead = () => {
    heads++;
  };
  const reports = Array.from({ length: 1000 }, () => run(transport, callOf(server.origin), { onHead }));
  await until(() => heads === 1000);
  for (const stream of streams) stream.data("done", true);
  expect(tally(await Promise.all(reports))).toEqual({ complete: 1000 });
  expect(server.sessions).toHaveLength(10);
});

test("a peer that allows 10 streams is sent 10 a session, and 100 requests complete", async () => {
  const open: H2PeerStream[] = [];
  await using server = await startH2Server({
    maxConcurrentStreams: 10,
    onRequestEnd(stream) {
      if (open.push(stream) === 100) for (const each of open) each.answer(200, "ok");
    },
  });
  await using transport = testTransport();
  const reports = await Promise.all(Array.from({ length: 100 }, () => run(transport, callOf(server.origin))));
  expect(tally(reports)).toEqual({ complete: 100 });
  expect(server.sessions.map((session) => session.mostOpenStreams)).toEqual(Array.from({ length: 10 }, () => 10));
});

test("what waits for room is served as streams end when no further connection can be had", async () => {
  const held: H2PeerStream[] = [];
  await using server = await startH2Server({
    maxConcurrentStreams: 2,
    onRequestEnd: (stream) => (stream.id <= 3 ? held.push(stream) : stream.answer(200, "later")),
  });
  await using transport = testTransport();
  const first = Array.from({ length: 2 }, () => run(transport, callOf(server.origin)));
  await until(() => held.length === 2);
  server.stopListening();
  const later = Array.from({ length: 6 }, () => run(transport, callOf(server.origin)));
  for (const stream of held) stream.answer(200, "first");
  expect(tally(await Promise.all([...first, ...later]))).toEqual({ complete: 8 });
});

test("a peer that allows no stream at all leaves each call never-sent", async () => {
  await using server = await startH2Server({
    maxConcurrentStreams: 0,
    onRequest: (stream) => stream.reset(H2_ERROR.refused),
  });
  await using transport = testTransport();
  const reports = await Promise.all(Array.from({ length: 3 }, () => run(transport, callOf(server.origin))));
  expect(reports.map((report) => report.end.kind)).toEqual(["never-sent", "never-sent", "never-sent"]);
});

test("a limit lowered on a running session holds for what comes after", async () => {
  const open: H2PeerStream[] = [];
  await using server = await startH2Server({ onRequestEnd: (stream) => open.push(stream) });
  await using transport = testTransport();
  const first = run(transport, callOf(server.origin));
  await until(() => open.length === 1);
  server.sessions[0]?.settings(1);
  open[0]?.answer(200, "ok");
  await first;
  const reports = Array.from({ length: 3 }, () => run(transport, callOf(server.origin)));
  await until(() => open.length === 4);
  for (const stream of open.slice(1)) stream.answer(200, "ok");
  expect(tally(await Promise.all(reports))).toEqual({ complete: 3 });
  expect(server.sessions).toHaveLength(3);
});

test("a paused answer of 1 GB stops at its window and goes on when resumed", async () => {
  await using server = await startH2Server({
    onRequestEnd(stream) {
      stream.head(200);
      stream.pour(GIGABYTE);
    },
  });
  await using transport = testTransport();
  let received = 0;
  let resume: (() => void) | undefined;
  const report = run(transport, callOf(server.origin), {
    isLarge: true,
    onData(exchange, bytes) {
      received += bytes.length;
      if (resume === undefined) exchange.pause();
      resume ??= () => exchange.resume();
      if (received > 50_000_000) exchange.abort();
    },
  });
  await until(() => (server.sessions[0]?.pouredBytes ?? 0) >= 512 * 1024);
  // The peer stands still: whole round trips on the same connection bring nothing more of it.
  const side = await run(transport, callOf(server.origin), { onHead: (exchange) => exchange.abort() });
  expect(side.end.kind).toBe("aborted");
  expect(received).toBeLessThanOrEqual(16_384);
  expect(streamPoured(server.sessions[0]?.streams.get(1))).toBeLessThanOrEqual(512 * 1024);
  resume?.();
  expect((await report).end.kind).toBe("aborted");
});

test("paused answers do not hold up their siblings, and all complete when resumed", async () => {
  const size = 4_000_000;
  await using server = await startH2Server({
    onRequestEnd(stream) {
      if (stream.headers.some(([name]) => name === "x-small")) return stream.answer(200, "small");
      stream.head(200);
      stream.pour(size);
    },
  });
  await using transport = testTransport();
  const resumes: (() => void)[] = [];
  const large = Array.from({ length: 20 }, () =>
    run(transport, callOf(server.origin), {
      onHead(exchange) {
        exchange.pause();
        resumes.push(() => exchange.resume());
      },
    }),
  );
  await until(() => (server.sessions[0]?.pouredBytes ?? 0) >= 20 * 512 * 1024);
  const small = await run(transport, callOf(server.origin, { headers: ["x-small", "1"] }));
  expect(small.body.toString()).toBe("small");
  for (const resume of resumes) resume();
  const reports = await Promise.all(large);
  expect(reports.map((report) => report.body.length)).toEqual(Array.from({ length: 20 }, () => size));
  expect(server.sessions).toHaveLength(1);
});

test("an end that comes while paused waits until what came before was read", async () => {
  await using server = await startH2Server({
    onRequestEnd(stream) {
      stream.head(200);
      stream.data("all of it");
      stream.session.socket.end();
    },
  });
  await using transport = testTransport();
  const report = await run(transport, callOf(server.origin), {
    onHead(exchange) {
      exchange.pause();
      void until(() => server.sessions[0]?.closed === true).then(() => exchange.resume());
    },
  });
  expect(report.body.toString()).toBe("all of it");
  expect(report.end.kind).toBe("cut");
});

test("bodies beyond the windows arrive whole, and a stalled upload leaves the others alone", async () => {
  const size = 2_000_000;
  await using server = await startH2Server({ onRequestEnd: (stream) => stream.answer(200, String(stream.bodyBytes)) });
  await using transport = testTransport();
  const large = Array.from({ length: 5 }, () => run(transport, callOf(server.origin, { body: Buffer.alloc(size) })));
  const small = run(transport, callOf(server.origin));
  expect((await small).end).toEqual({ kind: "complete" });
  expect((await Promise.all(large)).map((report) => report.body.toString())).toEqual(Array(5).fill(String(size)));
});

test("a header list longer than a frame is continued", async () => {
  const value = "v".repeat(20_000);
  await using server = await startH2Server({ onRequestEnd: (stream) => stream.answer(200, "ok") });
  await using transport = testTransport();
  const report = await run(transport, callOf(server.origin, { headers: ["x-long", value], method: "GET" }));
  expect(report.end).toEqual({ kind: "complete" });
});

test("close lets running streams finish, closes their sessions and takes no new calls", async () => {
  const open: H2PeerStream[] = [];
  await using server = await startH2Server({ onRequestEnd: (stream) => open.push(stream) });
  await using transport = testTransport();
  const running = run(transport, callOf(server.origin));
  await until(() => open.length === 1);
  const closed = transport.close();
  const late = await run(transport, callOf(server.origin));
  expect(late.end).toEqual({ kind: "never-sent", cause: "TRANSPORT_CLOSED" });
  open[0]?.answer(200, "ok");
  expect((await running).end).toEqual({ kind: "complete" });
  await closed;
  await until(() => server.sessions[0]?.closed === true);
});

function streamPoured(stream: H2PeerStream | undefined): number {
  return stream === undefined ? 0 : 512 * 1024 - stream.window;
}
