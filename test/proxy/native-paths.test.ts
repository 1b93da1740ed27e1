// Whose a path below `/v1` is where a provider serves Google's API there too, and where addresses of providers lead.
import { describe, expect, test } from "bun:test";
import { addressHere, withResultsHere } from "../../src/proxy/paths/address-here.ts";
import { exactPath } from "../../src/proxy/paths/exact-path.ts";
import { pathAsMeant } from "../../src/proxy/paths/google-path.ts";
import { createProviderNames } from "../../src/proxy/paths/provider-names.ts";

const NAMES = createProviderNames([
  { name: "gemini", path: "g", dialect: "gemini", nativePrefixes: ["v1beta"], isGoogle: true },
  { name: "main", path: "main", dialect: "openai", nativePrefixes: [] },
]);
const GOOGLE = asked({ "x-goog-api-client": "google-genai-sdk/3.3.0" });
const ANYBODY = asked({ authorization: "Bearer x" }, "?alt=sse");

function asked(headers: Record<string, string>, query = "") {
  return { headers: new Headers(headers), query };
}

describe("exactPath", () => {
  test.each([
    ["/gemini/v1/models/g-2:generateContent", "native"],
    ["/g/v1/models/g-2:streamGenerateContent", "native"],
    ["/gemini/v1/models/g-2:batchGenerateContent", "native"],
    ["/gemini/v1/models/g-2%3AgenerateContent", "native"],
    ["/gemini/v1/models/llama:latest:generateContent", "native"],
    ["/gemini/v1/models/g-2", "provider"],
    ["/gemini/v1/models/llama:latest", "provider"],
    ["/gemini/v1/chat/completions", "provider"],
    ["/main/v1/models/g-2:generateContent", "provider"],
  ] as const)("%s is %s by itself", (path, kind) => {
    expect(exactPath(path, NAMES).kind).toBe(kind);
  });
});

describe("pathAsMeant", () => {
  const models = { kind: "provider", provider: "gemini", rest: "/models" } as const;

  test("is Google's by the headers of its libraries", () => {
    expect(pathAsMeant(models, GOOGLE, NAMES)).toEqual({ kind: "native", provider: "gemini", path: "/v1/models" });
    expect(pathAsMeant(models, asked({ "x-goog-api-key": "x" }), NAMES).kind).toBe("native");
  });

  test("is Google's by its way to send a credential", () => {
    expect(pathAsMeant(models, asked({}, "?key=x"), NAMES).kind).toBe("native");
  });

  test("is OpenAI's by all others, and at providers that do not serve Google's API", () => {
    const elsewhere = { ...models, provider: "main" };
    expect(pathAsMeant(models, ANYBODY, NAMES)).toBe(models);
    expect(pathAsMeant(elsewhere, GOOGLE, NAMES)).toBe(elsewhere);
    const unnamed = { kind: "default", rest: "/models" } as const;
    expect(pathAsMeant(unnamed, GOOGLE, NAMES)).toBe(unnamed);
  });

  test.each(["/chat/completions", "/embeddings", "/responses", "/images/generations"])("is OpenAI's: %s", (rest) => {
    expect(pathAsMeant({ ...models, rest }, GOOGLE, NAMES).kind).toBe("provider");
  });

  test.each(["/interactions", "/files/abc", "/cachedContents", "/batches", "/future/things"])(
    "is Google's: %s",
    (rest) => {
      expect(pathAsMeant({ ...models, rest }, GOOGLE, NAMES).kind).toBe("native");
    },
  );

  test("keeps what was repaired", () => {
    const repaired = { from: "//gemini/v1/models", to: "/gemini/v1/models" };
    expect(pathAsMeant({ ...models, repaired }, GOOGLE, NAMES)).toMatchObject({ kind: "native", repaired });
  });
});

describe("addressHere", () => {
  const here = { url: "http://balance.example/gemini/upload/v1beta/files", headers: new Headers() };

  test.each([
    [
      "https://generativelanguage.googleapis.com/upload/v1beta/files?upload_id=a%2Fb&upload_protocol=resumable",
      "http://balance.example/gemini/upload/v1beta/files?upload_id=a%2Fb&upload_protocol=resumable",
    ],
    // Of the vendor behind a relay, where the client's token must go as little.
    [
      "https://elsewhere.example:444/x/upload/v1/files?u=/upload/v1/y",
      "http://balance.example/gemini/upload/v1/files?u=/upload/v1/y",
    ],
    [
      "https://api.anthropic.com/v1/messages/batches/msgbatch_1/results",
      "http://balance.example/gemini/v1/messages/batches/msgbatch_1/results",
    ],
    ["https://storage.example/upload/storage/v1/b/o?upload_id=a", undefined],
    ["https://elsewhere.example/files?then=/upload/v1/files", undefined],
    ["/upload/v1beta/files", undefined],
  ])("%s", (url, expected) => {
    expect(addressHere(url, "gemini", here)).toBe(expected as string);
  });

  test("below a base with a path, at a provider with a name of its own", () => {
    const request = { url: "http://127.0.0.1:8000/x", headers: new Headers({ "x-forwarded-proto": "https" }) };
    const url = addressHere("https://relay.example/google/upload/v1/files?x=1", "caf\u00e9", request);
    // By https, as whoever stands in front was asked.
    expect(url).toBe("https://127.0.0.1:8000/caf%C3%A9/upload/v1/files?x=1");
  });

  test.each(["http://a:99999/x", "http://%zz/x", "http://[::1/x", "/x"])("leaves it to a client at %s", (url) => {
    expect(addressHere("https://relay.example/upload/v1/files", "gemini", { ...here, url })).toBeUndefined();
  });
});

describe("withResultsHere", () => {
  const request = { url: "http://127.0.0.1:8000/claude/v1/messages/batches", headers: new Headers() };
  const bring = (text: string, operation = "messages/batches", asked: typeof request = request) =>
    Buffer.from(withResultsHere(Buffer.from(text), operation, { provider: "claude", request: asked })).toString();
  const results = "v1/messages/batches/msgbatch_1/results";
  const there = `"results_url":"https://api.anthropic.com/${results}"`;

  test("changes the address of results in a batch and in a list, and no other byte", () => {
    const batch = (base: string) =>
      `{"id":"\u{1F600}\\"", "results_url" : "${base}/${results}","x":"https://api.anthropic.com/"}`;
    const here = batch("http://127.0.0.1:8000/claude");
    for (const base of ["https://api.anthropic.com", "https://relay.example/anthropic"]) {
      expect(bring(batch(base))).toBe(here);
      expect(bring(`{"data":[${batch(base)},${batch(base)}]}`, "messages/batches/{id}")).toBe(
        `{"data":[${here},${here}]}`,
      );
    }
  });

  test("knows an address with escaped slashes", () => {
    expect(bring(`{${there.replaceAll("/", "\\/")}}`)).toBe(
      `{"results_url":"http://127.0.0.1:8000/claude/${results}"}`,
    );
  });

  test("stays JSON whatever the client calls this host", () => {
    const asked = { ...request, url: 'http://a"b/x' };
    expect(JSON.parse(bring(`{${there}}`, "messages/batches", asked))).toEqual({
      results_url: `http://a"b/claude/${results}`,
    });
  });

  test.each([
    [`{"results_url":null}`, "messages/batches"],
    [`{"results_url":"https://elsewhere.example/x"}`, "messages/batches"],
    [`{${there}}`, "messages"],
    // What a model made, such as the input of a tool.
    [`{"result":{"message":{"content":[{"input":{${there}}}]}}}`, "messages/batches/{id}/results"],
  ])("leaves %s of %s as it is", (text, operation) => {
    expect(bring(text, operation)).toBe(text);
  });
});
