// A key that was added by command, as the key store holds it.
import type { RawLimits } from "./limits-schema.ts";

/** Its id follows from provider and secret. */
export interface StoredKey {
  readonly provider: string;
  readonly secret: string;
  readonly name?: string | undefined;
  readonly weight?: number | undefined;
  readonly priority?: number | undefined;
  /** Patterns of the models that it may serve; undefined: all. */
  readonly models?: readonly string[] | undefined;
  /** As they are written; each by itself in place of that of its provider. */
  readonly limits?: RawLimits | undefined;
  /** RFC 3339, in UTC. */
  readonly added_at: string;
}

/** What a configuration is told of the key store. */
export interface StoredKeys {
  readonly keys: readonly StoredKey[];
  /** False while the store cannot be read: there may be keys that nobody knows of. */
  readonly isComplete: boolean;
  /** Client tokens were added by command, or may have been. */
  readonly hasTokens?: boolean | undefined;
}

export const NO_STORED_KEYS: StoredKeys = { keys: [], isComplete: true };
