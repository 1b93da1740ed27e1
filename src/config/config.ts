// The validated configuration: an immutable snapshot from which everything else is built.
import type { Source } from "./source.ts";

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
  readonly logging: LoggingConfig;
}

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly maxBufferedBytes: number;
  readonly bodyTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly repairPaths: boolean;
  readonly debugHeaders: boolean;
  readonly passRatelimitHeaders: "auto" | "always" | "never";
}

export interface AuthConfig {
  readonly clientTokens: readonly ClientToken[];
  readonly adminToken: string | undefined;
  readonly allowQueryKey: boolean;
}

export interface ClientToken {
  /** What logs call it; defaults to its masked form. */
  readonly name: string;
  readonly token: string;
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

export interface LoggingConfig {
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  /** `auto`: pretty on a terminal, JSON otherwise. */
  readonly format: "auto" | "pretty" | "json";
}

export type DialectName = "openai" | "azure" | "anthropic" | "gemini" | "custom";

export interface ProviderConfig {
  readonly name: string;
  readonly path: string;
  readonly enabled: boolean;
  /** Without trailing slashes. */
  readonly baseUrl: string;
  /** Where native paths go, without trailing slashes; the origin of `baseUrl` by default. */
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
  readonly strategy: "balanced";
  readonly models: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  /** keyId of the key that lists models. */
  readonly modelRequestKey: string | undefined;
  /** keyId of the key that serves stateful operations. */
  readonly statefulKey: string | undefined;
  readonly passOrganization: boolean;
  readonly testModel: string | undefined;
  /** The path below `baseUrl` whose GET proves a key for free; undefined where no such call does. */
  readonly probePath: string | undefined;
  /** PEM text of a private CA. */
  readonly ca: string | undefined;
}

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
