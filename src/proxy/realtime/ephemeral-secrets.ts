// The secrets that providers made for clients' clients: which key's account each belongs to, and whose it is here.
import { hash } from "node:crypto";
import type { RunEnd } from "../attempt/run-end.ts";
import type { ClientRequest } from "../client-request.ts";
import { type Ephemeral, type EphemeralScene, IssuedBook, type Maker } from "../entrance/issued-book.ts";
import { isObject, type JsonObject, parseJson } from "../stream/json-value.ts";

type ApiPath = EphemeralScene["path"];

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

/** They live for minutes. */
export class EphemeralSecrets {
  readonly #issued = new IssuedBook();

  /** Remembers what the answer to a request that made one says. */
  learn({ operation, method }: ClientRequest, end: RunEnd, by: Maker): void {
    if (end.kind !== "whole" || method !== "POST" || !OPERATIONS.has(operation.name)) return;
    const value = parseJson(Buffer.from(end.answer.body).toString());
    const made = isObject(value) ? secretIn(value) : undefined;
    if (made === undefined) return;
    const expiresAt = made.expiresAt ?? end.attempt.startedAt + LONGEST_MS;
    this.#issued.note(digestOf(made.secret), end.attempt, { ...by, expiresAt });
  }

  /** The secret that the headers present; undefined where none is known, or counts no more. */
  find(headers: Headers, scene: EphemeralScene): Ephemeral | undefined {
    const secret = presentedIn(headers);
    const found = secret === undefined ? undefined : this.#issued.find(digestOf(secret), scene);
    if (secret === undefined || found === undefined) return undefined;
    const { path } = scene;
    const isThere = path.kind !== "provider" || path.provider === found.provider;
    return isThere ? { secret, ...found } : undefined;
  }
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
