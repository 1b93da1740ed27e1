// What may be sent on one key, key×model or quota group now, by everything that is known of its limits.
import type { LimitReading } from "../../core/quota-facts.ts";
import type { Limits } from "../contract.ts";
import { type Forms, HeaderLimit } from "./header-limit.ts";
import { LearntLimit } from "./learnt-limit.ts";
import { type Cost, StatedLimits } from "./stated-limits.ts";

/** Above this many in flight the ramp after a rest is over. */
const RAMP_END = 64;
const REMEMBERED_MS = 3_600_000;
/** Headers that say otherwise than the refusals that they come with are not believed for a while. */
const MOST_CONTRADICTIONS = 2;
const DISTRUST_MS = 600_000;

/** What an attempt has taken of a meter. `spent`: all that had been spent with it, for readings that its answer brings. */
export interface Taking {
  cost: Cost;
  readonly startedAt: number;
  readonly order: number;
  readonly spent: Readonly<Cost>;
}

/** `order`: in the balancer's own sequence. */
export interface Refusal {
  readonly order: number;
  readonly now: number;
}

/** Why a meter has no room, the limit that is back last. */
export interface Holdup {
  readonly code: "limit_stated" | "limit_of_headers" | "limit_learnt" | "concurrency" | "ramp";
  readonly until: number;
}

/** How a limit stands, for reports. */
export interface LimitUse {
  readonly name: "rpm" | "rpd" | "tpm" | "tpd" | "concurrency" | "learnt";
  readonly source: "config" | "headers" | "refusals";
  readonly limit: number;
  readonly used: number;
  /** Only of learnt ones: in how long. */
  readonly windowMs?: number;
}

/** Asked for the tokens only where a limit of tokens is known. */
export type Tokens = () => number;

/** The counters of one thing that has limits. */
export class Meter {
  inFlight = 0;
  #stated: StatedLimits | undefined;
  #headers: readonly HeaderLimit[] = [];
  readonly #learnt = new LearntLimit();
  readonly #spent = { requests: 0, tokens: 0 };
  #ramp = Number.POSITIVE_INFINITY;
  #refusedOrder = 0;
  #usedAt = 0;
  #contradictions = 0;
  #distrustedUntil = 0;

  readonly #forms: Forms;

  /** `forms`: what was learnt of the provider's limits; shared by all its meters. */
  constructor(forms: Forms, limits?: Limits) {
    this.#forms = forms;
    this.setLimits(limits);
  }

  /** Takes what a reload made of the stated limits; what was spent still counts. */
  setLimits(limits: Limits | undefined): void {
    if (limits === undefined) this.#stated = undefined;
    else if (this.#stated === undefined) this.#stated = new StatedLimits(limits);
    else this.#stated.replace(limits);
  }

  get stated(): StatedLimits | undefined {
    return this.#stated;
  }

  /** When an attempt fits: now, later, or infinity where one in flight has to end first. */
  freeAt(tokens: Tokens, now: number): number {
    return this.holdup(tokens, now)?.until ?? now;
  }

  holdup(tokens: Tokens, now: number): Holdup | undefined {
    let holdup: Holdup | undefined;
    const note = (code: Holdup["code"], until: number): void => {
      if (until > (holdup?.until ?? now)) holdup = { code, until };
    };
    const stated = this.#stated;
    if (stated !== undefined) note("limit_stated", stated.freeAt(this.#costOf(tokens), now));
    for (const limit of this.#headers) {
      const amount = limit.unit === "tokens" ? tokens() : 1;
      note("limit_of_headers", limit.freeAt(amount, this.#spent[limit.unit], now));
    }
    // What is stated counts more than what was found out before anybody stated it.
    if (this.#headers.length === 0) note("limit_learnt", this.#learnt.freeAt(now));
    return holdup ?? this.#slotHoldup();
  }

  /** Counts an attempt that begins, with a slot until `end`. */
  take(tokens: Tokens, order: number, now: number): Taking {
    const cost = this.#costOf(tokens);
    this.inFlight += 1;
    this.#usedAt = now;
    for (const limit of this.#headers) limit.roll(this.#spent[limit.unit], now);
    this.#spent.requests += cost.requests;
    this.#spent.tokens += cost.tokens;
    this.#stated?.add(cost, now, now);
    this.#learnt.noteStart(now);
    return { cost, startedAt: now, order, spent: { ...this.#spent } };
  }

  /** Stands for an attempt that began before anything was counted here. */
  stranger(order: number, startedAt: number): Taking {
    return { cost: { requests: 0, tokens: 0 }, startedAt, order, spent: { ...this.#spent } };
  }

  end(): void {
    this.inFlight -= 1;
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
    for (const limit of this.#headers) limit.correct(taking.spent[limit.unit], change[limit.unit]);
    this.#spent.requests += change.requests;
    this.#spent.tokens += change.tokens;
    this.#stated?.add(change, taking.startedAt, now);
  }

  /** Takes what the headers of an answer state. */
  read(reading: LimitReading, taking: Taking, now: number): void {
    const { limit, remaining } = reading;
    if (limit === undefined || remaining === undefined || limit <= 0 || now < this.#distrustedUntil) return;
    let known = this.#headers.find(
      ({ unit, isDaily }) => unit === reading.unit && isDaily === (reading.daily ?? false),
    );
    if (known?.isOlder(taking.spent[reading.unit]) === true) return;
    if (known === undefined) {
      known = new HeaderLimit(reading, this.#forms);
      this.#headers = [...this.#headers, known];
    }
    known.note(
      { ...reading, limit, remaining },
      { now, startedAt: taking.startedAt, spent: taking.spent[reading.unit], spentNow: this.#spent[reading.unit] },
    );
  }

  /**
   * A refusal of a rate limit, to be told before what its headers state. Attempts that began before the last one are
   * part of the same event.
   */
  refused(taking: Taking, readings: readonly LimitReading[], { order, now }: Refusal): void {
    if (taking.order < this.#refusedOrder) return;
    this.#noteTruth(taking, readings, now);
    this.#refusedOrder = order;
    this.#ramp = 1;
    this.#learnt.noteRefusal(taking.startedAt, now);
    for (const limit of this.#headers) limit.noteRefusal(taking.spent[limit.unit], taking.startedAt);
  }

  succeeded(taking: Taking, now: number): void {
    if (taking.order < this.#refusedOrder) return;
    if (this.#ramp < RAMP_END) this.#ramp *= 2;
    else this.#ramp = Number.POSITIVE_INFINITY;
    this.#learnt.noteSuccess(taking.startedAt, now);
  }

  /** True when nothing here says anything about now. */
  isOver(now: number): boolean {
    return this.#stated === undefined && now > this.#usedAt + REMEMBERED_MS;
  }

  /** An operator clears what was learnt and read. */
  clear(): void {
    this.#headers = [];
    this.#ramp = Number.POSITIVE_INFINITY;
  }

  /** Refusals beside headers with room mean that these speak of something else, or of nothing. */
  #noteTruth(taking: Taking, readings: readonly LimitReading[], now: number): void {
    if (readings.length === 0) return;
    const hasRoom = readings.every(({ unit, limit = 0, remaining = 0 }) => {
      return unit === "requests" ? remaining >= 1 : remaining >= Math.max(taking.cost.tokens, limit / 2);
    });
    this.#contradictions = hasRoom ? this.#contradictions + 1 : 0;
    if (this.#contradictions < MOST_CONTRADICTIONS) return;
    this.#contradictions = 0;
    this.#headers = [];
    this.#distrustedUntil = now + DISTRUST_MS;
  }

  /** After the clock went back: nothing lasts longer than it did. */
  rebase(now: number): void {
    this.#distrustedUntil = Math.min(this.#distrustedUntil, now + DISTRUST_MS);
    for (const limit of this.#headers) limit.rebase(now);
    this.#learnt.rebase(now);
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
    const learnt = this.#headers.length === 0 ? this.#learnt.learnt : undefined;
    if (learnt !== undefined) {
      const { most, windowMs } = learnt;
      uses.push({ name: "learnt", source: "refusals", limit: most, used: this.#learnt.used(now), windowMs });
    }
    return uses;
  }

  #slotHoldup(): Holdup | undefined {
    if (this.inFlight === 0) return undefined;
    const concurrency = this.#stated?.limits.concurrency ?? Number.POSITIVE_INFINITY;
    if (this.inFlight >= concurrency) return { code: "concurrency", until: Number.POSITIVE_INFINITY };
    return this.inFlight >= this.#ramp ? { code: "ramp", until: Number.POSITIVE_INFINITY } : undefined;
  }

  #costOf(tokens: Tokens): Cost {
    const counts = this.#stated?.hasTokens === true || this.#headers.some(({ unit }) => unit === "tokens");
    return { requests: 1, tokens: counts ? tokens() : 0 };
  }
}

function nameOf({ unit, isDaily }: HeaderLimit): LimitUse["name"] {
  if (unit === "requests") return isDaily ? "rpd" : "rpm";
  return isDaily ? "tpd" : "tpm";
}
