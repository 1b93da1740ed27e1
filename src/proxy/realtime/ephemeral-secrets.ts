// The secrets that providers made for clients' clients: which key's account each belongs to, and whose it is here.
import { hash } from "node:crypto";
import type { Need } from "../../balancer/contract.ts";
import { LruMap } from "../../balancer/lru-map.ts";
import type { KnownToken } from "../../tokens/known-token.ts";
import type { RunEnd } from "../attempt/run-end.ts";
import type { ClientRequest } from "../client-request.ts";
import type { ParsedPath } from "../paths/parse-path.ts";
import type { Setup } from "../setup.ts";
import { isObject, type JsonObject, parseJson } from "../stream/json-value.ts";

/** What a client proves itself with that holds a secret which was made through here. */
export interface Ephemeral {
  /** Goes upstream as it is: what it may do is bound to it there. Undefined: the key's own credential goes there. */
  readonly secret: string | undefined;
  readonly provider: string;
  readonly keyId: string;
  /** The client that had it made, and its token where one was needed. */
  readonly client: string | undefined;
  readonly token: KnownToken | undefined;
}

/** What a request presents, and asks for with it. */
export interface PresentedSecret {
  readonly method: string;
  readonly headers: Headers;
  readonly query: string;
}

/** Where a secret counts now. */
export interface EphemeralScene {
  readonly path: ApiPath;
  readonly setup: Setup;
  /** The client tokens that count now. */
  readonly tokens: () => readonly KnownToken[];
  /** Wall-clock milliseconds. */
  readonly now: number;
}

type ApiPath = Extract<ParsedPath, { kind: "default" | "provider" | "native" | "error" }>;

interface Issued {
  readonly provider: string;
  readonly keyId: string;
  readonly client: string | undefined;
  readonly tokenId: string | undefined;
  readonly expiresAt: number;
}

/** platform.openai.com/docs/api-reference/realtime-sessions: what they begin with, and the operations that make them. */
const PREFIX = "ek_";
const OPERATIONS: ReadonlySet<string> = new Set([
  "realtime/client_secrets",
  "realtime/sessions",
  "realtime/transcription_sessions",
  "realtime/translations/client_secrets",
]);
/** Sessions, and their negotiation over WebRTC. */
const WITH_SECRET: ReadonlySet<string> = new Set([
  "/realtime",
  "/realtime/calls",
  "/realtime/translations",
  "/realtime/translations/calls",
]);
/** The longest that one may live, where the answer does not say how long. */
const LONGEST_MS = 2 * 60 * 60_000;
const MOST_SECRETS = 10_000;
const PRESENTED = /^(?:bearer +)?(ek_\S+)$/i;
const HEADERS = ["authorization", "x-api-key", "api-key"];

/** Whether they count at a path. */
export function takesEphemeral(path: ApiPath): boolean {
  if (path.kind !== "default" && path.kind !== "provider") return false;
  // Most paths are told by their first letters.
  return path.rest.startsWith("/realtime") && WITH_SECRET.has(path.rest);
}

/**
 * Whether a secret is presented at a path where those count. One that is not known must not be taken for none, where no
 * client token is needed: what a session may do is bound to it, not to a key of ours.
 */
export function presentsEphemeral(headers: Headers, path: ApiPath): boolean {
  return takesEphemeral(path) && presentedIn(headers) !== undefined;
}

/** The route and the key that a secret belongs to; no other key can stand in. */
export function pinToSecret({ provider, keyId }: Ephemeral): Pick<Need, "route" | "pinnedKey" | "standIn"> {
  return { route: [[{ provider, model: undefined }]], pinnedKey: keyId, standIn: undefined };
}

/** In memory only, by digest: they live for minutes. */
export class EphemeralSecrets {
  readonly #issued = new LruMap<string, Issued>(MOST_SECRETS);

  /** Remembers what the answer to a request that made one says. */
  learn({ operation, method }: ClientRequest, end: RunEnd, by: Pick<Issued, "client" | "tokenId">): void {
    if (end.kind !== "whole" || method !== "POST" || !OPERATIONS.has(operation.name)) return;
    const value = parseJson(Buffer.from(end.answer.body).toString());
    const made = isObject(value) ? secretIn(value) : undefined;
    if (made === undefined) return;
    const { startedAt, candidate } = end.attempt;
    const { provider, keyId } = candidate;
    const expiresAt = made.expiresAt ?? startedAt + LONGEST_MS;
    this.#issued.set(digestOf(made.secret), { provider, keyId, expiresAt, ...by });
  }

  /** The secret that the headers present; undefined where none is known, or counts no more. */
  find(headers: Headers, { path, setup, tokens, now }: EphemeralScene): Ephemeral | undefined {
    const secret = presentedIn(headers);
    const found = secret === undefined ? undefined : this.#issued.get(digestOf(secret));
    if (secret === undefined || found === undefined || found.expiresAt <= now) return undefined;
    const { provider, keyId, client, tokenId } = found;
    const maker = makerOf(tokenId, tokens());
    const isKnown = setup.providers.get(provider)?.keys.has(keyId) === true;
    const isThere = path.kind !== "provider" || path.provider === provider;
    return maker && isKnown && isThere ? { secret, provider, keyId, client, ...maker } : undefined;
  }
}

/**
 * Who had something made, while they would still be let in: what a token had made ends with it, and what was made without
 * one ends when tokens are needed.
 */
export function makerOf(
  tokenId: string | undefined,
  tokens: readonly KnownToken[],
): Pick<Ephemeral, "token"> | undefined {
  if (tokenId === undefined) return tokens.length === 0 ? { token: undefined } : undefined;
  const token = tokens.find(({ id }) => id === tokenId);
  return token && { token };
}

function presentedIn(headers: Headers): string | undefined {
  for (const name of HEADERS) {
    const secret = PRESENTED.exec(headers.get(name) ?? "")?.[1];
    if (secret !== undefined) return secret;
  }
  return undefined;
}

/** `{value, expires_at}`, in the older sessions inside of `client_secret`; seconds since the epoch. */
function secretIn(value: JsonObject): { secret: string; expiresAt: number | undefined } | undefined {
  const holder = isObject(value.client_secret) ? value.client_secret : value;
  const { value: secret, expires_at: expires } = holder;
  if (typeof secret !== "string" || !secret.startsWith(PREFIX)) return undefined;
  return { secret, expiresAt: typeof expires === "number" && expires > 0 ? expires * 1000 : undefined };
}

function digestOf(secret: string): string {
  return hash("sha256", secret, "base64");
}
