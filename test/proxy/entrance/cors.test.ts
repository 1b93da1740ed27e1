// Which pages may call and read, what a preflight is told, and that nothing else is opened by it.
import { describe, expect, test } from "bun:test";
import { createCors } from "../../../src/proxy/entrance/cors.ts";
import { ASK, CHAT, provider, World } from "../fixtures.ts";

const PAGE = "https://app.example";
const TOKEN = "sk-fake-client-token-1";

const some = createCors({ origins: [PAGE, "http://localhost:3000", "chrome-extension://abc"], maxAgeMs: 600_000 });
const all = createCors({ origins: ["*"], maxAgeMs: 0 });

function preflight(headers: Record<string, string>, { cors = some, method = "OPTIONS" } = {}) {
  const asked = new Headers(headers);
  const answer = cors.preflight({ method, headers: asked });
  if (answer !== undefined) cors.share(answer, asked);
  return answer;
}

const asking = (origin: string, more: Record<string, string> = {}) => ({
  origin,
  "access-control-request-method": "POST",
  ...more,
});

describe("a preflight", () => {
  test("of an allowed origin is answered with what it asks for", () => {
    const names = "authorization,content-type,x-stainless-lang,x-stainless-retry-count";
    const answer = preflight(asking(PAGE, { "access-control-request-headers": names }));
    expect(answer?.status).toBe(204);
    expect(Object.fromEntries(answer?.headers ?? [])).toEqual({
      "access-control-allow-origin": PAGE,
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": names,
      "access-control-max-age": "600",
      "access-control-expose-headers": "*",
      vary: "Access-Control-Request-Headers, Access-Control-Request-Private-Network, Origin",
    });
  });

  test("from the internet to this machine is let through", () => {
    const answer = preflight(asking(PAGE, { "access-control-request-private-network": "true" }));
    expect(answer?.headers.get("access-control-allow-private-network")).toBe("true");
  });

  test("of any origin where all are allowed, without a word that depends on it", () => {
    const answer = preflight(asking("https://other.example"), { cors: all });
    expect(answer?.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer?.headers.get("vary")).not.toContain("Origin");
    expect(answer?.headers.get("access-control-max-age")).toBe("0");
  });

  test.each(["HTTPS://APP.example", "http://localhost:3000", "chrome-extension://abc"])("takes %s", (origin) => {
    expect(preflight(asking(origin))?.headers.get("access-control-allow-origin")).toBe(origin);
  });

  test.each([
    "https://other.example",
    "http://app.example",
    "https://app.example:8443",
    "https://app.example.evil.example",
    "https://evil.example/https://app.example",
    "null",
    "*",
    "",
  ])("does not take %p", (origin) => {
    expect(preflight(asking(origin))).toBeUndefined();
  });

  test.each<[string, Record<string, string>, string]>([
    ["another method", asking(PAGE), "POST"],
    ["no question", { origin: PAGE }, "OPTIONS"],
    ["no origin", { "access-control-request-method": "POST" }, "OPTIONS"],
  ])("is none with %s", (_name, headers, method) => {
    expect(preflight(headers, { method })).toBeUndefined();
  });

  test("repeats no names that are none", () => {
    const answer = preflight(asking(PAGE, { "access-control-request-headers": "a;b" }));
    expect(answer?.headers.has("access-control-allow-headers")).toBe(false);
  });
});

describe("an answer", () => {
  function shared(origin: string | undefined, cors = some): Record<string, string> {
    const response = new Response(null, { headers: { vary: "Accept" } });
    cors.share(response, new Headers(origin === undefined ? {} : { origin }));
    return Object.fromEntries(response.headers);
  }

  test("can be read by the page that asked, headers and all", () => {
    expect(shared(PAGE)).toEqual({
      "access-control-allow-origin": PAGE,
      "access-control-expose-headers": "*",
      vary: "Accept, Origin",
    });
    expect(shared(PAGE, all)).toEqual({
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "*",
      vary: "Accept",
    });
  });

  test.each([undefined, "https://other.example"])("for %p says only that it depends on the origin", (origin) => {
    expect(shared(origin)).toEqual({ vary: "Accept, Origin" });
  });
});

function worldWith(cors: object | undefined, tokens: readonly string[] = [TOKEN]): World {
  return new World({
    providers: [provider("p")],
    rest: { auth: { client_tokens: tokens, admin_token: "sk-fake-admin" }, ...(cors && { server: { cors } }) },
  });
}

describe("the proxy with server.cors", () => {
  const page = { origin: PAGE };

  test("answers a preflight before it asks for a token, and calls nobody", async () => {
    await using world = worldWith({ origins: [PAGE] });
    const answer = await world.read(`OPTIONS ${CHAT}`, undefined, { headers: asking(PAGE) });
    expect([answer.status, world.calls.length]).toEqual([204, 0]);
    expect(world.trace).toMatchObject({ operation: "preflight", status: 204, end: "ok" });
  });

  test.each<[string, number, Record<string, string>]>([
    ["an answer", 200, { ...page, authorization: `Bearer ${TOKEN}` }],
    ["a refusal", 401, page],
  ])("opens %s", async (_name, status, headers) => {
    await using world = worldWith({ origins: [PAGE] });
    world.script = (call) => call.json(200, {});
    const answer = await world.read(CHAT, ASK, { headers });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([status, PAGE]);
  });

  test("opens a stream, and not by what the provider's own site says", async () => {
    await using world = worldWith({ origins: [PAGE] });
    world.script = (call) => {
      call.head(200, {
        "content-type": "text/event-stream",
        "access-control-allow-origin": "https://provider.example",
      });
      call.data('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n').end();
    };
    const headers = { ...page, authorization: `Bearer ${TOKEN}` };
    const answer = await world.read(CHAT, { ...ASK, stream: true }, { headers });
    expect(answer.headers.get("access-control-allow-origin")).toBe(PAGE);
    expect(answer.text).toEndWith("[DONE]\n\n");
  });

  test.each(["/admin/api/status", "/v1/providers"])("never opens %s", async (path) => {
    const world = worldWith({ origins: [PAGE] });
    for (const asked of [
      world.ask(`OPTIONS ${path}`, undefined, { headers: asking(PAGE) }),
      world.ask(path, undefined, { headers: { ...page, authorization: "Bearer sk-fake-admin" } }),
    ]) {
      const { headers } = await asked.response;
      expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  test("adds nothing without the setting", async () => {
    await using world = worldWith(undefined);
    world.script = (call) => call.json(200, {});
    const answer = await world.read(CHAT, ASK, { headers: { ...page, authorization: `Bearer ${TOKEN}` } });
    expect([...answer.headers.keys()].filter((name) => /^access-control|^vary$/.test(name))).toEqual([]);
    const asked = await world.read(`OPTIONS ${CHAT}`, undefined, { headers: asking(PAGE) });
    expect(asked.status).toBe(401);
  });

  test("lets the named pages in without a token, from this machine only, and no others", async () => {
    await using world = worldWith({ origins: [PAGE] }, []);
    world.script = (call) => call.json(200, {});
    const statuses = [];
    for (const headers of [
      { ...page, "sec-fetch-site": "cross-site" },
      { origin: "https://other.example" },
      { ...page, host: "rebound.example" },
      { ...page, "x-forwarded-for": "203.0.113.7" },
      { "sec-fetch-site": "cross-site" },
    ]) {
      statuses.push((await world.read(CHAT, ASK, { headers: headers as Record<string, string> })).status);
    }
    expect(statuses).toEqual([200, 403, 403, 403, 403]);
  });
});
