// W3C Trace Context: a trace goes on at the provider, untouched, and finds its requests here afterwards.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { startBalanced } from "../fixture/balanced.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { SocketClient } from "../fixture/socket-client.ts";
import { startSocketServer } from "../fixture/socket-server.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const PARENT = "00f067aa0ba902b7";
const STATE = "vendor=a:b;c, other@b=1";
const upstream = startUpstream({ otherwise: openai });
const sockets = await startSocketServer((peer) => peer.accept().json({ type: "session.created", session: {} }));
const lab = await startBalanced({
  providers: [
    { name: "main", base_url: upstream.url, api_keys: [fakeSecret("trace_main")] },
    { name: "live", base_url: sockets.url, api_keys: [fakeSecret("trace_live")] },
  ],
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await sockets[Symbol.asyncDispose]();
});

/** The lines of the log that have this id. */
async function logged(id: string): Promise<readonly Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for await (const { line } of lab.home.control().stream("daemon.log", { id })) found.push(JSON.parse(line));
  return found;
}

const header = (traceId: string) => `00-${traceId}-${PARENT}-01`;
const traceOf = (number: number) => `4bf92f3577b34da6a3ce929d0e0e473${number}`;

async function send(headers: Readonly<Record<string, string>>, fields: object = {}) {
  upstream.calls.length = 0;
  const answer = await lab.ask({ ...fields }, { headers });
  expect(answer.status).toBe(200);
  return upstream.calls[0]?.headers;
}

test.each([
  ["an answer", 1, {}],
  ["a stream", 2, { stream: true }],
])("of %s", async (_, number, fields) => {
  const id = traceOf(number);
  const seen = await send({ traceparent: header(id), tracestate: STATE }, fields);
  expect([seen?.get("traceparent"), seen?.get("tracestate")]).toEqual([header(id), STATE]);
  const lines = await until("the log", async () => {
    const found = await logged(id);
    return found.length > 0 && found;
  });
  expect(lines).toMatchObject([{ msg: "Request served", trace_id: id, request_id: expect.stringMatching(/^req_/) }]);
});

/** A session that is begun and ended with these headers. */
async function connect(headers: Readonly<Record<string, string>>): Promise<void> {
  await using client = new SocketClient(`${lab.daemon.url}/live/v1/realtime?model=m`, { headers });
  await client.until(1);
}

const isSession = ({ status }: Readonly<Record<string, unknown>>) => status === 101;

test("of a session", async () => {
  const id = traceOf(3);
  const headers = { traceparent: header(id), tracestate: STATE };
  await connect(headers);
  expect(Object.fromEntries(sockets.peers.at(-1)?.headers ?? [])).toMatchObject(headers);
  const lines = await until("the log", async () => {
    const found = (await logged(id)).filter(isSession);
    return found.length > 0 && found;
  });
  expect(lines).toMatchObject([{ trace_id: id }]);
});

test.each([
  ["capitals", `00-${"A".repeat(32)}-${PARENT}-01`, "A".repeat(32)],
  ["a trace of zeros", `00-${"0".repeat(32)}-${PARENT}-01`, "0".repeat(32)],
  ["what is no header of this kind", "sess-0123456789", "sess-0123456789"],
])("of a session one that is no valid one is passed on as it is, and joins nothing: %s", async (_, traceparent, id) => {
  const marker = `5bf92f3577b34da6a3ce929d0e0e${String(sockets.peers.length).padStart(4, "0")}`;
  await connect({ traceparent });
  expect(sockets.peers.at(-1)?.headers.get("traceparent")).toBe(traceparent);
  // A later session is in the log only when those before it are.
  await connect({ traceparent: header(marker) });
  await until("the log", async () => (await logged(marker)).some(isSession));
  expect(await logged(id)).toEqual([]);
});

test.each([
  ["capitals", `00-${traceOf(4).toUpperCase()}-${PARENT}-01`, traceOf(4).toUpperCase()],
  ["no flags", `00-${traceOf(5)}-${PARENT}`, traceOf(5)],
])("one that is no valid one is passed on as it is, and joins nothing: %s", async (_, traceparent, id) => {
  const marker = traceOf(6 + upstream.calls.length);
  const seen = await send({ traceparent });
  expect(seen?.get("traceparent")).toBe(traceparent);
  // A later request is in the log only when those before it are.
  await send({ traceparent: header(marker) });
  await until("the log", async () => (await logged(marker)).length > 0);
  expect(await logged(id)).toEqual([]);
});

test("none is made up where there is none", async () => {
  const seen = await send({});
  expect([seen?.has("traceparent"), seen?.has("tracestate")]).toEqual([false, false]);
});

test("request records are found by it", async () => {
  const id = traceOf(9);
  await send({ traceparent: header(id) });
  const found = await until("the record", async () => {
    const { records } = (await lab.home.control().call("logs.list", { id })) as { records: readonly unknown[] };
    return records.length > 0 && records;
  });
  expect(found).toMatchObject([{ trace_id: id }]);
});
