// The resumable uploads that were begun through here: whose they are, and which key's account they go to.
import { hash } from "node:crypto";
import { LruMap } from "../balancer/lru-map.ts";
import { headerOf } from "./answer-form.ts";
import type { ClientRequest } from "./client-request.ts";
import { type Ephemeral, type EphemeralScene, makerOf } from "./realtime/ephemeral-secrets.ts";
import type { RunEnd } from "./run-end.ts";

interface Session {
  readonly provider: string;
  readonly keyId: string;
  readonly client: string | undefined;
  readonly tokenId: string | undefined;
  readonly expiresAt: number;
}

const UPLOAD_URL = "x-goog-upload-url";
/** A week, as of every resumable upload to Google (cloud.google.com/storage/docs/resumable-uploads). */
const LASTS_MS = 7 * 24 * 60 * 60_000;
const MOST_SESSIONS = 10_000;

/** Whether an upload goes on at a native path; the id is the only credential that some of Google's libraries send there. */
export function isUploadPath(path: string): boolean {
  return path.startsWith("/upload/");
}

/** In memory only, by digest of the id, which whoever has it may use, with Google and here. */
export class UploadSessions {
  readonly #sessions = new LruMap<string, Session>(MOST_SESSIONS);

  /** Remembers the upload that the answer to a request begins. */
  learn({ operation }: ClientRequest, end: RunEnd, by: Pick<Session, "client" | "tokenId">): void {
    if (end.kind !== "whole" || !operation.name.startsWith("upload")) return;
    const id = idIn(URL.parse(headerOf(end.answer.headers, UPLOAD_URL) ?? "")?.search ?? "");
    if (id === undefined) return;
    const { startedAt, candidate } = end.attempt;
    const { provider, keyId } = candidate;
    this.#sessions.set(digestOf(id), { provider, keyId, expiresAt: startedAt + LASTS_MS, ...by });
  }

  /** Whose upload a query goes on with; undefined where none is known, or its client or key counts no more. */
  find(query: string, { path, setup, tokens, now }: EphemeralScene): Ephemeral | undefined {
    const id = idIn(query);
    const found = id === undefined ? undefined : this.#sessions.get(digestOf(id));
    if (found === undefined || found.expiresAt <= now) return undefined;
    const { provider, keyId, client, tokenId } = found;
    const maker = makerOf(tokenId, tokens());
    const isThere = path.kind === "native" && path.provider === provider;
    const isKnown = setup.providers.get(provider)?.keys.has(keyId) === true;
    return maker && isThere && isKnown ? { secret: undefined, provider, keyId, client, ...maker } : undefined;
  }
}

function idIn(query: string): string | undefined {
  return new URLSearchParams(query).get("upload_id") || undefined;
}

function digestOf(id: string): string {
  return hash("sha256", id, "base64");
}
