// Forms and files above server.max_body: sent on while they arrive, to one key, no faster than the provider takes them.
import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import OpenAI, { toFile } from "openai";
import { startDaemon } from "../fixture/daemon.ts";
import { startH2Server } from "../fixture/h2-server.ts";
import { KERNEL } from "../fixture/kernel-buffers.ts";
import { openConnection, rawRequest } from "../fixture/raw-client.ts";
import { readPem } from "../fixture/raw-server.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const MIB = 1024 * 1024;

/** A provider on a bare socket: what came of the last request, and what is done about it. */
interface Provider {
  head: string;
  body: Buffer[];
  bytes: number;
  sockets: Socket[];
  onHead: (socket: Socket) => void;
  onBytes: (socket: Socket) => void;
}

const provider: Provider = { head: "", body: [], bytes: 0, sockets: [], onHead: () => {}, onBytes: () => {} };
const server = createServer((socket) => {
  let isHead = true;
  socket.on("error", () => {});
  provider.sockets.push(socket);
  socket.on("data", (chunk: Buffer) => {
    let rest = chunk;
    if (isHead) {
      const end = chunk.indexOf("\r\n\r\n");
      provider.head = chunk.toString("latin1", 0, end);
      if (provider.head.startsWith("GET "))
        return void socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 11\r\n\r\n{"data":[]}');
      isHead = false;
      rest = chunk.subarray(end + 4);
      provider.onHead(socket);
    }
    provider.body.push(rest);
    provider.bytes += rest.length;
    provider.onBytes(socket);
  });
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
const base_url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/v1`;

const daemon = await startDaemon(
  JSON.stringify({
    server: { max_body: "1MiB", max_upload: "512MiB", max_buffered: "8MiB" },
    providers: [
      { name: "main", base_url, api_keys: [fakeSecret("upload_a"), fakeSecret("upload_b")] },
      { name: "dead", base_url: "http://127.0.0.1:1/v1", api_keys: [fakeSecret("upload_c")], max_retries: 0 },
    ],
    models: { alias: ["dead/x", "main/whisper-1"] },
    logging: { level: "debug" },
  }),
);
afterAll(async () => {
  await daemon.stop();
  server.close();
});
beforeEach(() => {
  Object.assign(provider, { head: "", body: [], bytes: 0, sockets: [], onHead: () => {}, onBytes: () => {} });
});

const client = new OpenAI({ apiKey: "unused", baseURL: `${daemon.url}/v1`, maxRetries: 0 });

/** Answers once everything that the head announced is there. */
function answersWith(json: object, status = "200 OK") {
  return (socket: Socket) => {
    const length = Number(/content-length: (\d+)/i.exec(provider.head)?.[1] ?? Number.NaN);
    const isWhole = Number.isNaN(length)
      ? provider.body.at(-1)?.toString().endsWith("0\r\n\r\n")
      : provider.bytes === length;
    if (isWhole) answer(socket, status, json);
  };
}

function answer(socket: Socket, status: string, json: object): void {
  const text = JSON.stringify(json);
  socket.write(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
  );
}

function formHead(path: string, length: number, extra = ""): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=XX\r\nContent-Length: ${length}\r\n${extra}\r\n`;
}

const FILE_PART = '--XX\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n';
const END = "\r\n--XX--\r\n";
const wholeOf = (size: number) => FILE_PART.length + size + END.length;

describe("an upload above server.max_body", () => {
  test("of the SDK arrives byte for byte with its length", async () => {
    provider.onBytes = answersWith({ id: "file-1", object: "file" });
    const content = randomBytes(5 * MIB);
    const file = await client.files.create({ file: await toFile(content, "data.jsonl"), purpose: "user_data" });
    expect(file.id).toBe("file-1");
    const received = Buffer.concat(provider.body);
    expect(received.includes(content)).toBe(true);
    expect(received.length).toBe(Number(/content-length: (\d+)/i.exec(provider.head)?.[1]));
    await until("the record of the request", () => daemon.logs().includes(`"bytes_in":${received.length}`));
  });

  test("goes under the provider's name for its model, past a provider that cannot be reached", async () => {
    provider.onBytes = answersWith({ text: "hello" });
    const content = randomBytes(3 * MIB);
    const form = new FormData();
    form.append("model", "alias");
    form.append("file", new Blob([content]), "speech.wav");
    const sent = new Response(form);
    const type = sent.headers.get("content-type") ?? "";
    const body = Buffer.from(await sent.arrayBuffer());
    const reply = await daemon.ask("/v1/audio/transcriptions", {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    expect(reply.json<object>()).toEqual({ text: "hello" });
    const expected = body.toString("latin1").replace("\r\n\r\nalias\r\n", "\r\n\r\nwhisper-1\r\n");
    expect(Buffer.concat(provider.body).toString("latin1")).toBe(expected);
  });

  test("without a length goes on in chunks", async () => {
    provider.onBytes = answersWith({ id: "file-2" });
    const piece = Buffer.alloc(100_000, "z");
    let left = 30;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => (left-- > 0 ? controller.enqueue(piece) : controller.close()),
    });
    const headers = { "content-type": "application/octet-stream" };
    const reply = await daemon.ask("/v1/files", { method: "POST", headers, body });
    expect(reply.json<object>()).toEqual({ id: "file-2" });
    expect(provider.head).toMatch(/transfer-encoding: chunked/i);
    const dechunked = Buffer.concat(provider.body)
      .toString("latin1")
      .replace(/(?:^|\r\n)[0-9a-f]+\r\n/g, "");
    expect(dechunked.replace("\r\n", "").length).toBe(3_000_000);
  });

  test("waits for the provider: little is held here, and the client is slowed down", async () => {
    provider.onHead = (socket) => socket.pause();
    const size = 400 * MIB;
    const before = await daemon.memory();
    using connection = await openConnection(daemon.url);
    let sent = 0;
    connection.send(formHead("/v1/files", wholeOf(size)));
    connection.send(FILE_PART);
    const piece = Buffer.alloc(256 * 1024, "f");
    const pour = async () => {
      for (; sent < size && !connection.socket.destroyed; sent += piece.length) {
        if (!connection.socket.write(piece)) await Promise.race([once(connection.socket, "drain"), connection.closed]);
      }
      connection.send(END);
    };
    void pour();
    await until("the client to be held up", () => restsAt(() => sent), 30_000);
    expect(sent).toBeLessThan(KERNEL + 8 * MIB);
    expect((await daemon.memory()) - before).toBeLessThan(24 * MIB);
    provider.onBytes = (socket) => {
      provider.body = [];
      if (provider.bytes === wholeOf(size)) answer(socket, "200 OK", { id: "file-3" });
    };
    provider.sockets.at(-1)?.resume();
    expect(await connection.untilReceived("file-3")).toStartWith("HTTP/1.1 200 OK");
    // What was read at the same moment is given back a moment later.
    await until("nothing to be kept of it", async () => (await daemon.memory()) - before < 64 * MIB);
  });

  test("gets the provider's answer that comes before its end", async () => {
    provider.onBytes = (socket) => {
      if (provider.bytes > 2 * MIB)
        answer(socket, "413 Too Large", { error: { message: "File too big", code: "too_big" } });
    };
    const body = Buffer.concat([Buffer.from(FILE_PART), Buffer.alloc(6 * MIB), Buffer.from(END)]);
    const reply = await rawRequest(daemon.url, Buffer.concat([Buffer.from(formHead("/v1/files", body.length)), body]));
    expect(reply.status).toBe(413);
    expect(reply.body).toContain("File too big");
  });

  test("is not sent again once its beginning is gone", async () => {
    let attempts = 0;
    provider.onHead = () => {
      attempts += 1;
    };
    provider.onBytes = (socket) => {
      if (provider.bytes > 2 * MIB) socket.destroy();
    };
    const body = `--XX\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n${FILE_PART}${"x".repeat(6 * MIB)}${END}`;
    const headers = { "content-type": "multipart/form-data; boundary=XX" };
    const reply = await daemon.ask("/main/v1/audio/transcriptions", { method: "POST", headers, body });
    expect(reply.status).toBe(502);
    expect(attempts).toBe(1);
  });

  test("goes to another key where the first one is refused at once", async () => {
    let attempts = 0;
    provider.onHead = (socket) => {
      attempts += 1;
      provider.bytes = 0;
      provider.body = [];
      if (attempts > 1) return;
      socket.pause();
      answer(socket, "401 Unauthorized", { error: { message: "no", code: "invalid_api_key" } });
    };
    provider.onBytes = (socket) => {
      if (attempts > 1) answersWith({ text: "second" })(socket);
    };
    const body = `--XX\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n${FILE_PART}${"x".repeat(1.1 * MIB)}${END}`;
    const headers = { "content-type": "multipart/form-data; boundary=XX" };
    const reply = await daemon.ask("/main/v1/audio/transcriptions", { method: "POST", headers, body });
    expect(reply.json<object>()).toEqual({ text: "second" });
    expect(Buffer.concat(provider.body).toString()).toBe(body);
  });

  test("that its client gives up is given up at the provider, and blames nobody", async () => {
    const connection = await openConnection(daemon.url);
    connection.send(formHead("/v1/files", wholeOf(8 * MIB)));
    connection.send(FILE_PART + "x".repeat(3 * MIB));
    await until("the provider to have half of it", () => provider.bytes > 2 * MIB);
    const socket = provider.sockets.at(-1);
    const closed = socket === undefined ? undefined : once(socket, "close");
    connection.socket.destroy();
    await closed;
    await until("the record of the request", () =>
      /"msg":"Client left"[^\n]*\/v1\/files|\/v1\/files[^\n]*"msg":"Client left"/.test(daemon.logs()),
    );
    expect(daemon.logs()).not.toMatch(/Key rests|Provider fails/);
  });
});

test("a second model behind the head is refused before the provider has the whole form", async () => {
  let isClosed = false;
  provider.onHead = (socket) => {
    socket.once("close", () => {
      isClosed = true;
    });
  };
  const model = (name: string) => `--XX\r\nContent-Disposition: form-data; name="model"\r\n\r\n${name}\r\n`;
  const body = `${model("whisper-1")}${FILE_PART}${"x".repeat(3 * MIB)}\r\n${model("other")}--XX--\r\n`;
  const headers = { "content-type": "multipart/form-data; boundary=XX" };
  const reply = await daemon.ask("/main/v1/audio/transcriptions", { method: "POST", headers, body });
  expect([reply.status, reply.json().error.code]).toEqual([400, "ambiguous_body"]);
  await until("the provider's connection to be given up", () => isClosed);
  expect(Buffer.concat(provider.body).toString("latin1")).not.toContain("other");
});

test("goes over HTTPS to a provider that speaks HTTP/2, whole and under the provider's name for its model", async () => {
  let [bytes, length] = [0, ""];
  await using h2 = await startH2Server({
    onRequestEnd: (peer) => {
      bytes = Math.max(bytes, peer.bodyBytes);
      length = peer.headers.find(([name]) => name === "content-length")?.[1] ?? length;
      peer.answer(200, "{}");
    },
  });
  await using secure = await startDaemon({
    config: JSON.stringify({
      server: { max_body: "1MiB", tls: { cert: "server.pem", key: "server.key" } },
      auth: { client_tokens: [fakeSecret("upload_token")] },
      providers: [{ name: "h2", base_url: `${h2.origin}/v1`, api_keys: [fakeSecret("upload_d")], ca_file: "ca.pem" }],
      models: { alias: ["h2/whisper-1"] },
    }),
    files: {
      "server.pem": readPem("localhost.pem"),
      "server.key": readPem("localhost.key"),
      "ca.pem": readPem("ca.pem"),
    },
  });
  const client = new OpenAI({
    apiKey: fakeSecret("upload_token"),
    baseURL: `${secure.url}/v1`,
    maxRetries: 0,
    fetch: ((url: string, init: RequestInit) =>
      fetch(url, { ...init, tls: { ca: readPem("ca.pem") } } as RequestInit)) as typeof fetch,
  });
  const content = randomBytes(5 * MIB);
  const form = new FormData();
  form.append("model", "alias");
  form.append("file", new Blob([content]), "speech.wav");
  const body = await new Response(form).bytes();
  await client.post("/audio/transcriptions", { body: form as never });
  expect(bytes).toBe(body.length + "whisper-1".length - "alias".length);
  expect(length).toBe(String(bytes));
});

test("a token that may use one model uploads for that one, and sneaks in no other behind the file", async () => {
  const token = fakeSecret("upload_scoped");
  await using scoped = await startDaemon(
    JSON.stringify({
      server: { max_body: "1MiB" },
      auth: { client_tokens: [{ name: "scoped", token, models: ["whisper-1"] }] },
      providers: [{ name: "main", base_url, api_keys: [fakeSecret("upload_e")] }],
    }),
  );
  const model = (name: string) => `--XX\r\nContent-Disposition: form-data; name="model"\r\n\r\n${name}\r\n`;
  const headers = { "content-type": "multipart/form-data; boundary=XX", authorization: `Bearer ${token}` };
  const ask = (first: string, last: string) =>
    scoped.ask("/v1/audio/transcriptions", {
      method: "POST",
      headers,
      body: `${first}${FILE_PART}${"x".repeat(3 * MIB)}\r\n${last}--XX--\r\n`,
    });
  provider.onBytes = answersWith({ text: "hello" });
  expect((await ask(model("whisper-1"), "")).status).toBe(200);
  expect((await ask(model("whisper-1"), model("gpt-4o"))).status).toBe(400);
  expect((await ask(model("gpt-4o"), "")).status).toBe(403);
});

describe("413", () => {
  test.each([
    ["JSON", "application/json", 2 * MIB, "server.max_body"],
    ["what has no type", "", 2 * MIB, "server.max_body"],
    ["more than server.max_upload", "application/octet-stream", 600 * MIB, "server.max_upload"],
  ])("for %s", async (_name, type, length, reason) => {
    const head = `POST /v1/files HTTP/1.1\r\nHost: localhost\r\n${type && `Content-Type: ${type}\r\n`}Content-Length: ${length}\r\n\r\n`;
    const reply = await rawRequest(daemon.url, head);
    expect(reply.status).toBe(413);
    expect(reply.body).toContain(reason);
    expect(provider.head).toBe("");
  });

  test("for a form whose model stands behind its file", async () => {
    const model = '\r\n--XX\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1';
    const body = FILE_PART + "x".repeat(2 * MIB) + model + END;
    const headers = { "content-type": "multipart/form-data; boundary=XX" };
    const reply = await daemon.ask("/v1/audio/transcriptions", { method: "POST", headers, body });
    expect(reply.status).toBe(413);
    expect(reply.json().error.message).toContain("the field model");
    expect(provider.head).toBe("");
  });
});

/** Whether the count stood still for a while after it began. */
async function restsAt(count: () => number): Promise<boolean> {
  const before = count();
  await Bun.sleep(500);
  return before > 0 && before === count();
}
