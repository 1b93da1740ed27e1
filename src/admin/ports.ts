// What the control operations need of the instance that they act on, running or not.

import type { Clearing, KeyPlace, PoolGlance, PoolSummary } from "../balancer/contract.ts";
import type { StoredKey } from "../config/stored-key.ts";
import type { OutboundFault } from "../outbound/outbound-fault.ts";
import type { OutboundReport } from "../outbound/outbound-health.ts";
import type { ChatPort } from "./chat-port.ts";
import type { DaemonPort } from "./daemon-port.ts";
import type { Explained, ExplainQuestion } from "./explain-port.ts";
import type { JobsPort } from "./jobs-port.ts";
import type { KeyOrders } from "./key-orders.ts";
import type { KeyHealthPorts } from "./known-keys.ts";
import type { LivePort } from "./live-port.ts";
import type { RecordsPort } from "./records-port.ts";
import type { SessionsPort } from "./sessions-port.ts";
import type { SettingsPort } from "./settings-port.ts";
import type { TokensPort } from "./tokens-port.ts";
import type { WebhooksPort } from "./webhooks-port.ts";

export interface ControlPorts extends KeyHealthPorts {
  readonly version: string;
  /** Wall-clock milliseconds. */
  now(): number;
  /** The config file, where there is one. */
  configFile(): string | undefined;
  pools(): readonly PoolSummary[];
  /** The same for those who go through many keys in slices. */
  glance(): readonly PoolGlance[];
  readonly keys: KeysPort;
  readonly keyOrders: KeyOrders;
  readonly tokens: TokensPort;
  readonly sessions: SessionsPort;
  readonly health: HealthPort;
  readonly models: ModelsPort;
  readonly explain: (question: ExplainQuestion) => Explained;
  readonly chat: ChatPort;
  readonly test: (target: TestTarget, signal: AbortSignal) => Promise<TestResult>;
  readonly settings: SettingsPort;
  readonly proxies: ProxiesPort;
  readonly webhooks: WebhooksPort;
  readonly jobs: JobsPort;
  readonly logs: LogsPort;
  readonly records: RecordsPort;
  readonly live: LivePort;
  /** Undefined where no daemon runs. */
  readonly daemon: DaemonPort | undefined;
  /** The session that asks, by its id; undefined for commands and programs. */
  readonly asker?: string | undefined;
}

/** The key store. */
export interface KeysPort {
  list(): readonly StoredKey[];
  /** Why the store cannot be opened. */
  readonly fault: string | undefined;
  /**
   * Changes the stored keys; on the disk and in effect when it resolves.
   * @throws UserError when that is not possible; nothing is changed then.
   */
  change(edit: (keys: readonly StoredKey[]) => readonly StoredKey[]): Promise<void>;
  /** Whether the configuration would have the key's provider if the key were stored. */
  hasPlaceFor(key: StoredKey): boolean;
  /** What tries keys, with one call each, before they are stored. */
  tester(): KeyTester;
  /** Forgets the health of keys that were removed. */
  forget(keys: readonly KeyPlace[]): Promise<void>;
  /** Encrypts the store with another master key. @throws UserError. */
  rotate(given: string | undefined): Promise<{ readonly before: string; readonly after: string }>;
  readonly isMasterGiven: boolean;
}

/** @throws UserError when the key's provider cannot be configured. */
export type KeyTester = (key: StoredKey, signal: AbortSignal) => Promise<TestResult>;

/** What an operator does to health; on the disk when it resolves. @throws UserError when it cannot be saved. */
export interface HealthPort {
  setDisabled(keys: readonly KeyPlace[], isDisabled: boolean): Promise<void>;
  /** Says whether anything rested. */
  reset(keys: readonly KeyPlace[], clearing: Clearing): Promise<boolean>;
  /** Says whether anything was open or in doubt. `model`: only its breaker there. */
  resetProvider(provider: string, model: string | undefined): Promise<boolean>;
}

/** One name that can be asked for. */
export interface ModelEntry {
  readonly id: string;
  /** `alias`: a name under `models`. */
  readonly kind: "model" | "alias";
  /** Tiers in fallback order, each target as `provider/model`. */
  readonly route: readonly (readonly string[])[];
}

export interface ModelsPort {
  /** Fetches lists that are not known yet; `provider`: as asked for on its own path. */
  list(
    provider: string | undefined,
    signal: AbortSignal,
  ): Promise<{
    readonly models: readonly ModelEntry[];
    /** Providers whose list is not known. */
    readonly unavailable: readonly string[];
  }>;
}

/** One real call. `keyId`: undefined takes the key that a request would get now. */
export interface TestTarget {
  readonly provider: string;
  readonly keyId: string | undefined;
  readonly model: string | undefined;
}

/** `latencyMs`: to the end of the answer, `firstTokenMs` to its first output. */
export interface TestResult {
  readonly provider: string;
  readonly keyId: string | undefined;
  readonly model: string | undefined;
  readonly isOk: boolean;
  readonly status: number | undefined;
  readonly outcome: string;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly latencyMs: number;
  readonly firstTokenMs: number | undefined;
}

export interface LogsPort {
  /** Lines of `daemon.log` that match, oldest first, `last` of them at most; with `follow` then those that come. */
  read(query: LogQuestion, signal: AbortSignal): AsyncIterable<string>;
}

export interface LogQuestion {
  readonly errors?: boolean | undefined;
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly status?: string | undefined;
  readonly provider?: string | undefined;
  readonly key?: string | undefined;
  readonly model?: string | undefined;
  readonly id?: string | undefined;
  readonly last?: number | undefined;
  readonly follow?: boolean | undefined;
}

/** `shown`: its URL, masked. */
export interface ProxyBefore {
  readonly shown: string;
  readonly state: OutboundReport["state"];
}

/** The outbound proxies. */
export interface ProxiesPort {
  /** In the order of the configuration. */
  list(): readonly ProxyReport[];
  /** The keys that call through each now, by its id. */
  boundKeys(): Promise<ReadonlyMap<string, readonly BoundKey[]>>;
  /** The one that a key calls through now, or would if it were enabled; undefined where it calls directly. */
  before(place: KeyPlace): ProxyBefore | undefined;
  /** Asks one whether it works, and lets its health know. @throws UserError for one that is not configured. */
  test(id: string, signal: AbortSignal): Promise<ProxyTest>;
  /** On the disk when it resolves. @throws UserError when it cannot be saved. */
  setDisabled(ids: readonly string[], isDisabled: boolean): Promise<void>;
  /** Takes one out of the config file; says why that is not possible. @throws UserError when it cannot be written. */
  remove(id: string): Promise<string | undefined>;
}

/** `fault`: undefined where it worked. */
export interface ProxyTest {
  readonly latencyMs: number;
  readonly fault: OutboundFault | undefined;
}

export interface BoundKey extends KeyPlace {
  readonly name: string;
}

/** `shown`: its URL, user and password masked. */
export interface ProxyReport extends OutboundReport {
  readonly id: string;
  readonly shown: string;
  readonly check: (ProxyTest & { readonly at: number }) | undefined;
}
