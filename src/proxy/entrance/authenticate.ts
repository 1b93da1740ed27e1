// Decides whether a request may enter: by a client token, or by being on this machine when there is none.
import type { AuthConfig } from "../../config/config.ts";
import { isLoopbackHost } from "../../config/loopback.ts";
import type { ClientTokens } from "../../tokens/client-tokens.ts";
import type { KnownToken } from "../../tokens/known-token.ts";
import { takeQueryKey } from "../paths/query-params.ts";

/** `client`: the name of the token; both undefined where none is known. */
export type ClientAuth =
  | { readonly ok: true; readonly client: string | undefined; readonly token?: KnownToken | undefined }
  | {
      readonly ok: false;
      readonly code: "missing_api_key" | "invalid_api_key" | "forbidden";
      readonly detail?: string;
    };

export interface Authenticator {
  /** `query`: empty, or begins with `?`. */
  client(headers: Headers, query: string | URLSearchParams): ClientAuth;
}

/** Where SDKs put a token besides `Authorization`: Anthropic's, Azure's and Google's. */
const TOKEN_HEADERS = ["x-api-key", "api-key", "x-goog-api-key"] as const;
/** RFC 9110, 11.1: the scheme is case-insensitive. */
const BEARER = /^bearer +(.*)$/i;

/** W3C Fetch Metadata: who made the browser send a request; `none` is the user, by the address bar. */
const OTHER_SITES: ReadonlySet<string> = new Set(["cross-site", "same-site"]);

const ADMITTED: ClientAuth = { ok: true, client: undefined };
const FORBIDDEN: ClientAuth = { ok: false, code: "forbidden" };

/**
 * What reverse proxies add (RFC 7239, RFC 9110 7.6.3, and the usual names before them). A request with one of these came
 * to this machine from elsewhere, although its connection is local.
 */
const FORWARDED = [
  "x-forwarded-for",
  "x-real-ip",
  "forwarded",
  "via",
  "x-forwarded-host",
  "x-forwarded-proto",
] as const;
const BY_PROXY: ClientAuth = {
  ok: false,
  code: "forbidden",
  detail: "a proxy forwarded this request from elsewhere: set auth.client_tokens",
};
/** The last token was taken away while the daemon ran. */
const PROXIED: ClientAuth = {
  ok: false,
  code: "forbidden",
  detail: "behind server.trusted_proxies every client needs a token, and there is none",
};

interface Presented {
  readonly texts: readonly string[];
  /** Some credential was sent, even if in a form that is not read. */
  readonly any: boolean;
}

/** `host`: the address that the server listens on. */
export interface AuthScene {
  readonly host: string;
  readonly tokens: ClientTokens;
  /** Pages of this origin may call without a token where local programs may; none by default. */
  readonly mayCall?: ((origin: string) => boolean) | undefined;
  /** A reverse proxy stands in front: whoever comes from this machine may come from anywhere. @default false */
  readonly isProxied?: boolean;
}

/** Decides by the tokens that are known when a request comes, and else by what the configuration says. */
export function createAuthenticator(auth: AuthConfig, { host, tokens, mayCall, isProxied }: AuthScene): Authenticator {
  const isLocal = isLoopbackHost(host);
  const isOwnName = rememberLast((header) => isLoopbackHost(hostName(header)));
  return {
    client(headers, query) {
      if (tokens.isEmpty && isProxied === true) return PROXIED;
      if (tokens.isEmpty) return isLocal ? withoutToken(headers, { isOwnName, mayCall }) : FORBIDDEN;
      return byToken(present(headers, auth.allowQueryKey ? query.toString() : ""), tokens);
    },
  };
}

interface LocalRules extends Pick<AuthScene, "mayCall"> {
  isOwnName(host: string): boolean;
}

function withoutToken(headers: Headers, rules: LocalRules): ClientAuth {
  if (!isFromHere(headers, rules)) return FORBIDDEN;
  return FORWARDED.some((name) => headers.has(name)) ? BY_PROXY : ADMITTED;
}

/**
 * Any page in a browser can reach a loopback port: it shows itself by an `Origin`, by `Sec-Fetch-Site` where it only
 * embeds an address (which sends no `Origin`), or, when it rebinds its own name in DNS to this machine, by that name
 * in `Host`. A page cannot choose its `Origin`, so those that the operator named are let in.
 */
function isFromHere(headers: Headers, { isOwnName, mayCall }: LocalRules): boolean {
  const origin = headers.get("origin");
  if (origin !== null && mayCall?.(origin) !== true) return false;
  if (origin === null && OTHER_SITES.has(headers.get("sec-fetch-site") ?? "")) return false;
  return isOwnName(headers.get("host") ?? "");
}

/** Clients come by the same name again and again. */
function rememberLast(ask: (text: string) => boolean): (text: string) => boolean {
  let last: string | undefined;
  let answer = false;
  return (text) => {
    if (text !== last) {
      answer = ask(text);
      last = text;
    }
    return answer;
  };
}

function hostName(host: string): string {
  return host.replace(/:\d*$/, "");
}

function byToken(presented: Presented, tokens: ClientTokens): ClientAuth {
  if (!presented.any) return { ok: false, code: "missing_api_key" };
  for (const text of presented.texts) {
    const token = tokens.find(text);
    if (token !== undefined) return { ok: true, client: token.name, token };
  }
  return { ok: false, code: "invalid_api_key" };
}

function present(headers: Headers, query: string): Presented {
  const authorization = headers.get("authorization") ?? "";
  const texts = [BEARER.exec(authorization)?.[1] ?? ""];
  for (const name of TOKEN_HEADERS) texts.push(headers.get(name) ?? "");
  if (query !== "") texts.push(...takeQueryKey(query).keys);
  const given = texts.filter((text) => text !== "");
  // A credential of another scheme is a wrong one; a bare `Bearer` is what clients with an empty token send.
  const isForeign = authorization !== "" && !/^bearer *$/i.test(authorization);
  return { texts: given, any: given.length > 0 || isForeign };
}
