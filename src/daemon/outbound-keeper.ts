// The outbound proxies of an instance: which are configured, how they fare by the clock, and who hears of it.
import type { Config } from "../config/config.ts";
import type { OutboundConfig, OutboundProxy } from "../config/outbound-proxy.ts";
import { proxiesOf } from "../config/proxies-of.ts";
import type { Logger } from "../core/logger.ts";
import { type OutboundFault, TARGET_UNREACHABLE } from "../outbound/outbound-fault.ts";
import { type OutboundChange, OutboundHealth } from "../outbound/outbound-health.ts";
import type { OutboundRoute } from "../outbound/outbound-route.ts";
import type { OutboundBook, TellWay } from "../upstream/outbound-way.ts";
import { logOutboundChange } from "./log-outbound.ts";

export interface OutboundKeeperOptions {
  readonly now: () => number;
  readonly random: () => number;
  readonly logger: Logger;
  /** One went out or came back: requests may wait for that, and it is to be kept. */
  readonly onChange: () => void;
  /** What is told of one has changed. */
  readonly onNews?: () => void;
}

/** The last automatic check or test of a proxy. */
export interface OutboundCheck {
  readonly at: number;
  readonly latencyMs: number;
  readonly fault: OutboundFault | undefined;
}

/** One for each instance; it outlives reloads. */
export class OutboundKeeper implements OutboundBook {
  readonly health = new OutboundHealth();
  readonly #options: OutboundKeeperOptions;
  readonly #checks = new Map<string, OutboundCheck>();
  #proxies: ReadonlyMap<string, OutboundProxy> = new Map();

  constructor(config: Config, options: OutboundKeeperOptions) {
    this.#options = options;
    this.use(config);
  }

  /** By id, in the order of the configuration. */
  get proxies(): ReadonlyMap<string, OutboundProxy> {
    return this.#proxies;
  }

  /** Takes over another configuration; health stays with every proxy that is still there. */
  use(config: Config): void {
    const before = this.#proxies;
    this.#proxies = new Map(proxiesOf(config).map((proxy) => [proxy.id, proxy]));
    for (const [id, { password }] of this.#proxies) {
      const known = before.get(id);
      if (known !== undefined && known.password !== password) this.health.forgive(id);
    }
    this.health.use(new Set(this.#proxies.keys()), config.outboundHealth.maxFailures);
    for (const id of this.#checks.keys()) if (!this.#proxies.has(id)) this.#checks.delete(id);
  }

  now(): number {
    return this.#options.now();
  }

  order(route: OutboundRoute): readonly OutboundProxy[] {
    return this.health.order(route, this.now(), this.#options.random);
  }

  isCutOff(outbound: OutboundConfig): boolean {
    return this.health.isCutOff(outbound, this.now());
  }

  begin({ id }: OutboundProxy): TellWay {
    const startedAt = this.now();
    return (fault) => this.#tell(id, fault, startedAt);
  }

  answered({ id }: OutboundProxy, startedAt: number): void {
    this.#note(this.health.noteAnswer(id, startedAt, this.now()));
  }

  blame({ id }: OutboundProxy, fault: OutboundFault, startedAt: number): void {
    this.#tell(id, fault, startedAt);
  }

  /** What a check or a test of a proxy met; what was the fault of the target says nothing of the proxy. */
  noteCheck(id: string, check: OutboundCheck): void {
    this.#checks.set(id, check);
    this.#options.onNews?.();
    if (check.fault?.code !== TARGET_UNREACHABLE) this.#tell(id, check.fault, check.at);
  }

  checkOf(id: string): OutboundCheck | undefined {
    return this.#checks.get(id);
  }

  /** What an operator wants. */
  setDisabled(id: string, isDisabled: boolean): void {
    this.#note(this.health.setDisabled(id, isDisabled, this.now()));
  }

  #tell(id: string, fault: OutboundFault | undefined, startedAt: number): void {
    const { health } = this;
    const now = this.now();
    this.#note(
      fault === undefined ? health.noteSuccess(id, startedAt, now) : health.noteFailure(id, fault, startedAt, now),
    );
  }

  #note(change: OutboundChange | undefined): void {
    if (change === undefined) return;
    logOutboundChange(change, this.#proxies.get(change.proxy), this.now(), this.#options.logger);
    this.#options.onChange();
    this.#options.onNews?.();
  }
}
