// What stands in the records of sessions, of failures and of odd requests, as the real daemon writes them.
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { post } from "../fixture/client.ts";
import type { Daemon } from "../fixture/daemon.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { rawRequest, requestText } from "../fixture/raw-client.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { SocketClient } from "../fixture/socket-client.ts";
import { type SocketPeer, startSocketServer } from "../fixture/socket-server.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [FIRST, SECOND, TOKEN] = ["first", "second", "token"].map((name) => fakeSecret(`ends_${name}`));
const CREATED = { type: "session.created", event_id: "event_1", session: { id: "sess_1" } };
const QUOTA = {
  type: "error",
  error: { type: "insufficient_quota", code: "insufficient_quota", message: "No credit" },
};
const USAGE = { total_tokens: 12, input_tokens: 9, output_tokens: 3, input_token_details: { cached_tokens: 4 } };
const SAID = "what the client said";

interface Row {
  readonly [column: string]: unknown;
}

interface Found {
  readonly request: Row | undefined;
  readonly attempts: readonly Row[];
  readonly body: Row | null;
}

const upstream = await startSocketServer(() => {});
let home: Home;
let daemon: Daemon;
let found: (column: string, value: string) => Found;

beforeAll(async () => {
  home = await newHome();
  const api_keys = [FIRST, SECOND].map((key, index) => ({ key, name: `key-${index}`, weight: 1000 - 999 * index }));
  await home.configure({
    auth: { client_tokens: [{ name: "app", token: TOKEN }] },
    requests: { record_bodies: "on_error" },
    queue: { max_wait: "0s" },
    models: { voice: ["main/gpt-voice"] },
    providers: ["main", "used"].map((name) => ({
      ...{ name, base_url: upstream.url, max_retries: 0, strategy: "fill_first" },
      api_keys: name === "main" ? api_keys : [fakeSecret("ends_used")],
    })),
  });
  daemon = await home.serve();
  await haveRefused();
  await haveSpoken();
  await haveClosed();
  await haveLost();
  await haveFailed();
  await haveOddMethods();
  await until("the last line", () => daemon.logs().includes("MKCALENDAR"));
  await daemon.stop();
  using database = new Database(join(home.data, "requests.sqlite"), { readonly: true });
  const all = (table: string) => database.query<Row, []>(`SELECT * FROM ${table}`).all();
  const [requests, attempts, bodies] = [all("requests"), all("attempts"), all("request_bodies")];
  const leak = leakIn(JSON.stringify([requests, attempts, bodies]));
  if (leak !== undefined) throw new Error(`The records hold a secret: ${leak}`);
  found = (column, value) => {
    const request = requests.find((row) => row[column] === value);
    const of = (rows: readonly Row[]) => rows.filter(({ seq }) => seq === request?.seq);
    return { request, attempts: of(attempts), body: of(bodies)[0] ?? null };
  };
});

afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const headers = { authorization: `Bearer ${TOKEN}` };
const connect = (path: string) => new SocketClient(daemon.url + path, { headers });

/** The first key is refused before the upgrade, the second one serves. */
async function haveRefused(): Promise<void> {
  upstream.onPeer = (peer: SocketPeer) => {
    if (peer.key !== FIRST) return void peer.accept().json(CREATED);
    peer.refuse(401, { error: { message: `Incorrect API key provided: ${FIRST}`, code: "invalid_api_key" } });
  };
  await using client = connect("/v1/realtime?model=refused");
  await client.until(1);
}

/** Two answers under an alias, each with its usage. */
async function haveSpoken(): Promise<void> {
  upstream.onPeer = (peer) => {
    peer.accept();
    peer.onFrame = ({ opcode }) =>
      opcode === 1 && peer.json({ type: "response.completed", response: { usage: USAGE } });
  };
  await using client = connect("/v1/responses");
  await client.opened;
  for (const count of [1, 2]) {
    client.send(JSON.stringify({ type: "response.create", model: "voice", input: SAID }));
    await client.until(count);
  }
}

/** The provider ends it, and says why. */
async function haveClosed(): Promise<void> {
  upstream.onPeer = (peer) => {
    peer.accept().json(CREATED);
    peer.onFrame = ({ opcode }) => opcode === 1 && peer.sendClose(1011, `Out of order: ${FIRST}`);
  };
  await using client = connect("/v1/realtime?model=closed");
  await client.until(1);
  client.send(SAID);
  await client.closed;
}

/** The key turns out to have no credit in the middle, and the provider is lost. */
async function haveLost(): Promise<void> {
  upstream.onPeer = (peer) => {
    peer.accept().json(CREATED);
    peer.onFrame = ({ opcode }) => {
      if (opcode !== 1) return;
      peer.json(QUOTA);
      peer.drop();
    };
  };
  await using client = connect("/used/v1/realtime?model=lost");
  await client.until(1);
  client.send(SAID);
  await client.closed;
}

async function haveFailed(): Promise<void> {
  upstream.onRequest = (peer) => peer.refuse(400, { error: { message: `No: ${SAID}, ${SECOND}`, code: "bad" } });
  const body = { model: "failed", messages: [{ role: "user", content: `${SAID} ${SECOND}` }] };
  await daemon.ask("/v1/chat/completions", post(body, headers));
}

async function haveOddMethods(): Promise<void> {
  for (const method of ["TRACE", "MKCALENDAR"]) {
    const line = requestText(`${method} /v1/files/file-1?a=b`, [`Authorization: Bearer ${TOKEN}`]);
    await rawRequest(daemon.url, line);
  }
}

test("a session whose first key was refused says who served it, and what the other one was answered", () => {
  const { request, attempts, body } = found("model", "refused");
  expect(request).toMatchObject({
    ...{ method: "GET", operation: "realtime", route: "/v1/realtime", client: "app", provider: "main" },
    ...{ status: 101, ending: "ok", is_failure: 0, is_stream: 1, attempts: 2, key_name: "key-1" },
    ...{ bytes_out: JSON.stringify(CREATED).length, bytes_in: 0 },
  });
  expect(request?.first_byte_ms).toBeLessThanOrEqual(Number(request?.ended_at) - Number(request?.received_at));
  expect(attempts).toMatchObject([
    { key_name: "key-0", outcome: "invalid_key", status: 401, reason: "invalid_api_key" },
    { key_name: "key-1", outcome: "ok", text: null },
  ]);
  expect(attempts[0]?.text).toStartWith('{"error":{"message":"Incorrect API key provided: ');
  expect(body).toBeNull();
});

test("a session of several answers adds them up, under both names of its model", () => {
  expect(found("model", "voice").request).toMatchObject({
    ...{ operation: "responses", upstream_model: "gpt-voice", status: 101, ending: "ok" },
    ...{ prompt_tokens: 18, completion_tokens: 6, cached_tokens: 8 },
  });
});

test("a session that its provider ended for a fault says what that was told as", () => {
  const { request, attempts } = found("model", "closed");
  expect(request).toMatchObject({ status: 101, ending: "interrupted", is_failure: 1 });
  expect(attempts).toMatchObject([{ reason: "CLOSED_1011" }]);
  expect(attempts[0]?.text).toStartWith("Out of order: ");
});

test("a session that was lost says what its key was told, and what was asked first", () => {
  const { request, attempts, body } = found("model", "lost");
  expect(request).toMatchObject({ status: 101, ending: "interrupted", is_failure: 1, outcome: "no_credit" });
  expect(attempts).toMatchObject([{ outcome: "no_credit", text: JSON.stringify(QUOTA) }]);
  expect(attempts[0]?.ended_at).toBeWithin(Number(attempts[0]?.started_at), Number(request?.ended_at) + 1);
  expect(body).toMatchObject({ body: SAID, size: SAID.length });
});

test("a request that the provider did not take is there with both sides' words", () => {
  const { request, attempts, body } = found("model", "failed");
  expect(request).toMatchObject({ status: 400, ending: "error", outcome: "client_error", is_failure: 0 });
  expect(attempts).toMatchObject([{ key_name: "key-1", outcome: "client_error", status: 400, reason: "bad" }]);
  expect(attempts[0]?.text).toStartWith(`{"error":{"message":"No: ${SAID}, `);
  expect(String(body?.body)).toStartWith(
    '{"model":"failed","messages":[{"role":"user","content":"what the client said ',
  );
});

test.each([
  ["TRACE", 405, "method_not_allowed"],
  ["MKCALENDAR", 400, null],
])("%s", (method, status, code) => {
  const { request } = found("method", method);
  expect(request).toMatchObject({ status, error_code: code, ending: "error" });
  expect(JSON.stringify(request)).not.toContain("file-1");
});
