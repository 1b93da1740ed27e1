// An upload through the whole proxy with a clock of the test's own: times, attempts, blame, and what is given back.
import { describe, expect, test } from "bun:test";
import { REFUSAL_MS, REPLAY_BYTES, STARVED_MS } from "../../src/proxy/body/upload.ts";
import { isStreamed, type StreamedBody } from "../../src/upstream/transport.ts";
import { type FakeCall, settle, World, worldOf } from "./fixtures.ts";

const KIB = 1024;
const HEAD =
  '--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n';
const REST = { server: { max_body: "256KiB", body_timeout: "20s" } };
const TRANSCRIBE = "/v1/audio/transcriptions";
const FILES = "/v1/files";
const headers = { "content-type": "multipart/form-data; boundary=x" };

/** A client that sends what it is told, piece by piece. */
class Sender {
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      this.#controller = controller;
    },
  });

  send(bytes: string | number): this {
    this.#controller?.enqueue(typeof bytes === "string" ? Buffer.from(bytes) : new Uint8Array(bytes));
    return this;
  }

  end(): this {
    this.#controller?.close();
    return this;
  }
}

function bodyOf(call: FakeCall): StreamedBody {
  const { body } = call.call;
  if (!isStreamed(body)) throw new Error("The body is not streamed");
  return body;
}

const asked = new WeakMap<FakeCall, Promise<Uint8Array | undefined>>();

/** Takes what there is of the body, as a provider does; says how much. A piece that did not come is still asked for. */
async function take(call: FakeCall, most = Number.POSITIVE_INFINITY): Promise<number> {
  let bytes = 0;
  while (bytes < most) {
    const next = asked.get(call) ?? bodyOf(call).read();
    asked.set(call, next);
    const piece = await Promise.race([next, settle().then(() => "nothing" as const)]);
    if (piece === "nothing") return bytes;
    asked.delete(call);
    if (piece === undefined) return bytes;
    bytes += piece.length;
  }
  return bytes;
}

/** As much as cannot be sent again. */
async function takeMore(world: World, sender: Sender): Promise<void> {
  await take(world.call);
  await world.time.advance(REFUSAL_MS);
  sender.send(1);
  await take(world.call);
}

const started = () => new Sender().send(HEAD).send(300 * KIB);

describe("the clocks of an upload", () => {
  test("run from the last piece that the provider took, however long it takes in all", async () => {
    await using world = worldOf(1, { timeouts: { commit: "60s", response: "30s", response_retry: "30s" } }, REST);
    const sender = started();
    const { response } = world.ask(TRANSCRIBE, sender.stream, { headers });
    await settle();
    for (let minute = 0; minute < 20; minute += 1) {
      await take(world.call, 1);
      sender.send(1000);
      await take(world.call);
      await world.time.advance(15_000);
      sender.send(1000);
    }
    sender.end();
    await take(world.call);
    world.call.json(200, { text: "done" });
    expect((await response).status).toBe(200);
  });

  test("end it where the provider takes nothing more", async () => {
    await using world = worldOf(1, { timeouts: { response: "30s", response_retry: "30s" }, max_retries: 0 }, REST);
    const sender = started().send(2 * REPLAY_BYTES);
    const { response } = world.ask(TRANSCRIBE, sender.stream, { headers });
    await settle();
    await take(world.call);
    sender.send(1000);
    await world.time.advance(20_000);
    await take(world.call, 1);
    await world.time.advance(30_000);
    expect((await response).status).toBe(504);
    expect(world.call.isAborted).toBe(true);
  });

  test("stand still while the client is waited for, which has body_timeout for each piece", async () => {
    await using world = worldOf(1, { timeouts: { response: "5s", response_retry: "5s" } }, REST);
    const { response } = world.ask(TRANSCRIBE, started().stream, { headers });
    await settle();
    await take(world.call);
    asked.get(world.call)?.catch(() => {});
    await world.time.advance(19_000);
    expect(world.call.isAborted).toBe(false);
    await world.time.advance(1_000);
    const answer = await response;
    expect([answer.status, answer.headers.get("connection")]).toEqual([408, "close"]);
    expect(await answer.text()).toContain("server.body_timeout");
    expect(world.changes).toEqual([]);
    expect(world.trace).toMatchObject({ errorCode: "request_timeout", status: 408 });
  });
});

test.each<[string, (call: FakeCall) => void]>([
  ["hangs up", (call) => call.end({ kind: "never-sent", cause: "ECONNRESET" })],
  ["hangs up over HTTP/1.1, all but the end sent", (call) => call.end({ kind: "cut", cause: "ECONNRESET" })],
  ["says so", (call) => call.json(408, { error: { message: "Timeout" } })],
])("a provider that waits for a silent client and %s is not to blame, and the client is told", async (_name, give) => {
  await using world = worldOf(2, {}, REST);
  const { response } = world.ask(FILES, started().stream, { headers });
  await settle();
  await take(world.call);
  asked.get(world.call)?.catch(() => {});
  await world.time.advance(STARVED_MS);
  give(world.call);
  const answer = await response;
  expect([answer.status, world.calls.length]).toEqual([408, 1]);
  expect(await answer.text()).toContain("the provider waits");
  expect(world.changes).toEqual([]);
  expect(world.trace).toMatchObject({ errorCode: "request_timeout" });
});

test.each([
  ["in time", 0, "413"],
  ["too slowly", 20_000, "408"],
])("a form whose model does not come before its file, %s, goes nowhere", async (_name, ms, status) => {
  await using world = worldOf(1, {}, ms === 0 ? REST : { server: { body_timeout: "20s" } });
  const sender = new Sender().send(HEAD.slice(HEAD.lastIndexOf("--x"))).send(300 * KIB);
  const { response } = world.ask(TRANSCRIBE, sender.stream, { headers });
  await world.time.advance(ms);
  const answer = await response;
  expect(String(answer.status)).toBe(status);
  expect(await answer.text()).toContain("the field model");
  expect(world.calls.length).toBe(0);
});

describe("the attempts of an upload", () => {
  test("are as many as for any body while its beginning is held", async () => {
    const sender = new Sender().send(HEAD.replace("\r\nm\r\n", "\r\nany\r\n"));
    await using limited = new World({
      providers: ["p", "q"].map((name) => ({
        name,
        base_url: `https://${name}.example/v1`,
        api_keys: [`sk-fake-${name}-0`],
        max_retries: 0,
      })),
      rest: { models: { any: ["p/m", "q/longer-name"] }, ...REST },
    });
    sender.send(300 * KIB);
    const { response } = limited.ask(TRANSCRIBE, sender.stream, { headers });
    await settle();
    await take(limited.call);
    limited.call.json(500, { error: { message: "no" } });
    await settle();
    expect(limited.calls.map(({ provider }) => provider)).toEqual(["p", "q"]);
    sender.end();
    const whole = HEAD.replace("\r\nm\r\n", "\r\nlonger-name\r\n").length + 300 * KIB;
    expect(await take(limited.call)).toBe(whole);
    limited.call.json(200, {});
    expect((await response).status).toBe(200);
  });

  test("are one once more has gone out, and the provider's answer stands", async () => {
    await using world = worldOf(3, {}, REST);
    const sender = started().send(2 * REPLAY_BYTES);
    const { response } = world.ask(TRANSCRIBE, sender.stream, { headers });
    await settle();
    await takeMore(world, sender);
    world.call.json(500, { error: { message: "broken" } });
    expect((await response).status).toBe(500);
    expect(world.calls.length).toBe(1);
  });

  test("never show a client that a key was refused", async () => {
    await using world = worldOf(3, {}, REST);
    const sender = started().send(2 * REPLAY_BYTES);
    const { response } = world.ask(FILES, sender.stream, { headers });
    await settle();
    await takeMore(world, sender);
    world.call.json(401, { error: { message: "no", code: "invalid_api_key" } });
    expect((await response).status).toBe(503);
  });

  test("go on with another key where one is refused at once, however fast the client sends", async () => {
    await using world = worldOf(2, {}, REST);
    const sender = started();
    for (let count = 0; count < 40; count += 1) sender.send(REPLAY_BYTES / 4);
    const { response } = world.ask(FILES, sender.end().stream, { headers });
    await settle();
    expect(await take(world.call)).toBeLessThan(2 * REPLAY_BYTES);
    world.call.json(401, { error: { message: "no", code: "invalid_api_key" } });
    await settle();
    expect(world.calls.length).toBe(2);
    const soon = await take(world.call);
    await world.time.advance(REFUSAL_MS);
    expect(soon + (await take(world.call))).toBe(HEAD.length + 300 * KIB + 10 * REPLAY_BYTES);
    world.call.json(200, {});
    expect((await response).status).toBe(200);
  });
});

describe("a client that leaves an upload", () => {
  test("takes the provider's call with it, and blames nobody", async () => {
    await using world = worldOf(1, {}, REST);
    const client = world.ask(FILES, started().stream, { headers });
    await settle();
    await take(world.call);
    await world.time.advance(5_000);
    client.leave();
    await client.response;
    expect(world.call.isAborted).toBe(true);
    expect(world.changes).toEqual([]);
    expect(world.trace).toMatchObject({ end: "client_gone", bytesIn: HEAD.length + 300 * KIB });
  });

  test("that sent more than server.max_upload is told so", async () => {
    await using world = worldOf(1, {}, { server: { max_body: "256KiB", max_upload: "512KiB" } });
    const sender = started();
    const { response } = world.ask(FILES, sender.stream, { headers });
    await settle();
    sender.send(300 * KIB);
    await expect(take(world.call)).rejects.toThrow("ended");
    expect((await response).status).toBe(413);
    expect(world.call.isAborted).toBe(true);
  });
});

test("an answer that begins before the upload ends takes it along", async () => {
  await using world = worldOf(1, {}, REST);
  const sender = started();
  const { response } = world.ask(FILES, sender.stream, { headers });
  await settle();
  await take(world.call);
  world.call.head(200, { "content-type": "text/plain" }).data("half ");
  const answer = await response;
  sender.send(100);
  expect(await take(world.call)).toBe(100);
  void take(world.call);
  await settle();
  world.call.data("whole").end();
  expect(await answer.text()).toBe("half whole");
  expect(world.trace).toMatchObject({ bytesIn: HEAD.length + 300 * KIB + 100 });
  expect(world.time.pending).toBe(0);
});
