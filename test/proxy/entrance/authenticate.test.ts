// Who is let in: by which header, with which token, and from where when there is none.
import { describe, expect, test } from "bun:test";
import type { AuthConfig } from "../../../src/config/config.ts";
import { createAuthenticator } from "../../../src/proxy/entrance/authenticate.ts";
import { ClientTokens } from "../../../src/tokens/client-tokens.ts";

const TOKEN = "fake-client-token-one";
const OTHER = "fake-client-token-two";
const ADMIN = "fake-admin-token";
const AUTH: AuthConfig = {
  clientTokens: [
    { name: "one", token: TOKEN },
    { name: "two", token: OTHER },
  ],
  adminToken: ADMIN,
  allowQueryKey: false,
  sessionTtlMs: 3_600_000,
  sessionMaxMs: 604_800_000,
  adminHosts: [],
};
const OPEN: AuthConfig = {
  clientTokens: [],
  adminToken: undefined,
  allowQueryKey: false,
  sessionTtlMs: 3_600_000,
  sessionMaxMs: 604_800_000,
  adminHosts: [],
};
const LOCAL = { host: "127.0.0.1" };

const MISSING = { ok: false, code: "missing_api_key" } as const;
const INVALID = { ok: false, code: "invalid_api_key" } as const;
const FORBIDDEN = { ok: false, code: "forbidden" } as const;

function authenticatorOf(auth: AuthConfig, scene: { readonly host: string; readonly isProxied?: boolean }) {
  const tokens = new ClientTokens(() => 0);
  tokens.configure(auth.clientTokens, []);
  return createAuthenticator(auth, { ...scene, tokens });
}

test("behind a reverse proxy nobody is local, also once the last token was taken away", () => {
  const headers = new Headers({ host: "localhost" });
  expect(authenticatorOf(OPEN, LOCAL).client(headers, "")).toMatchObject({ ok: true });
  expect(authenticatorOf(OPEN, { ...LOCAL, isProxied: true }).client(headers, "")).toMatchObject(FORBIDDEN);
});

describe("client", () => {
  const { client } = authenticatorOf(AUTH, { host: "0.0.0.0" });
  const withQueryKey = authenticatorOf({ ...AUTH, allowQueryKey: true }, { host: "0.0.0.0" }).client;

  test.each([
    [{ authorization: `Bearer ${TOKEN}` }, "one"],
    [{ authorization: `bearer ${TOKEN}` }, "one"],
    [{ authorization: `BEARER   ${OTHER}` }, "two"],
    [{ "x-api-key": TOKEN }, "one"],
    [{ "api-key": TOKEN }, "one"],
    [{ "x-goog-api-key": TOKEN }, "one"],
    [{ authorization: "Bearer wrong", "x-api-key": OTHER }, "two"],
    [{ authorization: "Basic eDp5", "api-key": TOKEN }, "one"],
    [{ authorization: `Bearer ${TOKEN}`, origin: "https://page.example", host: "page.example" }, "one"],
  ])("lets %j in", (headers, name) => {
    expect(client(new Headers(headers as Record<string, string>), "")).toMatchObject({ ok: true, client: name });
  });

  test.each([
    [{}, MISSING],
    [{ authorization: "" }, MISSING],
    [{ authorization: "Bearer" }, MISSING],
    [{ authorization: "Bearer " }, MISSING],
    [{ "x-api-key": "" }, MISSING],
    [{ cookie: TOKEN, "x-token": TOKEN }, MISSING],
    [{ authorization: "Bearer wrong" }, INVALID],
    [{ authorization: TOKEN }, INVALID],
    [{ authorization: `Basic ${TOKEN}` }, INVALID],
    [{ authorization: `Bearer ${TOKEN}x` }, INVALID],
    [{ authorization: `Bearer ${TOKEN.slice(0, -1)}` }, INVALID],
    [{ authorization: `Bearer ${TOKEN.toUpperCase()}` }, INVALID],
    [{ authorization: `Bearer ${TOKEN}, Bearer ${TOKEN}` }, INVALID],
    [{ authorization: `Bearer ${ADMIN}` }, INVALID],
    [{ "x-api-key": `Bearer ${TOKEN}` }, INVALID],
  ])("keeps %j out", (headers, expected) => {
    expect(client(new Headers(headers as Record<string, string>), "")).toEqual(expected);
  });

  test("takes a key in the query only where that is allowed", () => {
    const query = `?a=1&key=${TOKEN}`;
    expect(client(new Headers(), query)).toEqual(MISSING);
    expect(withQueryKey(new Headers(), query)).toMatchObject({ ok: true, client: "one" });
    expect(withQueryKey(new Headers(), new URLSearchParams(query))).toMatchObject({ ok: true, client: "one" });
    expect(withQueryKey(new Headers(), "?key=wrong")).toEqual(INVALID);
    expect(withQueryKey(new Headers(), "?key=")).toEqual(MISSING);
    expect(withQueryKey(new Headers(), "")).toEqual(MISSING);
  });

  test("names the first of two entries with one token", () => {
    const twice = { ...AUTH, clientTokens: [...AUTH.clientTokens, { name: "three", token: TOKEN }] };
    const headers = new Headers({ "x-api-key": TOKEN });
    expect(authenticatorOf(twice, LOCAL).client(headers, "")).toMatchObject({ ok: true, client: "one" });
  });
});

describe("client without tokens", () => {
  test.each([
    "localhost",
    "localhost:8000",
    "LocalHost:8000",
    "127.0.0.1:8000",
    "127.8.9.1",
    "[::1]:8000",
    "[::1]",
    "app.localhost:1",
  ])("lets a program in that calls %s", (host) => {
    const { client } = authenticatorOf(OPEN, LOCAL);
    expect(client(new Headers({ host }), "")).toEqual({ ok: true, client: undefined });
    expect(client(new Headers({ host, authorization: "Bearer sk-anything" }), "")).toEqual({
      ok: true,
      client: undefined,
    });
  });

  test.each([
    { host: "rebound.example:8000" },
    { host: "127.0.0.1.rebound.example" },
    { host: "localhost.rebound.example:8000" },
    { host: "rebound.example:127.0.0.1" },
    { host: "192.168.1.5:8000" },
    { host: "0.0.0.0:8000" },
    { host: "" },
    {},
    { host: "localhost:8000", origin: "https://page.example" },
    { host: "localhost:8000", origin: "null" },
    { host: "localhost:8000", origin: "http://localhost:8000" },
    { host: "localhost:8000", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    { host: "127.0.0.1", "sec-fetch-site": "same-site" },
  ])("keeps %j out", (headers) => {
    const { client } = authenticatorOf(OPEN, LOCAL);
    expect(client(new Headers(headers as Record<string, string>), "")).toEqual(FORBIDDEN);
  });

  test.each([
    { "x-forwarded-for": "203.0.113.7" },
    { "x-forwarded-for": "127.0.0.1" },
    { "x-real-ip": "203.0.113.7" },
    { forwarded: "for=203.0.113.7" },
    { via: "1.1 proxy" },
    { "x-forwarded-host": "api.example" },
    { "x-forwarded-proto": "https" },
  ])("keeps what a reverse proxy on this machine forwards out, and says why: %j", (headers) => {
    const { client } = authenticatorOf(OPEN, LOCAL);
    const given = new Headers({ host: "127.0.0.1:8000", ...(headers as Record<string, string>) });
    const detail = "a proxy forwarded this request from elsewhere: set auth.client_tokens";
    expect(client(given, "")).toEqual({ ok: false, code: "forbidden", detail });
  });

  test("judges every request by its own headers, whatever came before", () => {
    const { client } = authenticatorOf(OPEN, LOCAL);
    const asked: readonly Record<string, string>[] = [
      { host: "localhost:8000" },
      { host: "rebound.example" },
      { host: "rebound.example" },
      { host: "localhost:8000" },
      { host: "localhost:8000", origin: "https://page.example" },
      {},
      { host: "localhost:8000" },
    ];
    const admitted = asked.map((headers) => client(new Headers(headers), "").ok);
    expect(admitted).toEqual([true, false, false, true, false, false, true]);
  });

  test.each(["0.0.0.0", "::", "192.168.1.5", "proxy.example"])("lets nobody in while listening on %s", (host) => {
    const { client } = authenticatorOf(OPEN, { host });
    expect(client(new Headers({ host: "localhost:8000" }), "")).toEqual(FORBIDDEN);
  });
});
