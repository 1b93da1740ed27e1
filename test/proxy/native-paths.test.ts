// Whose a path below `/v1` is where a provider serves Google's API there too, and where addresses of providers lead.
import { describe, expect, test } from "bun:test";
import { addressHere, withResultsHere } from "../../src/proxy/address-here.ts";
import { exactPath } from "../../src/proxy/exact-path.ts";
import { pathAsMeant } from "../../src/proxy/google-path.ts";
import { createProviderNames } from "../../src/proxy/provider-names.ts";

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
  const google = { name: "gemini", nativeBaseUrl: "https://generativelanguage.googleapis.com" };
  const here = { url: "http://balance.example/gemini/upload/v1beta/files", headers: new Headers() };

  test.each([
    [
      "https://generativelanguage.googleapis.com/upload/v1beta/files?upload_id=a%2Fb&upload_protocol=resumable",
      "http://balance.example/gemini/upload/v1beta/files?upload_id=a%2Fb&upload_protocol=resumable",
    ],
    ["https://elsewhere.example/upload/v1beta/files?upload_id=a", undefined],
    ["https://generativelanguage.googleapis.com.evil.example/upload", undefined],
    ["/upload/v1beta/files", undefined],
  ])("%s", (url, expected) => {
    expect(addressHere(url, google, here)).toBe(expected as string);
  });

  test("below a base with a path, at a provider with a name of its own", () => {
    const relay = { name: "caf\u00e9", nativeBaseUrl: "https://relay.example/google" };
    const request = { url: "http://127.0.0.1:8000/x", headers: new Headers({ "x-forwarded-proto": "https" }) };
    const url = addressHere("https://relay.example/google/upload/v1/files?x=1", relay, request);
    // By https, as whoever stands in front was asked.
    expect(url).toBe("https://127.0.0.1:8000/caf%C3%A9/upload/v1/files?x=1");
  });
});

describe("withResultsHere", () => {
  const provider = { name: "claude", nativeBaseUrl: "https://api.anthropic.com" };
  const request = { url: "http://127.0.0.1:8000/claude/v1/messages/batches", headers: new Headers() };
  const bring = (text: string, operation = "messages/batches") =>
    Buffer.from(withResultsHere(Buffer.from(text), operation, { provider, request })).toString();
  const results = "v1/messages/batches/msgbatch_1/results";

  test("changes the address of results in a batch and in a list, and no other byte", () => {
    const batch = (base: string) =>
      `{"id":"\u{1F600}\\"", "results_url" : "${base}/${results}","x":"https://api.anthropic.com/"}`;
    const [there, here] = [batch("https://api.anthropic.com"), batch("http://127.0.0.1:8000/claude")];
    expect(bring(there)).toBe(here);
    expect(bring(`{"data":[${there},${there}]}`, "messages/batches/{id}")).toBe(`{"data":[${here},${here}]}`);
  });

  test.each([
    [`{"results_url":null}`, "messages/batches"],
    [`{"results_url":"https://elsewhere.example/${results}"}`, "messages/batches"],
    [`{"results_url":"https://api.anthropic.com/${results}"}`, "messages"],
  ])("leaves %s of %s as it is", (text, operation) => {
    expect(bring(text, operation)).toBe(text);
  });
});
