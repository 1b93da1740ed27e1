// How exchanges over HTTP/2 end when the peer or the connection ends them: each for itself.
import { expect, test } from "bun:test";
import { H2_ERROR, type H2PeerStream, startH2Server } from "../../fixture/h2-server.ts";
import { callOf, run, tally, testTransport, until } from "./run-exchange.ts";

const MANY = 100;

test.each([
  ["CANCEL", H2_ERROR.cancel, { kind: "cut", cause: "HTTP2_CANCEL" }],
  ["INTERNAL_ERROR", H2_ERROR.internal, { kind: "cut", cause: "HTTP2_INTERNAL_ERROR" }],
  ["NO_ERROR", H2_ERROR.none, { kind: "cut", cause: "HTTP2_NO_ERROR" }],
  ["REFUSED_STREAM", H2_ERROR.refused, { kind: "never-sent", cause: "HTTP2_REFUSED_STREAM" }],
] as const)("RST_STREAM with %s before an answer ends that exchange alone", async (_name, code, end) => {
  await using server = await startH2Server({
    onRequestEnd: (stream) => (stream.id === 5 ? stream.reset(code) : stream.answer(200, "ok")),
  });
  await using transport = testTransport();
  const reports = await Promise.all(Array.from({ length: 5 }, () => run(transport, callOf(server.origin))));
  expect(reports.map((report) => report.end.kind)).toEqual(["complete", "complete", end.kind, "complete", "complete"]);
  expect(reports[2]?.end).toEqual(end);
  expect(server.sessions).toHaveLength(1);
});

test.each([
  ["CANCEL", H2_ERROR.cancel],
  ["NO_ERROR", H2_ERROR.none],
  ["INTERNAL_ERROR", H2_ERROR.internal],
  ["REFUSED_STREAM", H2_ERROR.refused],
])("RST_STREAM with %s in the middle of an answer is a cut, never complete", async (name, code) => {
  await using server = await startH2Server({
    onRequestEnd(stream) {
      stream.head(200);
      stream.data("part");
      stream.reset(code);
    },
  });
  await using transport = testTransport();
  const report = await run(transport, callOf(server.origin));
  expect(report.body.toString()).toBe("part");
  expect(report.end).toEqual({ kind: "cut", cause: `HTTP2_${name}` });
});

test("a connection cut under 100 streams cuts them all, and the next call opens a new one", async () => {
  const streams: H2PeerStream[] = [];
  await using server = await startH2Server({
    onRequestEnd(stream) {
      if (stream.session !== server.sessions[0]) return stream.answer(200, "new");
      stream.head(200);
      stream.data("part");
      if (streams.push(stream) === MANY) stream.session.kill();
    },
  });
  await using transport = testTransport();
  const reports = await Promise.all(Array.from({ length: MANY }, () => run(transport, callOf(server.origin))));
  expect(reports.map((report) => report.end.kind)).toEqual(Array.from({ length: MANY }, () => "cut"));
  expect((await run(transport, callOf(server.origin))).body.toString()).toBe("new");
  expect(server.sessions).toHaveLength(2);
});

test("a connection cut before the whole request was sent leaves it never-sent", async () => {
  await using server = await startH2Server({ holdWindows: true });
  await using transport = testTransport();
  const report = run(transport, callOf(server.origin, { body: Buffer.alloc(1_000_000) }));
  await until(() => server.sessions[0]?.streams.get(1)?.bodyBytes === 65_535);
  server.sessions[0]?.kill();
  expect((await report).end.kind).toBe("never-sent");
});

test("a graceful GOAWAY lets old streams finish and moves unseen ones to a new session", async () => {
  let seen = 0;
  await using server = await startH2Server({
    onRequestEnd(stream) {
      if (stream.session !== server.sessions[0]) return stream.answer(200, "new");
      if (++seen < 10) return;
      stream.session.goaway(9, H2_ERROR.none);
      for (const old of stream.session.streams.values()) if (old.id <= 9) old.answer(200, "old");
    },
  });
  await using transport = testTransport();
  const reports = await Promise.all(Array.from({ length: 10 }, () => run(transport, callOf(server.origin))));
  expect(tally(reports)).toEqual({ complete: 10 });
  expect(reports.map((report) => report.body.toString())).toEqual(
    [..."ooooonnnnn"].map((c) => (c === "o" ? "old" : "new")),
  );
  expect(server.sessions).toHaveLength(2);
});

test("a call that two sessions in a row give back unseen is never-sent", async () => {
  await using server = await startH2Server({ onRequestEnd: (stream) => stream.session.goaway(0, H2_ERROR.none) });
  await using transport = testTransport();
  const report = await run(transport, callOf(server.origin));
  expect(report.end).toEqual({ kind: "never-sent", cause: "HTTP2_GOAWAY" });
  expect(server.sessions).toHaveLength(2);
});

test("a GOAWAY with an error refuses what it names and cuts the rest at its close", async () => {
  let seen = 0;
  await using server = await startH2Server({
    onRequestEnd(stream) {
      if (stream.session !== server.sessions[0]) return stream.answer(200, "new");
      if (++seen < 10) return;
      stream.session.goaway(9, H2_ERROR.enhanceYourCalm);
      stream.session.socket.end();
    },
  });
  await using transport = testTransport();
  const reports = await Promise.all(Array.from({ length: 10 }, () => run(transport, callOf(server.origin))));
  expect(tally(reports)).toEqual({ "never-sent HTTP2_GOAWAY": 5, "cut HTTP2_ENHANCE_YOUR_CALM": 5 });
  expect((await run(transport, callOf(server.origin))).body.toString()).toBe("new");
});

test("a graceful notice that names every stream only stops new ones", async () => {
  const old: H2PeerStream[] = [];
  await using server = await startH2Server({
    onRequestEnd(stream) {
      if (stream.session !== server.sessions[0]) return stream.answer(200, "new");
      old.push(stream);
      stream.session.goaway(2 ** 31 - 1, H2_ERROR.none);
    },
  });
  await using transport = testTransport();
  let hasHead = false;
  const first = run(transport, callOf(server.origin), {
    onHead: () => {
      hasHead = true;
    },
  });
  await until(() => old.length === 1);
  old[0]?.head(200);
  await until(() => hasHead);
  expect((await run(transport, callOf(server.origin))).body.toString()).toBe("new");
  old[0]?.data("old", true);
  expect((await first).body.toString()).toBe("old");
  await until(() => server.sessions[0]?.closed === true);
});

test("abort resets its stream and leaves the siblings", async () => {
  await using server = await startH2Server({
    onRequestEnd(stream) {
      stream.head(200);
      stream.data("part");
    },
  });
  await using transport = testTransport();
  const reports = Array.from({ length: 5 }, (_, at) =>
    run(transport, callOf(server.origin), { onData: (exchange) => (at === 2 ? exchange.abort() : undefined) }),
  );
  expect((await reports[2])?.end).toEqual({ kind: "aborted", cause: "aborted" });
  await until(() => server.sessions[0]?.streams.get(5)?.resetCode === H2_ERROR.cancel);
  for (const stream of server.sessions[0]?.streams.values() ?? []) if (stream.id !== 5) stream.data("rest", true);
  const others = await Promise.all(reports.filter((_, at) => at !== 2));
  expect(others.map((report) => report.body.toString())).toEqual(Array.from({ length: 4 }, () => "partrest"));
  expect(server.sessions).toHaveLength(1);
});

test.each([
  ["a frame that is too long", (stream: H2PeerStream) => stream.session.write(0, 0, stream.id, Buffer.alloc(16_385))],
  [
    "a header block that is no HPACK",
    (stream: H2PeerStream) => stream.session.write(1, 4, stream.id, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])),
  ],
  [
    "a window beyond 2^31-1",
    (stream: H2PeerStream) => stream.session.write(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
  ],
  ["a pushed stream", (stream: H2PeerStream) => stream.session.write(5, 4, stream.id, Buffer.alloc(8))],
  [
    "padding longer than its frame",
    (stream: H2PeerStream) => stream.session.write(0, 8, stream.id, Buffer.from([9, 1])),
  ],
  [
    "a header block without end",
    (stream: H2PeerStream) => {
      stream.session.write(1, 0, stream.id, Buffer.alloc(16_384));
      for (let at = 0; at < 20; at++) stream.session.write(9, 0, stream.id, Buffer.alloc(16_384));
    },
  ],
])("%s ends the session with a cut", async (_name, misbehave) => {
  await using server = await startH2Server({
    onRequestEnd: (stream) => (stream.session === server.sessions[0] ? misbehave(stream) : stream.answer(200, "new")),
  });
  await using transport = testTransport();
  expect((await run(transport, callOf(server.origin))).end.kind).toBe("cut");
  expect((await run(transport, callOf(server.origin))).body.toString()).toBe("new");
});

test.each([
  ["shorter", "12", "short", "part"],
  ["longer", "2", "long", ""],
])("a body %s than its content-length is a cut of that stream alone", async (_name, length, text, _rest) => {
  await using server = await startH2Server({
    onRequestEnd(stream) {
      stream.head(200, [["content-length", stream.id === 1 ? length : String(text.length)]]);
      stream.data(text, true);
    },
  });
  await using transport = testTransport();
  const [bad, good] = await Promise.all([run(transport, callOf(server.origin)), run(transport, callOf(server.origin))]);
  expect(bad.end).toEqual({ kind: "cut", cause: "HTTP2_CONTENT_LENGTH" });
  expect(good.end).toEqual({ kind: "complete" });
  expect(server.sessions).toHaveLength(1);
});

test.each([
  ["a value with a line break", ["x-a", "1\r\nx-b: 2"]],
  ["a name in upper case", ["X-A", "1"]],
  ["no status", undefined],
  ["a status that is no number", [":status", "ok"]],
] as const)("an answer whose head has %s is a cut of that stream alone", async (_name, header) => {
  await using server = await startH2Server({
    onRequestEnd(stream) {
      if (stream.id !== 1) return stream.answer(200, "ok");
      if (header === undefined) stream.session.write(1, 4, 1, Buffer.alloc(0));
      else if (header[0] === ":status") stream.session.write(1, 4, 1, Buffer.from([8, 2, 0x6f, 0x6b]));
      else stream.head(200, [header]);
    },
  });
  await using transport = testTransport();
  const [bad, good] = await Promise.all([run(transport, callOf(server.origin)), run(transport, callOf(server.origin))]);
  expect([bad.events, bad.end]).toEqual([["end"], { kind: "cut", cause: "HTTP2_PROTOCOL_ERROR" }]);
  expect(good.end).toEqual({ kind: "complete" });
});

test("an answer before the whole request is complete, and stops the upload", async () => {
  await using server = await startH2Server({
    holdWindows: true,
    onRequest: (stream) => stream.answer(413, "too large"),
  });
  await using transport = testTransport();
  const report = await run(transport, callOf(server.origin, { body: Buffer.alloc(30_000_000) }));
  expect([report.status, report.body.toString(), report.end.kind]).toEqual([413, "too large", "complete"]);
  await until(() => server.sessions[0]?.streams.get(1)?.resetCode === H2_ERROR.none);
  const next = await run(transport, callOf(server.origin, { method: "GET" }));
  expect([next.status, next.end.kind]).toEqual([413, "complete"]);
  expect(server.sessions).toHaveLength(1);
});
