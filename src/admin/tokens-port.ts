// What the operations on client tokens act on.
import type { KnownToken } from "../tokens/known-token.ts";
import type { StoredToken } from "../tokens/stored-token.ts";

/** Client tokens, wherever they come from. */
export interface TokensPort {
  /** All that count now. */
  known(): readonly KnownToken[];
  /** What the token store has. */
  stored(): readonly StoredToken[];
  /** Why the token store cannot be read. */
  readonly fault: string | undefined;
  /** There is no token, so that programs on this machine are let in without one. */
  isOpenToAll(): boolean;
  /** The names of all operations. */
  readonly operations: readonly string[];
  /**
   * Changes the stored tokens; on the disk and in effect when it resolves. `secrets`: of new ones.
   * @throws UserError when that is not possible; nothing is changed then.
   */
  change(edit: (tokens: readonly StoredToken[]) => readonly StoredToken[], secrets: readonly string[]): Promise<void>;
}
