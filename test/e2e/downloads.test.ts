// Files of a provider: whole, in ranges, unchanged, asked for by HEAD, and never a part of one for the whole.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import OpenAI from "openai";
import { startDaemon } from "../fixture/daemon.ts";
import { rawRequest, requestText } from "../fixture/raw-client.ts";
import { type RawCall, startRawUpstream } from "../fixture/raw-upstream.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const MIB = 1024 * 1024;
const SMALL = randomBytes(300_000);
const LARGE = randomBytes(5 * MIB);

const upstream = await startRawUpstream();
const daemon = await startDaemon(
  JSON.stringify({ providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("downloads")] }] }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

/** A server of files as S3 and its like are: lengths, ranges and tags. */
function serve(content: Buffer): (call: RawCall) => void {
  return (call) => {
    const base = 'Content-Type: application/octet-stream\r\nAccept-Ranges: bytes\r\nETag: "v1"\r\n';
    const send = (status: string, headers: string, body: Uint8Array = new Uint8Array()) => {
      call.socket.write(`HTTP/1.1 ${status}\r\n${base}${headers}\r\n\r\n`);
      if (call.method !== "HEAD") call.socket.write(body);
    };
    if (call.header("if-none-match") === '"v1"') return send("304 Not Modified", "X-Kept: yes");
    const range = /^bytes=(\d+)-(\d*)$/.exec(call.header("range") ?? "");
    if (range === null) return send("200 OK", `Content-Length: ${content.length}`, content);
    const start = Number(range[1]);
    const end = Math.min(range[2] === "" ? content.length - 1 : Number(range[2]), content.length - 1);
    if (start > end)
      return send("416 Range Not Satisfiable", `Content-Range: bytes */${content.length}\r\nContent-Length: 0`);
    const part = content.subarray(start, end + 1);
    const headers = `Content-Range: bytes ${start}-${end}/${content.length}\r\nContent-Length: ${part.length}`;
    send("206 Partial Content", headers, part);
  };
}

const PATH = "/v1/files/file-1/content";

describe("a file", () => {
  test("of the SDK arrives byte for byte", async () => {
    const client = new OpenAI({ apiKey: "unused", baseURL: `${daemon.url}/v1`, maxRetries: 0 });
    for (const content of [SMALL, LARGE]) {
      upstream.answer = serve(content);
      const answer = await client.files.content("file-1");
      expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
      expect(answer.headers.get("etag")).toBe('"v1"');
    }
  });

  test("of up to 1 MiB keeps its length, a larger one comes in chunks", async () => {
    upstream.answer = serve(SMALL);
    expect((await daemon.ask(PATH)).headers.get("content-length")).toBe(String(SMALL.length));
    upstream.answer = serve(LARGE);
    const { headers } = await daemon.ask(PATH);
    expect([headers.get("content-length"), headers.get("transfer-encoding")]).toEqual([null, "chunked"]);
  });

  test("states its whole length to HEAD", async () => {
    upstream.answer = serve(LARGE);
    const { headers, bytes } = await daemon.ask(PATH, { method: "HEAD" });
    expect([headers.get("content-length"), headers.get("accept-ranges"), bytes.length]).toEqual([
      String(LARGE.length),
      "bytes",
      0,
    ]);
  });

  test.each([
    ["bytes=100-199", 100, 200],
    ["bytes=4000000-", 4_000_000, LARGE.length],
    ["bytes=0-4999999", 0, 5_000_000],
  ])("comes in the range %s", async (range, start, end) => {
    upstream.answer = serve(LARGE);
    const answer = await daemon.ask(PATH, { headers: { range, "if-range": '"v1"' } });
    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/${LARGE.length}`);
    expect(Buffer.from(answer.bytes).equals(LARGE.subarray(start, end))).toBe(true);
    expect(upstream.calls.at(-1)?.header("if-range")).toBe('"v1"');
  });

  test("has no range behind its end", async () => {
    upstream.answer = serve(LARGE);
    const before = upstream.calls.length;
    const answer = await daemon.ask(PATH, { headers: { range: "bytes=9000000-" } });
    expect([answer.status, answer.headers.get("content-range")]).toEqual([416, `bytes */${LARGE.length}`]);
    expect(upstream.calls.length).toBe(before + 1);
  });

  test("that the client has is not sent again", async () => {
    upstream.answer = serve(LARGE);
    const answer = await rawRequest(
      daemon.url,
      requestText(`GET ${PATH}`, ['If-None-Match: "v1"', "Connection: close"]),
    );
    expect(answer.status).toBe(304);
    expect(answer.head.toLowerCase()).toContain('etag: "v1"');
    expect(answer.head.toLowerCase()).toContain("x-kept: yes");
    expect(answer.body).toBe("");
  });

  test("that is cut off is asked for again while it is small, and else breaks the connection", async () => {
    const cutting = (content: Buffer) => (call: RawCall) => {
      call.socket.write(`HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: ${content.length}\r\n\r\n`);
      call.socket.end(content.subarray(0, content.length - 1));
    };
    let hasCut = false;
    upstream.answer = (call) => {
      (hasCut ? serve(SMALL) : cutting(SMALL))(call);
      hasCut = true;
    };
    expect(Buffer.from((await daemon.ask(PATH)).bytes).equals(SMALL)).toBe(true);
    upstream.answer = cutting(LARGE);
    await expect(daemon.ask(PATH)).rejects.toThrow();
  });
});
