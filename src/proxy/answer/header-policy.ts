// Which headers pass, in both directions.
import { HOP_BY_HOP } from "../../core/hop-by-hop.ts";
import type { HeaderList } from "../../upstream/transport.ts";

/** What a client proves itself with, to us and never to a provider. */
const CREDENTIALS = [
  "authorization",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  // Azure's services and gateways (learn.microsoft.com/azure/ai-services/authentication).
  "ocp-apim-subscription-key",
  "cookie",
  "cookie2",
] as const;

/** Where a request came from (RFC 7239, RFC 9110 7.6.3, Fetch standard) is no business of the provider. */
const TRACES = ["origin", "forwarded", "via", "x-real-ip"] as const;

/** Set anew for each attempt. `expect` was answered by this server already. */
const OWN = ["host", "content-length", "accept-encoding", "expect"] as const;

/** The transport's, whatever an operator configured. */
const FRAMING: ReadonlySet<string> = new Set([...HOP_BY_HOP, "content-length", "accept-encoding", "expect"]);

/** A client's own account setting would make every foreign key answer 401 or 403. */
export const ORGANIZATION = ["openai-organization", "openai-project", "x-goog-user-project"] as const;

const NEVER_UPSTREAM: ReadonlySet<string> = new Set([...HOP_BY_HOP, ...CREDENTIALS, ...TRACES, ...OWN]);
const ORGANIZATION_SET: ReadonlySet<string> = new Set(ORGANIZATION);

/** Cookies and the account are those of a key that clients share. */
const NEVER_BACK: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...ORGANIZATION,
  "anthropic-organization-id",
  "anthropic-workspace-id",
  "set-cookie",
  "set-cookie2",
]);

export interface UpstreamHeaderInput {
  readonly client: Headers;
  readonly credential: readonly [name: string, value: string] | undefined;
  /** Added when the client sent none of that name. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Of the provider and of the key: set last, the key's over the provider's over the client's. */
  readonly provider: Readonly<Record<string, string>>;
  readonly key: Readonly<Record<string, string>>;
  readonly passOrganization: boolean;
  /** Undefined for a request without a body, and for an upload whose length nobody knows. */
  readonly bodyBytes: number | undefined;
}

/** The headers of an upstream call: names and values in turn, in the order in which the client sent them. */
export function upstreamHeaders(input: UpstreamHeaderInput): string[] {
  const { client, defaults, passOrganization, bodyBytes } = input;
  const own = operatorHeaders(input);
  const listed = listedBy(client.get("connection"));
  const flat: string[] = [];
  client.forEach((value, name) => {
    if (NEVER_UPSTREAM.has(name) || name.startsWith("x-forwarded-") || listed?.has(name)) return;
    if (!passOrganization && ORGANIZATION_SET.has(name)) return;
    if (placeOf(own, name) < 0) flat.push(name, value);
  });
  for (const name in defaults) {
    if (!client.has(name) && placeOf(own, name.toLowerCase()) < 0) flat.push(name, defaults[name] ?? "");
  }
  for (const text of own) flat.push(text);
  // Answers are read on their way, which a compressed one could not be.
  flat.push("accept-encoding", "identity");
  if (bodyBytes !== undefined) flat.push("content-length", String(bodyBytes));
  return flat;
}

export interface ClientHeaderOptions {
  readonly requestId: string;
  readonly passRateLimit: boolean;
  /** The body goes on as one piece, so that its stated length stays true. */
  readonly keepLength: boolean;
}

/** The headers of the client's answer; repeated ones stay repeated. */
export function clientHeaders(list: HeaderList, options: ClientHeaderOptions): Headers {
  const headers = new Headers();
  const listed = listedBy(connectionOf(list));
  for (const [name, value] of list) {
    if (NEVER_BACK.has(name) || isOfSite(name) || listed?.has(name)) continue;
    if (name === "content-length" && !options.keepLength) continue;
    if (!options.passRateLimit && isRateLimit(name)) continue;
    append(headers, name, value);
  }
  if (!headers.has("x-request-id")) headers.set("x-request-id", options.requestId);
  headers.set("x-openai-balance-request-id", options.requestId);
  return headers;
}

/** OpenAI's names, and Anthropic's (docs.anthropic.com/en/api/rate-limits). */
function isRateLimit(name: string): boolean {
  return name.startsWith("x-ratelimit-") || name.startsWith("anthropic-ratelimit-");
}

/** CORS of the provider's site, and names that are ours to set. */
function isOfSite(name: string): boolean {
  return name.startsWith("access-control-") || name.startsWith("x-openai-balance-");
}

function connectionOf(list: HeaderList): string | null {
  let connection: string | null = null;
  for (const [name, value] of list) {
    if (name === "connection") connection = connection === null ? value : `${connection},${value}`;
  }
  return connection;
}

/** A value that no HTTP message may hold (RFC 9110, 5.5) is left out, rather than failing the whole answer. */
function append(headers: Headers, name: string, value: string): void {
  try {
    headers.append(name, value);
  } catch (error: unknown) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/**
 * Names and values in turn: a handful, which a search finds faster than a map. The credential wins over `headers`: it
 * has settings of its own (auth_header, auth_prefix).
 */
function operatorHeaders({ provider, key, credential }: UpstreamHeaderInput): readonly string[] {
  const own: string[] = [];
  for (const name in provider) put(own, name.toLowerCase(), provider[name] ?? "");
  for (const name in key) put(own, name.toLowerCase(), key[name] ?? "");
  if (credential !== undefined) put(own, ...credential);
  return own;
}

function put(flat: string[], name: string, value: string): void {
  if (FRAMING.has(name)) return;
  const place = placeOf(flat, name);
  if (place < 0) flat.push(name, value);
  else flat[place + 1] = value;
}

/** Where a name stands; -1 where it does not. */
function placeOf(flat: readonly string[], name: string): number {
  for (let at = 0; at < flat.length; at += 2) {
    if (flat[at] === name) return at;
  }
  return -1;
}

function listedBy(connection: string | null): ReadonlySet<string> | undefined {
  if (connection === null || connection === "keep-alive" || connection === "close") return undefined;
  return new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
}
