// Whether the daemon answers, and whether the session goes on: what every call finds out, and the shell shows.
import { Observable } from "./observable.ts";

/** `lost`: the daemon does not answer. `ended`: it does, and wants a login. */
export type Reachability = "reached" | "lost" | "ended";

export const reachability = new Observable<Reachability>("reached");

/** A daemon that stops lets in who comes for that long at most. */
const STOPPING_MS = 5_000;

let answers = 0;
let stopsUntil = Number.NEGATIVE_INFINITY;

/** How many answers have come: what a call takes with it, to tell whether any came after it began. */
export function answersSoFar(): number {
  return answers;
}

export function noteAnswered(now = performance.now()): void {
  answers += 1;
  if (now < stopsUntil) return;
  if (reachability.value === "lost") reachability.set("reached");
}

/** `since`: `answersSoFar` as the call began. One that fails late says nothing of a daemon that has answered since. */
export function noteUnreachable(since = answers): void {
  if (since === answers && reachability.value === "reached") reachability.set("lost");
}

/** It said so: what it still answers does not bring it back. */
export function noteStopping(now = performance.now()): void {
  stopsUntil = now + STOPPING_MS;
  noteUnreachable();
}

/** Another run of the daemon has answered. */
export function noteBegun(): void {
  stopsUntil = Number.NEGATIVE_INFINITY;
  noteAnswered();
}

/**
 * `begun`: there is a session again, whose CSRF token the document has. Only that undoes `ended`: until then the document
 * holds the token of the session that is over.
 */
export function noteSession(state: "begun" | "ended"): void {
  reachability.set(state === "begun" ? "reached" : "ended");
}
