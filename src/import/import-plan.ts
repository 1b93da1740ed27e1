// What an import comes to, whichever program wrote the file.
import type { ImportedKey } from "../admin/parse-key-list.ts";

/** Whose files are read: `variables` are those that configure this program where it has no config file. */
export const IMPORT_KINDS = ["variables", "gpt-load", "one-api", "new-api", "litellm", "keys"] as const;

export type ImportKind = (typeof IMPORT_KINDS)[number];

/** `fields`: what stands below `providers` in the config file, besides name and keys. */
export interface PlannedProvider {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** `provider`: undefined stands for the one that the command means, or the default one. */
export type PlannedKey = ImportedKey;

/** A client token, by whose secret programs are known already. */
export interface PlannedToken {
  readonly token: string;
  readonly name?: string;
  readonly models?: readonly string[];
  readonly providers?: readonly string[];
  readonly cidrs?: readonly string[];
  readonly expires?: string;
}

/** A field of the config file outside of `providers`, by the names that lead to it. */
export interface PlannedSetting {
  readonly path: readonly string[];
  readonly value: unknown;
  /** Needless where this provider of the plan is the default one. */
  readonly unlessDefault?: string;
}

/** `why`: a clause without a final period. What the file calls things stands in both: secrets are masked where they are shown. */
export interface NotCarried {
  readonly what: string;
  readonly why: string;
}

/** Everything that a file of another program says, in the words of this one. */
export interface ImportPlan {
  readonly kind: ImportKind;
  readonly providers: readonly PlannedProvider[];
  readonly keys: readonly PlannedKey[];
  readonly clientTokens: readonly PlannedToken[];
  readonly adminToken: string | undefined;
  readonly settings: readonly PlannedSetting[];
  readonly notCarried: readonly NotCarried[];
  /** Every secret that the file is known to hold, also of what is left out. */
  readonly secrets: readonly string[];
}
