// Joining a base URL with what a client asked for, by friends and foes.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { upstreamUrl } from "../../src/upstream/upstream-url.ts";

type Base = Parameters<typeof upstreamUrl>[0];
type Target = Parameters<typeof upstreamUrl>[1];

const OPENAI: Base = {
  dialect: "openai",
  baseUrl: "https://api.example.com/openai/v1",
  nativeBaseUrl: "https://api.example.com",
  apiVersion: undefined,
};
const AZURE: Base = {
  dialect: "azure",
  baseUrl: "https://name.openai.azure.com/openai/v1",
  nativeBaseUrl: "https://name.openai.azure.com",
  apiVersion: "2024-10-21",
};

function target(rest: string, more: Partial<Target> = {}): Target {
  return { native: false, rest, query: "", ...more };
}

describe("upstreamUrl joins", () => {
  test.each<[string, Base, Target, string]>([
    ["base and rest", OPENAI, target("/chat/completions"), "https://api.example.com/openai/v1/chat/completions"],
    ["nothing", OPENAI, target(""), "https://api.example.com/openai/v1"],
    [
      "a bare origin",
      { ...OPENAI, baseUrl: "http://127.0.0.1:11434" },
      target("/models"),
      "http://127.0.0.1:11434/models",
    ],
    [
      "a bare origin and nothing",
      { ...OPENAI, baseUrl: "http://127.0.0.1:11434" },
      target(""),
      "http://127.0.0.1:11434/",
    ],
    [
      "a trailing slash",
      { ...OPENAI, baseUrl: "https://a.example/v1/" },
      target("/models"),
      "https://a.example/v1/models",
    ],
    [
      "the query byte for byte",
      OPENAI,
      target("/files", { query: "?b=%20+%2B&a=1&a=&&c=/../x?y" }),
      "https://api.example.com/openai/v1/files?b=%20+%2B&a=1&a=&&c=/../x?y",
    ],
    [
      "an encoded slash in an id",
      OPENAI,
      target("/models/openai%2Fgpt-4o"),
      "https://api.example.com/openai/v1/models/openai%2Fgpt-4o",
    ],
    [
      "dots in an id",
      OPENAI,
      target("/files/..a/b../...%2e"),
      "https://api.example.com/openai/v1/files/..a/b../...%2e",
    ],
    ["repeated slashes", OPENAI, target("/a//b/"), "https://api.example.com/openai/v1/a//b/"],
    ["two leading slashes", OPENAI, target("//evil.example/x"), "https://api.example.com/openai/v1//evil.example/x"],
    [
      "a native path",
      OPENAI,
      target("/v1beta/models/g:streamGenerateContent", { native: true, query: "?alt=sse" }),
      "https://api.example.com/v1beta/models/g:streamGenerateContent?alt=sse",
    ],
    [
      "a native base with a path",
      { ...OPENAI, nativeBaseUrl: "https://relay.example/google" },
      target("/v1beta/models", { native: true }),
      "https://relay.example/google/v1beta/models",
    ],
    [
      "Azure's v1 API",
      { ...AZURE, apiVersion: undefined },
      target("/chat/completions", { model: "gpt-4o" }),
      "https://name.openai.azure.com/openai/v1/chat/completions",
    ],
    [
      "a deployment",
      AZURE,
      target("/chat/completions", { model: "gpt-4o" }),
      "https://name.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
    ],
    [
      "a deployment beside the client's query",
      AZURE,
      target("/embeddings", { model: "m", query: "?x=1" }),
      "https://name.openai.azure.com/openai/deployments/m/embeddings?x=1&api-version=2024-10-21",
    ],
    [
      "the client's own api-version",
      AZURE,
      target("/embeddings", { model: "m", query: "?api-version=2023-05-15" }),
      "https://name.openai.azure.com/openai/deployments/m/embeddings?api-version=2023-05-15",
    ],
    [
      "a deployment's name as one segment",
      AZURE,
      target("/embeddings", { model: "a/b?c d" }),
      "https://name.openai.azure.com/openai/deployments/a%2Fb%3Fc%20d/embeddings?api-version=2024-10-21",
    ],
    [
      "what no deployment serves",
      AZURE,
      target("/models"),
      "https://name.openai.azure.com/openai/models?api-version=2024-10-21",
    ],
    [
      "responses, which no deployment serves",
      AZURE,
      target("/responses", { model: "m" }),
      "https://name.openai.azure.com/openai/responses?api-version=2024-10-21",
    ],
    [
      "a deployment behind a gateway's path",
      { ...AZURE, baseUrl: "https://gw.example/azure/openai" },
      target("/embeddings", { model: "m" }),
      "https://gw.example/azure/openai/deployments/m/embeddings?api-version=2024-10-21",
    ],
    [
      "a native path of Azure",
      AZURE,
      target("/openai/deployments/m/chat/completions", { native: true }),
      "https://name.openai.azure.com/openai/deployments/m/chat/completions?api-version=2024-10-21",
    ],
    [
      "a native path of Azure that no deployment serves",
      AZURE,
      target("/openai/responses/resp_1", { native: true }),
      "https://name.openai.azure.com/openai/responses/resp_1?api-version=2024-10-21",
    ],
    [
      "a native path of Azure's v1 API, which takes no dated version",
      AZURE,
      target("/openai/v1/responses", { native: true, query: "?a=b" }),
      "https://name.openai.azure.com/openai/v1/responses?a=b",
    ],
  ])("%s", (_name, base, given, expected) => {
    const url = upstreamUrl(base, given);
    expect(`${url?.origin}${url?.path}`).toBe(expected);
  });
});

describe("upstreamUrl refuses", () => {
  test.each([
    "/..",
    "/.",
    "/../admin",
    "/a/../../b",
    "/a/..",
    "/%2e%2e/admin",
    "/.%2E/admin",
    "/%2e/a",
    "/..%2fadmin",
    "/a%2f..%2f..%2fadmin",
    "/a%2F%2E%2E",
    "/..%5cadmin",
    "/..\\admin",
    "/a\\..\\b",
    "/%252e%252e/admin",
    "/%25252e%25252e/x",
    "/..;/admin",
    "/a/..;x=1/b",
    "/a?b",
    "/a#b",
    "/a b",
    "/a\tb",
    "/a\r\nHost: evil",
    "/\u0000",
    "/é",
    "chat",
    "@evil.example/",
    ".evil.example/",
  ])("rest %j", (rest) => {
    expect(upstreamUrl(OPENAI, target(rest))).toBeUndefined();
    expect(upstreamUrl(OPENAI, target(rest, { native: true }))).toBeUndefined();
  });

  test.each(["?a#b", "?a b", "?a\nb", "?é"])("query %j", (query) => {
    expect(upstreamUrl(OPENAI, target("/files", { query }))).toBeUndefined();
  });

  test.each([".", "..", "../admin", "a/../.."])("deployment %j", (model) => {
    expect(upstreamUrl(AZURE, target("/embeddings", { model }))).toBeUndefined();
  });
});

describe("laws", () => {
  const piece = fc.constantFrom(
    "/",
    "\\",
    ".",
    "..",
    "%2e",
    "%2E",
    "%2f",
    "%5C",
    "%25",
    "2e",
    ";",
    "a",
    "v1",
    "%00",
    "@",
    ":",
    "?",
    "#",
    " ",
  );
  const rest = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((parts) => `/${parts.join("")}`),
    fc.string({ unit: "binary" }).map((text) => `/${text}`),
  );

  test("the URL stays under its base however a server decodes it", () => {
    fc.assert(
      fc.property(rest, fc.boolean(), (path, native) => {
        const url = upstreamUrl(
          { ...OPENAI, nativeBaseUrl: "https://api.example.com/native" },
          target(path, { native }),
        );
        if (url === undefined) return;
        let seen = url.origin + url.path;
        for (let decodings = 0; decodings < 4; decodings += 1) {
          const { origin, pathname } = new URL(seen);
          expect(origin).toBe("https://api.example.com");
          expect(
            pathname === (native ? "/native" : "/openai/v1") ||
              pathname.startsWith(native ? "/native/" : "/openai/v1/"),
          ).toBe(true);
          seen = seen.replace(/%(2e|2f|5c|25)/gi, (code) => decodeURIComponent(code));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("a model never leaves the deployments", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (model) => {
        const url = upstreamUrl(AZURE, target("/embeddings", { model }));
        if (url === undefined) return;
        expect(new URL(url.origin + url.path).pathname).toMatch(/^\/openai\/deployments\/[^/]*\/embeddings$/);
      }),
    );
  });
});
