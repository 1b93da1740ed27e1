// The validated configuration: an immutable snapshot from which everything else is built.
import type { ClockTime } from "../core/zone-clock.ts";
import type { ClientToken, PriceConfig } from "./client-token.ts";
import type { RawLimits, ResolvedLimits } from "./limits-schema.ts";
import type { OutboundConfig, OutboundHealthConfig } from "./outbound-proxy.ts";
import type { Source } from "./source.ts";
import type { WebhookConfig } from "./webhook-config.ts";

/** All durations are milliseconds, all sizes bytes. */
export interface Config {
  readonly server: ServerConfig;
  readonly auth: AuthConfig;
  /** The provider of a request that names none; undefined while no provider is enabled. */
  readonly defaultProvider: string | undefined;
  /** In file order. */
  readonly providers: readonly ProviderConfig[];
  /** Names that clients may ask for, each with its tiers of targets in fallback order. */
  readonly models: ReadonlyMap<string, ModelRoute>;
  readonly retry: RetryConfig;
  readonly health: HealthConfig;
  readonly queue: QueueConfig;
  /** For tiers over several providers. */
  readonly strategy: Strategy;
  /** What models cost; the first that fits counts. */
  readonly prices: readonly PriceConfig[];
  readonly requests: RequestsConfig;
  readonly logging: LoggingConfig;
  readonly metrics: MetricsConfig;
  /** How outbound proxies are looked after; which there are stands at providers and keys. */
  readonly outboundHealth: OutboundHealthConfig;
  readonly webhooks: readonly WebhookConfig[];
}

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly maxBodyBytes: number;
  /** A form or a file above `maxBodyBytes` is sent on while it arrives, up to this. */
  readonly maxUploadBytes: number;
  readonly maxBufferedBytes: number;
  readonly bodyTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly repairPaths: boolean;
  readonly debugHeaders: boolean;
  readonly passRatelimitHeaders: "auto" | "always" | "never";
  /** Addresses and ranges (CIDR) of the reverse proxies whose word about a client's address counts. */
  readonly trustedProxies: readonly string[];
  /** Undefined: plain HTTP. */
  readonly tls: TlsConfig | undefined;
  /** Undefined: pages in browsers are left to what they may do anyway. */
  readonly cors: CorsConfig | undefined;
}

/** Pages of which origins may call from a browser: lower case, or `*`. */
export interface CorsConfig {
  readonly origins: readonly string[];
  readonly maxAgeMs: number;
}

/** What the server speaks TLS with: PEM texts, and the absolute paths of the files that they are from. */
export interface TlsConfig {
  readonly cert: string;
  readonly key: string;
  readonly files: readonly string[];
}

export interface AuthConfig {
  readonly clientTokens: readonly ClientToken[];
  readonly adminToken: string | undefined;
  readonly allowQueryKey: boolean;
  /** How long an admin session lasts without use. */
  readonly sessionTtlMs: number;
  readonly sessionMaxMs: number;
  /** Further names under which the page may be opened, in lower case. */
  readonly adminHosts: readonly string[];
}

export interface RetryConfig {
  readonly maxRotations: number;
  /** Share of a provider's first attempts in the last 60 s that may be retries there. */
  readonly budget: number;
  /** Retries in 60 s that are always allowed. */
  readonly budgetMin: number;
}

export interface HealthConfig {
  readonly maxCooldownMs: number;
  /** How failed keys are tried: not at all, by a free call, or by a chat with the provider's test model. */
  readonly probe: "off" | "models" | "chat";
  /** How often they are; 0 means never. */
  readonly checkIntervalMs: number;
}

export interface QueueConfig {
  /** How long a request waits for a key at most. */
  readonly maxWaitMs: number;
  /** How many requests wait at one time. */
  readonly maxSize: number;
}

export type Strategy = "balanced" | "round_robin" | "random" | "fill_first" | "least_used" | "headroom";

/** Limits of one key; `day`: `rolling`, or the IANA time zone whose midnight begins it. */
export interface LimitsConfig {
  readonly rpm: number | undefined;
  readonly rpd: number | undefined;
  readonly tpm: number | undefined;
  readonly tpd: number | undefined;
  readonly concurrency: number | undefined;
  readonly day: string;
}

/** What an operator makes of an answer. Every condition that is given must hold. */
export interface RuleConfig {
  /** What health and logs call it: `rule_2` is the second of the top level, `provider_rule_2` of its provider. */
  readonly name: string;
  /** Single statuses, or classes such as `5xx`; undefined: every error. */
  readonly status: readonly (number | "4xx" | "5xx")[] | undefined;
  /** The error's code or type, exactly. */
  readonly code: readonly string[] | undefined;
  /** Found in the error's message, or in the text of an answer of another shape. */
  readonly bodyMatches: RegExp | undefined;
  readonly then: RuleAction;
  /** How long; only for `cool_key`, `cool_model` and `exhaust`. */
  readonly forMs: number | undefined;
  /** Until the clock shows this time there next; in place of `forMs`. */
  readonly until: ClockTime | undefined;
}

export type RuleAction = "client" | "rotate" | "cool_key" | "cool_model" | "exhaust" | "disable" | "retry" | "ignore";

/** What is kept of requests. */
export interface RequestsConfig {
  readonly enabled: boolean;
  readonly recordBodies: "off" | "on_error";
  /** Successes that are recorded a second. */
  readonly maxRate: number;
  readonly retention: RequestsRetention;
  readonly maxSizeBytes: number;
}

/** Attempts and bodies, requests, counts of hours. */
export interface RequestsRetention {
  readonly errorsMs: number;
  readonly requestsMs: number;
  readonly rollupsMs: number;
}

export interface LoggingConfig {
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  /** `auto`: pretty on a terminal, JSON otherwise. */
  readonly format: "auto" | "pretty" | "json";
}

export interface MetricsConfig {
  readonly enabled: boolean;
  /** Whoever reaches the server may read them; else only with the admin token. */
  readonly isPublic: boolean;
  /** Also those of each single key. */
  readonly perKey: boolean;
}

export type DialectName = "openai" | "azure" | "anthropic" | "gemini" | "custom";

export interface ProviderConfig {
  readonly name: string;
  readonly path: string;
  readonly enabled: boolean;
  /** Without trailing slashes. */
  readonly baseUrl: string;
  /** Where native paths go, without trailing slashes. */
  readonly nativeBaseUrl: string;
  readonly dialect: DialectName;
  readonly apiVersion: string | undefined;
  /** The header that carries the credential; undefined: as the dialect says; `none`: no credential. */
  readonly authHeader: string | undefined;
  readonly authPrefix: string | undefined;
  readonly keys: readonly KeyConfig[];
  /** Set on every upstream request, last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: TimeoutsConfig;
  /** First matching pattern wins; it overrides single fields of `timeouts`. */
  readonly modelTimeouts: readonly { readonly pattern: string; readonly timeouts: Partial<TimeoutsConfig> }[];
  readonly maxFailures: number;
  readonly maxRetries: number;
  readonly strategy: Strategy;
  readonly affinity: "off" | "auto";
  /** Limits of those of its keys that state none of their own; undefined: there are none. */
  readonly limits?: KeyLimits | undefined;
  /** The same as it is written, with what is inherited: keys of the store complete theirs by it. */
  readonly statedLimits?: ResolvedLimits | undefined;
  /** Those of the provider first, then those of the top level that are for it. */
  readonly rules: readonly RuleConfig[];
  readonly models: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  /** keyId of the key that lists models. */
  readonly modelRequestKey: string | undefined;
  /** keyId of the key that serves stateful operations. */
  readonly statefulKey: string | undefined;
  /** Which key makes files, batches and the like. */
  readonly newObjects: "stateful_key" | "any_key";
  /** Whose lists of files, batches and the like clients get. */
  readonly objectLists: "stateful_key" | "every_account";
  readonly passOrganization: boolean;
  readonly testModel: string | undefined;
  /** The path below `baseUrl` whose GET proves a key for free; undefined where no such call does. */
  readonly probePath: string | undefined;
  /** PEM text of a private CA. */
  readonly ca: string | undefined;
  /** What those of its keys go through that state nothing of their own; undefined: they call directly. */
  readonly outbound?: OutboundConfig | undefined;
}

/** The same object for all keys that inherit the same ones. */
export type KeyLimits = Pick<KeyConfig, "limits" | "modelLimits">;

export interface KeyConfig {
  /** keyId: see core/ids.ts. */
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  readonly weight: number;
  readonly priority: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Patterns of the models that this key may serve; undefined: all. */
  readonly models: readonly string[] | undefined;
  /** Keys of one provider that share one upstream limit; undefined: as the provider's answers say. */
  readonly quotaGroup?: string | undefined;
  readonly limits?: LimitsConfig | undefined;
  /** First matching pattern wins. */
  readonly modelLimits?: readonly { readonly pattern: string; readonly limits: LimitsConfig }[] | undefined;
  /** What is written of limits at the key itself. */
  readonly ownLimits?: RawLimits | undefined;
  /** What the key goes through in place of what its provider says; undefined: as that. */
  readonly outbound?: OutboundConfig | undefined;
  /** When a key of the store was added: RFC 3339, in UTC. */
  readonly addedAt?: string | undefined;
  /** Where the key comes from. */
  readonly source: Source;
}

export interface TimeoutsConfig {
  readonly commitMs: number;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly responseMs: number;
  /** Replaces `responseMs` while another candidate is left and the operation may be retried. */
  readonly responseRetryMs: number;
  readonly streamIdleMs: number;
}

/** Tiers in fallback order; the targets of one tier share the load. */
export type ModelRoute = readonly (readonly ModelTarget[])[];

export interface ModelTarget {
  readonly provider: string;
  /** The upstream's name of the model. */
  readonly model: string;
}
