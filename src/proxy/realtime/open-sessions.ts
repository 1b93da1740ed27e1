// The sessions that are open, so that a shutdown can end them in order.
import { CLOSE } from "../../upstream/websocket/close-codes.ts";
import type { LiveSocket } from "./live-socket.ts";

export class OpenSessions {
  readonly #sessions = new Set<LiveSocket>();

  get count(): number {
    return this.#sessions.size;
  }

  /** Gives back what takes it off the list. */
  add(session: LiveSocket): () => void {
    this.#sessions.add(session);
    return () => void this.#sessions.delete(session);
  }

  /** Asks every client to come back, for which 1012 is made; each ends by itself then. */
  closeAll(): void {
    for (const session of [...this.#sessions])
      session.closeBoth({ code: CLOSE.serviceRestart, reason: "shutting_down" });
  }
}
