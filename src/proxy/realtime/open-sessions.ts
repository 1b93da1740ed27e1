// The sessions that are open, so that a shutdown can end them in order.
import { CLOSE, type CloseReason } from "../../upstream/websocket/close-codes.ts";

/** From the upgrade on, with or without a provider. */
export interface OpenSession {
  readonly whenClientGone: Promise<void>;
  closeBoth(close: CloseReason): void;
}

export class OpenSessions {
  readonly #sessions = new Set<OpenSession>();

  /** Gives back what takes it off the list. */
  add(session: OpenSession): () => void {
    this.#sessions.add(session);
    return () => void this.#sessions.delete(session);
  }

  /** Asks every client to come back, for which 1012 is made; resolves when their connections are closed. */
  async closeAll(): Promise<void> {
    const sessions = [...this.#sessions];
    const close = { code: CLOSE.serviceRestart, reason: "shutting_down" };
    for (const session of sessions) session.closeBoth(close);
    await Promise.all(sessions.map(({ whenClientGone }) => whenClientGone));
  }
}
