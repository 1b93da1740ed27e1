// The header policy, line by line and in both directions.
import { describe, expect, test } from "bun:test";
import { clientHeaders, type UpstreamHeaderInput, upstreamHeaders } from "../../../src/proxy/answer/header-policy.ts";

type Pairs = readonly (readonly [name: string, value: string])[];

const NOTHING: Omit<UpstreamHeaderInput, "client"> = {
  credential: undefined,
  defaults: {},
  provider: {},
  key: {},
  passOrganization: false,
  bodyBytes: undefined,
};
const OPTIONS = { requestId: "req_own", passRateLimit: false, keepLength: false };

function sent(client: Record<string, string>, input: Partial<UpstreamHeaderInput> = {}): Pairs {
  const flat = upstreamHeaders({ ...NOTHING, ...input, client: new Headers(client) });
  expect(flat.length % 2).toBe(0);
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ""] as const] : []));
}

function valuesOf(pairs: Pairs, wanted: string): string[] {
  return pairs.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
}

describe("upstreamHeaders", () => {
  test.each([
    "authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "ocp-apim-subscription-key",
    "cookie",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "origin",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-anything",
    "forwarded",
    "via",
    "host",
    "content-length",
    "expect",
    "openai-organization",
    "openai-project",
    "x-goog-user-project",
  ])("leaves out %s", (name) => {
    expect(valuesOf(sent({ [name]: "of-the-client", "x-kept": "1" }), name)).toEqual([]);
  });

  test.each([
    "openai-beta",
    "idempotency-key",
    "user-agent",
    "traceparent",
    "x-stainless-lang",
    "x-request-id",
    "accept",
    "content-type",
    "content-encoding",
    "anthropic-version",
    "http-referer",
    "x-anything",
  ])("passes %s as it came", (name) => {
    expect(valuesOf(sent({ [name]: 'caf\u00e9, "q"' }), name)).toEqual(['caf\u00e9, "q"']);
  });

  test("leaves out what Connection lists, in any case and number", () => {
    const pairs = sent({ connection: "close, X-Hop,x-other", "x-hop": "1", "x-other": "2", "x-kept": "3" });
    expect(pairs).toEqual([
      ["x-kept", "3"],
      ["accept-encoding", "identity"],
    ]);
  });

  test("asks for an answer without compression, once, whatever client and operator say", () => {
    const pairs = sent({ "accept-encoding": "gzip" }, { provider: { "Accept-Encoding": "br" } });
    expect(valuesOf(pairs, "accept-encoding")).toEqual(["identity"]);
  });

  test("passes organisation and project where the provider takes them", () => {
    const client = { "openai-organization": "org-1", "openai-project": "proj-1" };
    const pairs = sent(client, { passOrganization: true });
    expect(pairs.slice(0, 2)).toEqual(Object.entries(client));
  });

  test("sets the headers of the provider, then those of the key, in place of the client's", () => {
    const provider = { "X-Team": "provider", "X-Site": "provider", "OpenAI-Organization": "org-2" };
    const pairs = sent(
      { "x-team": "client", "x-site": "client", "openai-organization": "org-1" },
      { provider, key: { "x-TEAM": "key" } },
    );
    expect(valuesOf(pairs, "x-team")).toEqual(["key"]);
    expect(valuesOf(pairs, "x-site")).toEqual(["provider"]);
    expect(valuesOf(pairs, "openai-organization")).toEqual(["org-2"]);
  });

  test("sends the credential once, over everything of the same name", () => {
    const credential = ["x-secret", "Key fake-secret"] as const;
    const pairs = sent({ "x-secret": "client" }, { credential, provider: { "X-Secret": "provider" } });
    expect(valuesOf(pairs, "x-secret")).toEqual(["Key fake-secret"]);
  });

  test("adds a default of the dialect only where nobody else set one", () => {
    const defaults = { "anthropic-version": "2023-06-01" };
    expect(valuesOf(sent({}, { defaults }), "anthropic-version")).toEqual(["2023-06-01"]);
    expect(valuesOf(sent({ "anthropic-version": "2099-01-01" }, { defaults }), "anthropic-version")).toEqual([
      "2099-01-01",
    ]);
    const provider = { "Anthropic-Version": "2098-01-01" };
    expect(valuesOf(sent({}, { defaults, provider }), "anthropic-version")).toEqual(["2098-01-01"]);
  });

  test("states the length of the body that is sent, never another", () => {
    const pairs = sent({ "content-length": "5" }, { bodyBytes: 7, provider: { "Content-Length": "9" } });
    expect(valuesOf(pairs, "content-length")).toEqual(["7"]);
    expect(valuesOf(sent({}, { bodyBytes: 0 }), "content-length")).toEqual(["0"]);
  });

  test.each(["Transfer-Encoding", "Connection", "Expect"])("lets no setting change the framing by %s", (name) => {
    expect(valuesOf(sent({}, { provider: { [name]: "x" }, key: { [name]: "x" } }), name.toLowerCase())).toEqual([]);
  });
});

describe("clientHeaders", () => {
  test.each([
    "set-cookie",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "access-control-allow-origin",
    "access-control-anything",
    "openai-organization",
    "openai-project",
    "x-openai-balance-key",
    "content-length",
    "x-ratelimit-remaining-requests",
    "anthropic-ratelimit-requests-remaining",
    "anthropic-organization-id",
    "anthropic-workspace-id",
  ])("leaves out %s", (name) => {
    expect(clientHeaders([[name, "of-the-provider"]], OPTIONS).has(name)).toBe(false);
  });

  test.each([
    "content-type",
    "date",
    "server",
    "retry-after",
    "retry-after-ms",
    "openai-processing-ms",
    "openai-version",
    "openai-model",
    "x-should-retry",
    "www-authenticate",
    "x-anything",
  ])("passes %s as it came", (name) => {
    expect(clientHeaders([[name, "caf\u00e9 1"]], OPTIONS).get(name)).toBe("caf\u00e9 1");
  });

  test("leaves out what any Connection line lists", () => {
    const list: Pairs = [
      ["connection", "X-Hop"],
      ["x-hop", "1"],
      ["connection", "close, x-other"],
      ["x-other", "2"],
      ["x-kept", "3"],
    ];
    expect([...clientHeaders(list, OPTIONS).keys()].filter((name) => !name.includes("request-id"))).toEqual(["x-kept"]);
  });

  test("passes rate limits where they are asked for", () => {
    const list: Pairs = [["x-ratelimit-remaining-requests", "59"]];
    const headers = clientHeaders(list, { ...OPTIONS, passRateLimit: true });
    expect(headers.get("x-ratelimit-remaining-requests")).toBe("59");
  });

  test("keeps the length of a body that goes on as it is", () => {
    expect(clientHeaders([["content-length", "5"]], { ...OPTIONS, keepLength: true }).get("content-length")).toBe("5");
  });

  test("keeps every value of a repeated header", () => {
    const list: Pairs = [
      ["link", "<a>"],
      ["x-one", "1"],
      ["link", "<b>"],
    ];
    expect(clientHeaders(list, OPTIONS).get("link")).toBe("<a>, <b>");
  });

  test("adds ids: the provider's request id before ours, always our own", () => {
    const without = clientHeaders([], OPTIONS);
    expect(without.get("x-request-id")).toBe("req_own");
    const list: Pairs = [
      ["x-request-id", "req_upstream"],
      ["x-openai-balance-request-id", "req_other"],
    ];
    const passed = clientHeaders(list, OPTIONS);
    expect(passed.get("x-request-id")).toBe("req_upstream");
    expect(passed.get("x-openai-balance-request-id")).toBe("req_own");
  });

  test.each(["a\nb", "a\0b", "\u20ac"])("survives a value that no header may hold: %p", (value) => {
    const headers = clientHeaders(
      [
        ["x-odd", value],
        ["x-kept", "1"],
      ],
      OPTIONS,
    );
    expect(headers.has("x-odd")).toBe(false);
    expect(headers.get("x-kept")).toBe("1");
  });
});
