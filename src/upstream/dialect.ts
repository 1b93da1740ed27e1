// What a dialect is: how a provider authenticates, which native paths it has, and what its errors mean.
import type { DialectName } from "../config/config.ts";

/** How the credential is sent: `prefix` stands before the secret, for example `Bearer `. */
export interface Credential {
  readonly header: string;
  readonly prefix: string;
}

/**
 * One fact about errors. All conditions given must hold; `code` is compared with the error's code and type.
 * `source`: the provider's page that says so. Rows are tried in order, the first match wins.
 */
export interface ErrorFact {
  readonly status?: readonly number[];
  readonly code?: readonly string[];
  /** Matched against the error's message. */
  readonly message?: RegExp;
  readonly means: ErrorMeaning;
  readonly source: string;
}

/** The rows of the verdict table in the health design, by name. */
export type ErrorMeaning =
  | "invalid-key"
  | "client"
  | "scope-missing"
  | "no-credit"
  | "rate-limit"
  | "rate-limit-daily"
  | "too-big"
  | "model-missing"
  | "region"
  | "overloaded"
  | "server-error";

export interface Dialect {
  readonly name: DialectName;
  /** `native`: the path is one of the dialect's own; `operation`: a name from the operation table. */
  credential(native: boolean, operation: string): Credential;
  /** Headers that are added when the client sent none of that name, for example `anthropic-version`. */
  defaultHeaders(native: boolean, operation: string): Readonly<Record<string, string>>;
  /** Path prefixes that are native, without slashes at the ends, for example `v1beta`. */
  readonly nativePrefixes: readonly string[];
  readonly errors: readonly ErrorFact[];
}
