// What a dialect is: how a provider authenticates, which native paths it has, and what its errors mean.
import type { DialectName } from "../config/config.ts";

/** How the credential is sent: `prefix` stands before the secret, for example `Bearer `. */
export interface Credential {
  readonly header: string;
  readonly prefix: string;
}

/**
 * One fact about errors. All conditions given must hold, and every row has at least one about the body; `code` is
 * compared with the error's code and type. Rows are tried in order, the first match wins.
 */
export interface ErrorFact {
  readonly status?: readonly number[];
  readonly code?: readonly (string | RegExp)[];
  /** Matched against the error's message. */
  readonly message?: RegExp;
  /** Matched against what the provider behind this one said (OpenRouter). */
  readonly raw?: RegExp;
  /** Matched against each exceeded quota's id (Gemini). */
  readonly quota?: RegExp;
  /** The message must name a limit and a request that is larger, so that waiting cannot help. */
  readonly exceeds?: true;
  readonly means: ErrorMeaning;
  /** When the limit ends by the provider's calendar; a wait stated in the answer is then ignored. */
  readonly until?: CalendarReset;
  /** The provider's page that says so, or that it is only known from its answers. */
  readonly source: string;
}

/** The next midnight in California, or the start of the next month in UTC. */
export type CalendarReset = "midnight-pacific" | "month-utc";

/** The rows of the verdict table in the health design, by name. */
export type ErrorMeaning =
  | "invalid-key"
  /** The organisation or project header does not fit the key: the client's fault if the client sent it, else the key's. */
  | "organization-mismatch"
  | "client"
  | "scope-missing"
  | "no-credit"
  | "rate-limit"
  | "rate-limit-daily"
  | "too-big"
  | "model-missing"
  | "region"
  /** The key's account may not do this, or a 403 that says nothing else: a firewall may refuse what the client says. */
  | "key-refused"
  | "overloaded"
  | "server-error"
  /** The provider has no such operation, whoever asks: another one may have it, and nothing is wrong with this one. */
  | "unsupported"
  /** Inside a 200: it may be the request's fault or the key's, so others are asked and nobody is blamed. */
  | "unclear";

/** What a provider's documentation says of the limits in its headers. Absent fields are to be learnt. */
export interface LimitFact {
  readonly unit: "requests" | "tokens";
  readonly form?: "bucket" | "fixed";
  /** Headers of this unit that name no window speak of a day. */
  readonly daily?: true;
  /** The provider's page that says so, or that it is only known from its answers. */
  readonly source: string;
}

/** `hasEmptyUnknown`: nothing remaining beside a success means that the provider does not know (Azure). */
export interface LimitFacts {
  readonly facts: readonly LimitFact[];
  readonly hasEmptyUnknown?: true;
}

/** A provider that speaks OpenAI's protocol but has errors or limits of its own. */
export interface Vendor {
  /** The hosts of its API; those below them count too. */
  readonly hosts: readonly string[];
  /** Each is tied to a code or a sentence that only this vendor uses, since relays pass its answers on. */
  readonly errors: readonly ErrorFact[];
  /** What means this at the vendor's own hosts only, tried first there. */
  readonly errorsAtHome?: readonly ErrorFact[];
  readonly limits: LimitFacts;
}

export type ModelListFacts =
  /**
   * The query of a page, to which `after_id` is added while the last one has more. Ids end in a date that requests may
   * leave out.
   */
  | { readonly kind: "paged"; readonly query: string }
  /** Ids are listed with this before them, and taken with or without it. */
  | { readonly kind: "prefixed"; readonly prefix: string }
  /** It lists other names than requests need, so that only those which the operator states are known. */
  | { readonly kind: "useless" };

/** Who has an API of its own beside OpenAI's. */
export type NativeVendor = "azure" | "anthropic" | "gemini";

export interface Dialect {
  readonly name: DialectName;
  /** `native`: the path is one of the dialect's own; `operation`: a name from the operation table. */
  credential(native: boolean, operation: string): Credential;
  /** Headers that are added when the client sent none of that name, for example `anthropic-version`. */
  defaultHeaders(native: boolean, operation: string): Readonly<Record<string, string>>;
  /** Path prefixes that are native, without slashes at the ends, for example `v1beta`. */
  readonly nativePrefixes: readonly string[];
  /** Whose API its native paths are; undefined without any. */
  readonly nativeVendor?: NativeVendor;
  /** What is special about its list of models. @default one page of the ids that requests name */
  readonly modelList?: ModelListFacts;
  readonly errors: readonly ErrorFact[];
  readonly limits: LimitFacts;
}
