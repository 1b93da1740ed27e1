// Forms of the SDK and odd ones under a name of our own: only the model changes, at every provider that is asked.
import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import OpenAI, { toFile } from "openai";
import { fixed, serverError } from "../fixture/behaviours.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { type Call, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [FIRST, SECOND] = [fakeSecret("form_first"), fakeSecret("form_second")];
const upstream = startUpstream({ otherwise: fixed(200, '{"text":"hi","data":[]}'), keys: { [FIRST]: serverError } });
const daemon = await startDaemon(
  JSON.stringify({
    providers: [
      { name: "first", base_url: upstream.url, api_keys: [FIRST], max_retries: 0, max_failures: 1_000 },
      { name: "second", base_url: upstream.url, api_keys: [SECOND] },
    ],
    models: { alias: ["first/a-much-longer-name", "second/x"] },
  }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});
beforeEach(() => {
  upstream.calls.length = 0;
});

const client = new OpenAI({ apiKey: "unused", baseURL: `${daemon.url}/v1`, maxRetries: 0 });

type Form = Awaited<ReturnType<Response["formData"]>>;

/** The calls of one request, first to the one provider, then to the other. */
async function formsOf(): Promise<readonly Form[]> {
  return Promise.all(
    upstream.calls.map((call) => new Response(call.body as never, { headers: call.headers }).formData()),
  );
}

function latin1({ body }: Call): string {
  return Buffer.from(body).toString("latin1");
}

async function bytesOf(file: ReturnType<Form["get"]>): Promise<Buffer> {
  if (file === null || typeof file === "string") throw new Error("No file");
  return Buffer.from(await file.arrayBuffer());
}

const CONTENT = randomBytes(200_000);

describe("a form of the SDK", () => {
  test("to transcribe names each provider's model and keeps the file", async () => {
    const file = await toFile(CONTENT, 'speech \u00e9 "1".wav', { type: "audio/wav" });
    await client.audio.transcriptions.create({
      file,
      model: "alias",
      language: "en",
      timestamp_granularities: ["word"],
    });
    const forms = await formsOf();
    expect(forms.map((form) => form.get("model"))).toEqual(["a-much-longer-name", "x"]);
    for (const form of forms) {
      expect((await bytesOf(form.get("file"))).equals(CONTENT)).toBe(true);
      expect(form.get("language")).toBe("en");
      expect(form.getAll("timestamp_granularities[]")).toEqual(["word"]);
    }
    const [one = "", other = ""] = upstream.calls.map(latin1);
    expect(one.replace("a-much-longer-name", "x")).toBe(other);
  });

  test("to edit images keeps all of them", async () => {
    const images = [await toFile(CONTENT, "a.png"), await toFile(CONTENT.subarray(1), "b.png")];
    await client.images.edit({ image: images, prompt: "alias", model: "alias" });
    for (const form of await formsOf()) {
      expect(form.get("prompt")).toBe("alias");
      const files = await Promise.all(form.getAll("image[]").map(bytesOf));
      expect(files.map((bytes, index) => bytes.equals(CONTENT.subarray(index)))).toEqual([true, true]);
    }
    expect((await formsOf()).at(-1)?.get("model")).toBe("x");
  });

  test("without a model goes to the default provider as it is", async () => {
    upstream.byKey(FIRST, fixed(200, '{"id":"file-1"}'));
    await client.files.create({ file: await toFile(CONTENT, "data.jsonl"), purpose: "batch" });
    upstream.byKey(FIRST, serverError);
    expect(upstream.calls.map(({ key }) => key)).toEqual([FIRST]);
    expect((await bytesOf((await formsOf())[0]?.get("file") ?? null)).equals(CONTENT)).toBe(true);
  });
});

const send = (body: string, type: string) =>
  daemon.ask("/v1/audio/transcriptions", {
    method: "POST",
    headers: { "content-type": type },
    body: Buffer.from(body, "latin1"),
  });

const FILE = 'Content-Disposition: form-data; name="file"; filename="model"\r\n\r\nalias\0\u00ff\r\n\n--b\r\n';

describe("an odd form", () => {
  test.each<[string, string, (model: string) => string]>([
    [
      "the model behind the file",
      "multipart/form-data; boundary=b0",
      (model) =>
        `--b0\r\n${FILE}\r\n--b0\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n--b0--\r\n`,
    ],
    [
      "a quoted boundary of odd characters",
      'multipart/form-data; charset=utf-8; boundary="a \'()+_,-./:=?"',
      (model) =>
        `--a '()+_,-./:=?\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n--a '()+_,-./:=?--`,
    ],
    [
      "an encoded file name",
      "multipart/form-data; boundary=b0",
      (model) =>
        `--b0\r\nContent-Disposition: form-data; name="file"; filename*=UTF-8''m%C3%B6del\r\n\r\nalias\r\n--b0\r\nContent-Disposition: form-data; name=model\r\nContent-Type: text/plain\r\n\r\n${model}\r\n--b0--\r\n`,
    ],
    [
      "a preamble and an epilogue",
      "Multipart/Form-Data; Boundary=b0",
      (model) =>
        `preamble\r\n--b0 \t\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}\r\n--b0--\r\nname="model"\r\n\r\nalias`,
    ],
  ])("with %s", async (_name, type, around) => {
    expect((await send(around("alias"), type)).status).toBe(200);
    // The first provider is left out once it has failed often enough.
    const names = upstream.calls.map(({ key }) => (key === FIRST ? "a-much-longer-name" : "x"));
    expect(names.at(-1)).toBe("x");
    expect(upstream.calls.map(latin1)).toEqual(names.map(around));
  });

  test.each<[string, string]>([
    ["bare line feeds", '--b0\nContent-Disposition: form-data; name="model"\n\nalias\n--b0--\n'],
    ["another boundary", '--b1\r\nContent-Disposition: form-data; name="model"\r\n\r\nalias\r\n--b1--\r\n'],
  ])("with %s is none to us, and goes on as it is", async (_name, body) => {
    await send(body, "multipart/form-data; boundary=b0");
    expect(new Set(upstream.calls.map(latin1))).toEqual(new Set([body]));
  });
});

test("whatever stands around it, only the bytes of the model change", async () => {
  const content = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
  const name = fc.constantFrom("file", "prompt", "x y", "models", "modelx");
  const end = fc.constantFrom("\r\n--b0--", "\r\n--b0--\r\n", "\r\n--b0--\r\nepilogue");
  const other = fc
    .tuple(name, content, fc.boolean())
    .map(
      ([called, text, isFile]) =>
        `--b0\r\nContent-Disposition: form-data; name="${called}"${isFile ? '; filename="alias"' : ""}\r\n\r\n${text}\r\n`,
    );
  const others = fc.array(other, { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(others, others, end, async (before, after, closing) => {
      upstream.calls.length = 0;
      const around = (model: string) =>
        `${before.join("")}--b0\r\nContent-Disposition: form-data; name="model"\r\n\r\n${model}${after.length > 0 ? "\r\n" : ""}${after.join("").replace(/\r\n$/, "")}${closing}`;
      await send(around("alias"), "multipart/form-data; boundary=b0");
      expect(upstream.calls.map(latin1).at(-1)).toBe(around("x"));
    }),
    { numRuns: 50 },
  );
});
