// What the operations on admin sessions act on.
import type { AdminSession } from "./access/admin-session.ts";

export interface SessionsPort {
  /** The last used first. */
  list(): readonly AdminSession[];
  /** When a session ends that is not used any more, in wall-clock milliseconds. */
  expiryOf(session: AdminSession): number;
  /**
   * Ends those of these ids; on the disk when it resolves.
   * @throws UserError when that cannot be written; in this process they have ended all the same.
   */
  remove(ids: readonly string[]): Promise<void>;
  /** Ends all, and every one-time link that was not used; as `remove` does. */
  removeAll(): Promise<void>;
}
