// Bodies arrive byte-identical in both directions, whatever they hold.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { fixed } from "../fixture/behaviours.ts";
import { post } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const MIB = 1024 * 1024;
const upstream = startUpstream({ otherwise: fixed(200, "{}") });
const daemon = await startDaemon(
  JSON.stringify({
    providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("bytes")] }],
    models: { fast: ["main/upstream-name"], 'odd \u00e9 "name"': ["main/plain"] },
  }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

const BODIES: readonly (readonly [string, string])[] = [
  ["unknown fields", '{"model":"m","messages":[],"x_unknown":{"a":[null,true]},"":1}'],
  ["big integers and odd numbers", '{"seed":12345678901234567890,"model":"m","n":1.0,"t":1e-7,"u":-0,"v":1E400}'],
  ["key order and white space", '{\n\t"z": 1 ,"model" : "m",\r\n "a":2, "10":1, "2":1 }\n'],
  ["duplicates of unknown fields", '{"model":"m","x":1,"x":2}'],
  ["unicode, escaped and not", '{"model":"m","a":"\\u00e9\u00e9\\ud83d\\ude00\u{1F600}\\u0000\\/","\u00e9":"\u2028"}'],
  ["a lone surrogate", '{"model":"m","a":"\\ud800"}'],
  ["a byte order mark", '\ufeff{"model":"m"}'],
];

describe("a request body", () => {
  test.each([...BODIES])("with %s", async (_name, body) => {
    expect((await daemon.ask("/v1/chat/completions", post(body))).status).toBe(200);
    expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(upstream.calls.at(-1)?.body)).toBe(body);
  });

  test("with a 20 MiB base64 image", async () => {
    const image = Buffer.alloc(15 * MIB, 0xa7).toString("base64");
    const url = `data:image/png;base64,${image}`;
    const content = [{ type: "image_url", image_url: { url } }];
    const body = JSON.stringify({ messages: [{ role: "user", content }], model: "m" });
    expect(body.length).toBeGreaterThan(20 * MIB);
    expect((await daemon.ask("/v1/chat/completions", post(body))).status).toBe(200);
    expect(Buffer.from(body).equals(upstream.calls.at(-1)?.body ?? new Uint8Array())).toBe(true);
  });

  test("of bytes that are no text, under any content type and path", async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) % 256);
    for (const type of ["application/octet-stream", "application/json", "text/plain; charset=latin1"]) {
      await daemon.ask("/v1/some/unknown/path", { method: "PUT", headers: { "content-type": type }, body: bytes });
      expect(upstream.calls.at(-1)).toMatchObject({ method: "PUT", path: "/v1/some/unknown/path" });
      expect(Buffer.from(bytes).equals(upstream.calls.at(-1)?.body ?? new Uint8Array())).toBe(true);
      expect(upstream.calls.at(-1)?.headers.get("content-type")).toBe(type);
    }
  });

  test("of an alias changes in the bytes of the model's name and nowhere else", async () => {
    const around = (model: string) => `{ "a":"fast", "n":1.0, "model" : ${model}, "messages":["\\u00e9","model"] }`;
    for (const [asked, sent] of [
      ['"fast"', '"upstream-name"'],
      ['"f\\u0061st"', '"upstream-name"'],
      ['"odd \\u00e9 \\"name\\""', '"plain"'],
    ] as const) {
      expect((await daemon.ask("/v1/chat/completions", post(around(asked)))).status).toBe(200);
      expect(new TextDecoder().decode(upstream.calls.at(-1)?.body)).toBe(around(sent));
    }
  });

  test("of a multipart alias changes in the model's part and nowhere else", async () => {
    const around = (model: string) =>
      [
        '--b0\r\nContent-Disposition: form-data; name="file"; filename="model"\r\n\r\nfast\u0000\u00ff\r\n',
        `--b0\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n`,
        '--b0\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nfast\r\n--b0--\r\n',
      ].join("");
    const headers = { "content-type": "multipart/form-data; boundary=b0" };
    const body = Buffer.from(around("fast"), "latin1");
    await daemon.ask("/v1/audio/transcriptions", { method: "POST", headers, body });
    expect(Buffer.from(upstream.calls.at(-1)?.body ?? []).toString("latin1")).toBe(around("upstream-name"));
  });

  test("of a GET stays absent, and a query stays as it was", async () => {
    await daemon.ask("/v1/files?limit=2&after=a%2Fb+c&x");
    expect(upstream.calls.at(-1)).toMatchObject({ method: "GET", path: "/v1/files?limit=2&after=a%2Fb+c&x" });
    expect(upstream.calls.at(-1)?.body.length).toBe(0);
  });
});

describe("an answer body", () => {
  test.each([...BODIES])("with %s", async (_name, body) => {
    upstream.byModel("m", fixed(200, body));
    const answer = await daemon.ask("/v1/chat/completions", post('{"model":"m"}'));
    expect(Buffer.from(answer.bytes).equals(Buffer.from(body))).toBe(true);
  });

  test.each([9 * MIB, 20 * MIB])("of %d bytes of base64", async (size) => {
    const body = JSON.stringify({ data: [{ b64_json: Buffer.alloc(size, 0x5b).toString("base64") }] });
    upstream.byModel("image", fixed(200, body));
    const answer = await daemon.ask("/v1/images/generations", post('{"model":"image"}'));
    expect(Buffer.from(answer.bytes).equals(Buffer.from(body))).toBe(true);
  });

  test("of a stream with comments, odd line ends and unknown fields", async () => {
    const stream =
      ': hello\n\ndata: {"choices":[{"index":0,"delta":{"content":"a"},"x":1.0}]}\r\n\r\nid: 7\nretry: 5\n' +
      'event: odd\ndata:{"choices":[]}\ndata: two\n\n: ping\n\ndata: {"choices":[{"index":0,"delta":{},' +
      '"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
    upstream.byModel("stream", fixed(200, stream, { "content-type": "text/event-stream" }));
    const answer = await daemon.ask("/v1/chat/completions", post('{"model":"stream","stream":true}'));
    expect(answer.text).toBe(stream);
  });

  test.each([201, 202, 204, 205, 206, 304])("of status %d keeps its status and its headers", async (status) => {
    const hasBody = status < 204 || status === 206;
    const headers = { location: "/v1/files/file-1", etag: '"a"', "content-range": "bytes 0-1/2" };
    upstream.byModel("status", () => new Response(hasBody ? "{}" : null, { status, headers }));
    const answer = await daemon.ask("/v1/files", post('{"model":"status"}'));
    expect({ status: answer.status, text: answer.text }).toEqual({ status, text: hasBody ? "{}" : "" });
    for (const [name, value] of Object.entries(headers)) expect(answer.headers.get(name)).toBe(value);
  });

  test("of a HEAD has none", async () => {
    const answer = await daemon.ask("/v1/files/file-1/content", { method: "HEAD" });
    expect(upstream.calls.at(-1)?.method).toBe("HEAD");
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: "" });
  });

  test("that is compressed although identity was asked for arrives decoded", async () => {
    const body = JSON.stringify({ text: "x".repeat(10_000) });
    upstream.byModel("gzip", fixed(200, gzipSync(body), { "content-encoding": "gzip" }));
    const answer = await daemon.ask("/v1/chat/completions", post('{"model":"gzip"}'));
    expect(answer.text).toBe(body);
    expect(answer.headers.get("content-encoding")).toBeNull();
  });
});
