// Whether the daemon answers, and whether the session goes on: what every call finds out, and the shell shows.
import { Observable } from "./observable.ts";

/** `lost`: the daemon does not answer. `ended`: it does, and wants a login. */
export type Reachability = "reached" | "lost" | "ended";

export const reachability = new Observable<Reachability>("reached");

export function noteAnswered(): void {
  if (reachability.value === "lost") reachability.set("reached");
}

export function noteUnreachable(): void {
  if (reachability.value === "reached") reachability.set("lost");
}

/** There is a session again, whose CSRF token the document has. */
export function noteLoggedIn(): void {
  reachability.set("reached");
}

/** Only another login ends this: the document holds the CSRF token of the session that is over. */
export function noteSessionEnded(): void {
  reachability.set("ended");
}
