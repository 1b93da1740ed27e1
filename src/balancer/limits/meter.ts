// What may be sent on one key, key×model or quota group now, by everything that is known of its limits.
import type { LimitReading } from "../../core/quota-facts.ts";
import type { LimitReport, Limits } from "../contract.ts";
import type { DaysState } from "../state.ts";
import type { HeaderLimit } from "./header-limit.ts";
import { HeaderLimits } from "./header-limits.ts";
import { LearntLimit } from "./learnt-limit.ts";
import { LearntSlots } from "./learnt-slots.ts";
import type { Forms } from "./refill-form.ts";
import { type Cost, StatedLimits } from "./stated-limits.ts";

/** Above this many in flight the ramp after a rest is over. */
const RAMP_END = 64;
const REMEMBERED_MS = 3_600_000;
const CALL_WEIGHT = 0.1;

/** What an attempt has taken of a meter. `spent`: all that had been spent with it, for readings that its answer brings. */
export interface Taking {
  cost: Cost;
  isRefused: boolean;
  readonly startedAt: number;
  readonly order: number;
  readonly spent: Readonly<Cost>;
}

/** What a refusal states; `order`: in the balancer's own sequence. */
export interface Refusal {
  readonly readings: readonly LimitReading[];
  readonly retryAfterMs: number | undefined;
  readonly order: number;
  readonly now: number;
}

/** Why a meter has no room, the limit that is back last. */
export interface Holdup {
  readonly code: "limit_stated" | "limit_of_headers" | "limit_learnt" | "concurrency" | "ramp";
  readonly until: number;
}

/** How a limit stands, for reports. */
export type LimitUse = Omit<LimitReport, "model" | "group">;

/** Asked for the tokens only where a limit of tokens is known. */
export type Tokens = () => number;

/** The counters of one thing that has limits. */
export class Meter {
  inFlight = 0;
  #stated: StatedLimits | undefined;
  readonly #forms: Forms;
  readonly #headers: HeaderLimits;
  readonly #learnt = new LearntLimit();
  readonly #slots = new LearntSlots();
  /** Those in flight that began after the last refusal. */
  #rampInFlight = 0;
  /** How long attempts take, on average. */
  #callMs = 0;
  readonly #spent = { requests: 0, tokens: 0 };
  #ramp = Number.POSITIVE_INFINITY;
  #refusedOrder = 0;
  #usedAt = 0;
  #strangers: number;

  /** `forms`: what was learnt of the provider's limits; shared by all its meters. `strangers`: attempts in flight. */
  constructor(forms: Forms, limits?: Limits, strangers = 0) {
    this.#strangers = strangers;
    this.inFlight = strangers;
    this.#forms = forms;
    this.#headers = new HeaderLimits(forms);
    this.setLimits(limits);
  }

  /** Takes what a reload made of the stated limits; what was spent still counts. */
  setLimits(limits: Limits | undefined): void {
    if (limits === undefined) this.#stated = undefined;
    else if (this.#stated === undefined) this.#stated = new StatedLimits(limits);
    else this.#stated.replace(limits);
    if (this.#stated?.hasTokens === true) this.#forms.hasTokens = true;
  }

  get stated(): StatedLimits | undefined {
    return this.#stated;
  }

  /** What a restart must not forget. */
  daysSpent(now: number): DaysState | undefined {
    return this.#stated?.daysSpent(now);
  }

  restoreDays(days: DaysState, now: number): void {
    this.#stated?.restoreDays(days, now);
  }

  /** When an attempt fits: now, later, or infinity where one in flight has to end first. */
  freeAt(tokens: Tokens, now: number): number {
    return this.holdup(tokens, now)?.until ?? now;
  }

  holdup(tokens: Tokens, now: number): Holdup | undefined {
    const cost = this.#costOf(tokens);
    const statedAt = this.#stated?.freeAt(cost, now) ?? now;
    const headersAt = this.#headers.freeAt(cost, this.#spent, now);
    // What is stated counts more than what was found out before anybody stated it.
    const learntAt = this.#headers.isEmpty ? this.#learnt.freeAt(now) : now;
    const until = Math.max(statedAt, headersAt, learntAt);
    if (until <= now) return this.#slotHoldup(now);
    if (until === statedAt) return { code: "limit_stated", until };
    return { code: until === headersAt ? "limit_of_headers" : "limit_learnt", until };
  }

  /** Counts an attempt that begins, with a slot until `end`. */
  take(tokens: Tokens, order: number, now: number): Taking {
    const cost = this.#costOf(tokens);
    this.inFlight += 1;
    this.#rampInFlight += 1;
    this.#usedAt = now;
    for (const limit of this.#headers) limit.roll(this.#spent[limit.unit], now);
    this.#spent.requests += cost.requests;
    this.#spent.tokens += cost.tokens;
    this.#stated?.add(cost, now, now);
    this.#learnt.noteStart(now);
    return { cost, isRefused: false, startedAt: now, order, spent: { ...this.#spent } };
  }

  /** An attempt ends that was not counted when it began; those that ran when the limits came hold slots all the same. */
  endStranger(): void {
    if (this.#strangers === 0) return;
    this.#strangers -= 1;
    this.inFlight -= 1;
  }

  /** Stands for an attempt that began before anything was counted here. */
  stranger(order: number, startedAt: number): Taking {
    return { cost: { requests: 0, tokens: 0 }, isRefused: false, startedAt, order, spent: { ...this.#spent } };
  }

  end({ order, startedAt }: Taking, now: number): void {
    this.inFlight -= 1;
    if (order >= this.#refusedOrder) this.#rampInFlight -= 1;
    const weight = this.#callMs === 0 ? 1 : CALL_WEIGHT;
    this.#callMs += weight * (Math.max(0, now - startedAt) - this.#callMs);
  }

  /** What an attempt really cost; what was never sent costs nothing. */
  settle(taking: Taking, tokens: number | undefined, isSent: boolean, now: number): void {
    const actual = isSent ? { requests: 1, tokens: tokens ?? taking.cost.tokens } : { requests: 0, tokens: 0 };
    const change = {
      requests: actual.requests - taking.cost.requests,
      tokens: actual.tokens - taking.cost.tokens,
    };
    taking.cost = actual;
    if (!isSent) this.#learnt.takeBack(taking.startedAt, now);
    if (change.requests === 0 && change.tokens === 0) return;
    if (!taking.isRefused) this.#correct(taking, change);
    this.#stated?.add(change, taking.startedAt, now);
  }

  /** Takes what the headers of an answer state. */
  read(reading: LimitReading, { startedAt, spent }: Taking, now: number): void {
    this.#headers.read(reading, { now, startedAt, spent, spentNow: this.#spent });
  }

  /**
   * A refusal of a rate limit, to be told before what its headers state. Attempts that began before the last one are
   * part of the same event.
   */
  refused(taking: Taking, { readings, retryAfterMs, order, now }: Refusal): void {
    this.#takeBack(taking);
    this.#headers.confirmZero();
    if (taking.order < this.#refusedOrder) return;
    this.#headers.refused(readings, { ...taking, retryAfterMs, now });
    this.#refusedOrder = order;
    this.#ramp = 1;
    this.#rampInFlight = 0;
    if (isExplained(readings, taking.cost)) return;
    if (this.#slots.noteRefusal(this.inFlight - 1, now)) this.#learnt.forget();
    else this.#learnt.noteRefusal(taking.startedAt, now);
  }

  succeeded(taking: Taking, now: number): void {
    if (taking.order < this.#refusedOrder) return;
    if (this.#ramp < RAMP_END) this.#ramp += 1;
    else this.#ramp = Number.POSITIVE_INFINITY;
    this.#learnt.noteSuccess(taking.startedAt, now);
    this.#slots.noteSuccess(this.inFlight, now);
  }

  /** True when nothing here says anything about now. */
  isOver(now: number): boolean {
    return this.#stated === undefined && now > this.#usedAt + REMEMBERED_MS;
  }

  /** An operator clears what was learnt and read. */
  clear(): void {
    this.#headers.forget();
    this.#learnt.forget();
    this.#slots.forget();
    this.#ramp = Number.POSITIVE_INFINITY;
  }

  /** After the clock went back: nothing lasts longer than it did. */
  rebase(now: number): void {
    this.#stated?.rebase(now);
    this.#headers.rebase(now);
    this.#learnt.rebase(now);
    this.#slots.rebase(now);
    this.#usedAt = Math.min(this.#usedAt, now);
  }

  /** The smallest share that is left of any known limit; 1 where none is known. */
  headroom(now: number): number {
    return this.uses(now).reduce((least, { limit, used }) => Math.min(least, 1 - used / limit), 1);
  }

  uses(now: number): readonly LimitUse[] {
    const uses: LimitUse[] = [];
    for (const { name, most, window } of this.#stated?.rows ?? []) {
      uses.push({ name, source: "config", limit: most, used: window.total(now) });
    }
    const concurrency = this.#stated?.limits.concurrency;
    if (concurrency !== undefined) {
      uses.push({ name: "concurrency", source: "config", limit: concurrency, used: this.inFlight });
    }
    for (const header of this.#headers) {
      const left = Math.max(0, header.left(this.#spent[header.unit], now));
      uses.push({ name: nameOf(header), source: "headers", limit: header.limit, used: header.limit - left });
    }
    const learnt = this.#headers.isEmpty ? this.#learnt.learnt : undefined;
    if (learnt !== undefined) {
      const { most, windowMs } = learnt;
      uses.push({ name: "learnt", source: "refusals", limit: most, used: this.#learnt.used(now), windowMs });
    }
    return uses;
  }

  /**
   * How many in flight use a learnt limit up in its time, with as much again to spare: who sends all at once meets all
   * the refusals of a limit that others share.
   */
  get #pace(): number {
    const learnt = this.#headers.isEmpty ? this.#learnt.learnt : undefined;
    if (learnt === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(1, Math.ceil((2 * learnt.most * this.#callMs) / learnt.windowMs));
  }

  /** What headers state goes down by what was let in only. */
  #takeBack(taking: Taking): void {
    if (taking.isRefused) return;
    taking.isRefused = true;
    this.#correct(taking, { requests: -taking.cost.requests, tokens: -taking.cost.tokens });
  }

  #correct(taking: Taking, change: Cost): void {
    for (const limit of this.#headers) limit.correct(taking.spent[limit.unit], change[limit.unit]);
    this.#spent.requests += change.requests;
    this.#spent.tokens += change.tokens;
  }

  #slotHoldup(now: number): Holdup | undefined {
    if (this.inFlight === 0) return undefined;
    const concurrency = this.#stated?.limits.concurrency ?? Number.POSITIVE_INFINITY;
    if (this.inFlight >= Math.min(concurrency, this.#slots.mostAt(now))) {
      return { code: "concurrency", until: Number.POSITIVE_INFINITY };
    }
    const isFull = this.#rampInFlight >= this.#ramp || this.inFlight >= this.#pace;
    return isFull ? { code: "ramp", until: Number.POSITIVE_INFINITY } : undefined;
  }

  #costOf(tokens: Tokens): Cost {
    const counts = this.#stated?.hasTokens === true || this.#headers.hasTokens;
    return { requests: 1, tokens: counts ? tokens() : 0 };
  }
}

/** The headers say themselves that there was no room. */
function isExplained(readings: readonly LimitReading[], cost: Cost): boolean {
  return readings.some(({ unit, remaining }) => remaining !== undefined && remaining < cost[unit]);
}

function nameOf({ unit, isDaily }: HeaderLimit): LimitUse["name"] {
  if (unit === "requests") return isDaily ? "rpd" : "rpm";
  return isDaily ? "tpd" : "tpm";
}
