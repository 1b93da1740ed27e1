// The resumable uploads that were begun through here: whose they are, and which key's account they go to.
import { hash } from "node:crypto";
import { headerOf } from "../answer/answer-form.ts";
import type { RunEnd } from "../attempt/run-end.ts";
import type { ClientRequest } from "../client-request.ts";
import { pathBelow } from "../paths/address-here.ts";
import { type Ephemeral, type EphemeralScene, IssuedBook, type Maker, type PresentedSecret } from "./issued-book.ts";

const UPLOAD_URL = "x-goog-upload-url";
const COMMAND = "x-goog-upload-command";
const PROTOCOL = "x-goog-upload-protocol";
/** Commands to an upload that has begun, as the libraries of Google send them. */
const GO_ON: ReadonlySet<string> = new Set(["upload", "finalize", "query", "cancel"]);
/** A week, as of every resumable upload to Google (cloud.google.com/storage/docs/resumable-uploads). */
const LASTS_MS = 7 * 24 * 60 * 60_000;

/** Whether an upload goes on at a native path; the id is the only credential that some of Google's libraries send there. */
export function isUploadPath(path: string): boolean {
  return path.startsWith("/upload/");
}

/** By digest of the address, which whoever has its id may use, with Google and here. */
export class UploadSessions {
  readonly #sessions = new IssuedBook();

  /** Remembers the upload that the answer to a request begins. */
  learn({ operation }: ClientRequest, end: RunEnd, by: Maker): void {
    if (end.kind !== "whole" || !operation.name.startsWith("upload")) return;
    const [path = "", query = ""] = (pathBelow(headerOf(end.answer.headers, UPLOAD_URL) ?? "") ?? "").split("?", 2);
    const { startedAt, candidate } = end.attempt;
    const digest = digestOf(candidate.provider, `/${path}`, query);
    if (digest === undefined) return;
    this.#sessions.note(digest, end.attempt, { ...by, expiresAt: startedAt + LASTS_MS });
  }

  /**
   * Whose upload a request goes on with; undefined where none is known, or its client or key counts no more. The id lets
   * nobody begin another one: it is asked for at the address that was given out, with nothing more in it.
   */
  find(presented: PresentedSecret, scene: EphemeralScene): Ephemeral | undefined {
    const { path } = scene;
    if (path.kind !== "native" || !goesOn(presented)) return undefined;
    const digest = digestOf(path.provider, path.path, presented.query);
    const found = digest === undefined ? undefined : this.#sessions.find(digest, scene);
    return found && { secret: undefined, ...found };
  }
}

function goesOn({ method, headers }: PresentedSecret): boolean {
  const commands = headers.get(COMMAND)?.split(",") ?? [];
  const isResumable = (headers.get(PROTOCOL) ?? "resumable") === "resumable";
  return method === "POST" && isResumable && commands.length > 0 && commands.every((each) => GO_ON.has(each.trim()));
}

/** Undefined without an id. Libraries may write the same query in another way. */
function digestOf(provider: string, path: string, query: string): string | undefined {
  const params = new URLSearchParams(query);
  if (!params.get("upload_id")) return undefined;
  params.sort();
  return hash("sha256", `${provider}\0${path}?${params}`, "base64");
}
