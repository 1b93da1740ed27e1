// Hears of changes, decides what each webhook is told, and has it delivered; all of it off the request path.
import { hostname } from "node:os";
import type { Change } from "../balancer/contract.ts";
import type { PoolShare } from "../balancer/pool-share.ts";
import type { WebhookConfig } from "../config/webhook-config.ts";
import { newMessageId } from "../core/ids.ts";
import type { Logger } from "../core/logger.ts";
import { SLICE } from "../core/slices.ts";
import type { Timing } from "../proxy/timing.ts";
import type { Transport } from "../upstream/transport.ts";
import { AlertBook, QUIET_MS } from "../webhooks/alert-book.ts";
import {
  type Condition,
  conditionOf,
  poolCondition,
  type RecordsState,
  recordsCondition,
  storageCondition,
} from "../webhooks/condition.ts";
import type { TryEnd } from "../webhooks/next-try.ts";
import { type PayloadParts, payloadOf, testPayload } from "../webhooks/payload.ts";
import { postWebhook } from "./post-webhook.ts";
import { type CourierReport, WebhookCourier } from "./webhook-courier.ts";

/** What the keeper looks at. */
export interface Watched {
  shares(now: number): readonly PoolShare[];
  /** What is wrong with keys, providers and models. */
  standing(now: number): Iterable<Condition>;
  /** Why the state cannot be written; undefined where it can. */
  storageFault(): string | undefined;
  records(): RecordsState;
  /** Whether what a condition is about is still configured. */
  isLeft(condition: Condition): boolean;
}

export interface WebhookKeeperOptions {
  readonly timing: Timing;
  readonly logger: Logger;
  readonly redact: (text: string) => string;
  /** Makes what posts go through, once one is needed. */
  readonly createTransport: () => Transport;
  /** How a webhook fares has changed. */
  readonly onDelivery?: () => void;
}

/** One webhook for reports. */
export interface WebhookState extends CourierReport {
  readonly config: WebhookConfig;
}

/** So often the pools are looked at although nothing was heard: rests end by the clock. */
const LOOK_MS = 10_000;
/** How long an end of the daemon may wait for receivers. */
export const CLOSE_MS = 3_000;

interface Told {
  readonly book: AlertBook;
  readonly courier: WebhookCourier;
}

export class WebhookKeeper {
  readonly #options: WebhookKeeperOptions;
  #configs: readonly WebhookConfig[] = [];
  /** By name, once a daemon runs. */
  readonly #told = new Map<string, Told>();
  #watched: Watched | undefined;
  #records: RecordsState = { dropped: 0, fault: undefined };
  #transport: Transport | undefined;
  /** By name, what it could not hear of when it happened. */
  readonly #unheard = new Map<string, (condition: Condition) => boolean>();
  readonly #changes: Change[] = [];
  #lookAt = 0;
  #turnAt = Number.POSITIVE_INFINITY;
  #stopTimer: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: WebhookKeeperOptions) {
    this.#options = options;
  }

  /** A daemon runs from now on: whom nobody watches for, nobody is told. */
  begin(watched: Watched): void {
    this.#watched = watched;
    this.use(this.#configs);
    // The daemon before has told it.
    this.#unheard.clear();
    const now = this.#options.timing.now();
    if (this.#told.size === 0) return;
    const standing = [...watched.standing(now)];
    for (const { config, book } of this.#each()) {
      for (const condition of standing) if (isFor(condition, config)) book.assume(condition, now);
    }
  }

  /**
   * Another configuration is in effect: webhooks of the same name go on with what they were told, and who is new is told
   * what is wrong already.
   */
  use(configs: readonly WebhookConfig[]): void {
    this.#configs = configs;
    if (this.#watched === undefined || this.#closing !== undefined) return;
    if (this.#told.size === 0) this.#records = this.#watched.records();
    const names = new Set(configs.map(({ name }) => name));
    for (const [name, { courier }] of this.#told) {
      if (names.has(name)) continue;
      courier.stop();
      this.#told.delete(name);
      this.#unheard.delete(name);
    }
    for (const config of configs) this.#useOne(config);
    this.#lookAt = 0;
    if (configs.length > 0) this.#turnBy(this.#options.timing.now() + QUIET_MS);
  }

  /** Only remembers them: they are looked at a moment later. */
  noteChanges(changes: readonly Change[]): void {
    if (this.#told.size === 0 || changes.length === 0 || this.#closing !== undefined) return;
    for (const change of changes) this.#changes.push(change);
    this.#lookAt = 0;
    this.#turnBy(this.#options.timing.now() + QUIET_MS);
  }

  states(): readonly WebhookState[] {
    return this.#configs.map((config) => ({
      config,
      ...(this.#told.get(config.name)?.courier.report ?? NOTHING_SENT),
    }));
  }

  /** Sends a message of type `test` now, past whatever waits. */
  async test(config: WebhookConfig, signal: AbortSignal): Promise<TryEnd> {
    const payload = testPayload(this.#options.timing.now(), this.#partsFor(config));
    const end = await this.#post(payload, config, signal);
    if (!signal.aborted) this.#told.get(config.name)?.courier.note(payload, end, isTaken(end));
    return end;
  }

  /** Tells what is not told yet, and waits for receivers for a short time. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopTimer?.();
    const { timing } = this.#options;
    const now = timing.now();
    this.#hear(now, Number.POSITIVE_INFINITY);
    for (const { config, book, courier } of this.#each()) {
      for (const alert of book.takeAll(now)) this.#send(alert, config, courier);
    }
    let stopCutOff = () => {};
    const cutOff = new Promise<void>((resolve) => {
      stopCutOff = timing.schedule(CLOSE_MS, resolve);
    });
    await Promise.all(Array.from(this.#told.values(), ({ courier }) => courier.close(cutOff)));
    stopCutOff();
    // A connection that is given up need not be waited for.
    this.#transport?.close().catch(() => {});
  }

  #useOne(config: WebhookConfig): void {
    const known = this.#told.get(config.name);
    this.#noteUnheard(config, known?.courier.config);
    known?.courier.use(config);
    known?.book.retain((condition) => isFor(condition, config));
    if (known !== undefined) return;
    const { timing, logger, onDelivery } = this.#options;
    const courier = new WebhookCourier(config, {
      post: (...given) => this.#post(...given),
      timing,
      logger,
      onDelivery,
    });
    this.#told.set(config.name, { book: new AlertBook(), courier });
  }

  #noteUnheard({ name, providers }: WebhookConfig, before: WebhookConfig | undefined): void {
    if (before !== undefined && String(before.providers) === String(providers)) return;
    const wasUnheard = this.#unheard.get(name);
    this.#unheard.set(
      name,
      (condition) => before === undefined || !isFor(condition, before) || wasUnheard?.(condition) === true,
    );
  }

  #turnBy(at: number): void {
    if (at >= this.#turnAt) return;
    this.#stopTimer?.();
    this.#turnAt = at;
    const { timing } = this.#options;
    this.#stopTimer = timing.schedule(Math.max(0, at - timing.now()), () => this.#turn());
  }

  #turn(): void {
    this.#turnAt = Number.POSITIVE_INFINITY;
    this.#stopTimer = undefined;
    const now = this.#options.timing.now();
    if (!this.#hear(now, SLICE)) {
      this.#turnBy(now);
      return;
    }
    let nextAt = now + LOOK_MS;
    for (const { config, book, courier } of this.#each()) {
      const due = book.take(now);
      for (const alert of due.alerts) this.#send(alert, config, courier);
      nextAt = Math.min(nextAt, due.nextAt ?? nextAt);
    }
    if (this.#told.size > 0) this.#turnBy(Math.max(nextAt, now + 1));
  }

  /** Takes some of the changes that were noted, and looks at the rest of the world once there are no more. */
  #hear(now: number, most: number): boolean {
    for (const change of this.#changes.splice(0, most)) {
      const condition = conditionOf(change);
      if (condition !== undefined) this.#note(condition, Math.min(change.at, now));
    }
    if (this.#changes.length > 0) return false;
    if (now >= this.#lookAt || this.#lookAt > now + LOOK_MS) {
      this.#lookAt = now + LOOK_MS;
      this.#look(now);
    }
    return true;
  }

  #look(now: number): void {
    const watched = this.#watched;
    if (watched === undefined) return;
    this.#catchUp(watched, now);
    const shares = watched.shares(now);
    const records = watched.records();
    const ofDaemon = [storageCondition(watched.storageFault()), recordsCondition(this.#records, records)];
    this.#records = records;
    for (const { config, book } of this.#each()) {
      book.retain((condition) => watched.isLeft(condition));
      for (const share of shares) {
        const condition = poolCondition(share, config.poolBelow);
        if (condition !== undefined && isFor(condition, config)) book.note(condition, now);
      }
      for (const condition of ofDaemon) if (condition !== undefined) book.note(condition, now);
    }
  }

  #catchUp(watched: Watched, now: number): void {
    if (this.#unheard.size === 0) return;
    const standing = [...watched.standing(now)];
    for (const { config, book } of this.#each()) {
      const isUnheard = this.#unheard.get(config.name);
      for (const condition of standing)
        if (isUnheard?.(condition) && isFor(condition, config)) book.note(condition, now);
    }
    this.#unheard.clear();
  }

  #note(condition: Condition, at: number): void {
    for (const { config, book } of this.#each()) if (isFor(condition, config)) book.note(condition, at);
  }

  *#each() {
    for (const { book, courier } of this.#told.values()) yield { config: courier.config, book, courier };
  }

  #send(alert: Parameters<typeof payloadOf>[0], config: WebhookConfig, courier: WebhookCourier): void {
    if (config.events.includes(alert.event)) courier.send(payloadOf(alert, this.#partsFor(config)));
  }

  #partsFor({ form }: WebhookConfig): PayloadParts {
    return { id: newMessageId(this.#options.timing.now()), form, host: hostname(), redact: this.#options.redact };
  }

  #post(payload: Parameters<typeof postWebhook>[0], config: WebhookConfig, signal: AbortSignal): Promise<TryEnd> {
    const { timing, redact, createTransport } = this.#options;
    this.#transport ??= createTransport();
    return postWebhook(payload, config, { transport: this.#transport, timing, redact, signal });
  }
}

/** Whether a try was taken. */
export function isTaken({ status }: TryEnd): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

const NOTHING_SENT: CourierReport = {
  pending: 0,
  delivered: 0,
  dropped: 0,
  last: undefined,
  lastFault: undefined,
  isGone: false,
};

function isFor({ facts: { provider } }: Condition, { providers }: WebhookConfig): boolean {
  return provider === undefined || providers === undefined || providers.includes(provider);
}
