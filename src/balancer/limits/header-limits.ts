// All limits that a provider's headers state for one key, key×model or quota group, as far as they can be believed.
import type { LimitReading } from "../../core/quota-facts.ts";
import { HeaderLimit, type Moment } from "./header-limit.ts";
import type { Forms } from "./refill-form.ts";
import type { Cost } from "./stated-limits.ts";

/** Headers that say otherwise than what happens are not believed for so long. */
const DISTRUST_MS = 600_000;
/** Refusals in a row beside headers that had room. */
const MOST_CONTRADICTIONS = 2;
/** Answers in a row beside headers that had none; doubled each time that this was true after all. */
const FIRST_ZEROES = 8;
/** A share of the limit that is far below it. */
const FAR_BELOW = 0.85;
const MINUTE_MS = 60_000;
/** Requests that may be under way. */
const SLACK = 2;

/** `cost` and `spent`: of the attempt; `retryAfterMs`: what the refusal states, if anything. */
export interface RefusedAttempt extends Pick<Moment, "startedAt" | "now"> {
  readonly cost: Cost;
  readonly spent: Readonly<Cost>;
  readonly retryAfterMs: number | undefined;
}

/** The limits, each from its last reading on. */
export class HeaderLimits {
  readonly #forms: Forms;
  #limits: readonly HeaderLimit[] = [];
  #contradictions = 0;
  #zeroes = 0;
  #zeroesSince = 0;
  #zeroesSpent = 0;
  #mostZeroes = FIRST_ZEROES;
  #distrustedUntil = 0;

  constructor(forms: Forms) {
    this.#forms = forms;
  }

  get isEmpty(): boolean {
    return this.#limits.length === 0;
  }

  get hasTokens(): boolean {
    return this.#limits.some(({ unit }) => unit === "tokens");
  }

  [Symbol.iterator](): Iterator<HeaderLimit> {
    return this.#limits[Symbol.iterator]();
  }

  /** When a cost fits into all of them: now or later. */
  freeAt(cost: Cost, spent: Readonly<Cost>, now: number): number {
    let at = now;
    for (const limit of this.#limits) at = Math.max(at, limit.freeAt(cost[limit.unit], spent[limit.unit], now));
    return at;
  }

  /** Takes what an answer states; `spent` and `spentNow` by unit. */
  read(
    reading: LimitReading,
    {
      spent,
      spentNow,
      startedAt,
      now,
    }: Omit<Moment, "spent" | "spentNow"> & Record<"spent" | "spentNow", Readonly<Cost>>,
  ): void {
    const { unit, limit, remaining } = reading;
    if (limit === undefined || remaining === undefined || limit <= 0) return;
    if (remaining > 0) this.#zeroes = 0;
    else this.#noteZero(reading, { startedAt, spent: spent.requests, spentNow: spentNow.requests, now });
    if (now < this.#distrustedUntil) return;
    const known = this.#limitOf(reading);
    if (known.isOlder(spent[unit])) return;
    known.note({ ...reading, limit, remaining }, { now, startedAt, spent: spent[unit], spentNow: spentNow[unit] });
  }

  /** An attempt was refused: that nothing was left is true. To be told before its readings are taken. */
  confirmZero(): void {
    this.#zeroes = 0;
  }

  /** A refusal, to be told before its readings are taken. */
  refused(readings: readonly LimitReading[], attempt: RefusedAttempt): void {
    this.#compare(readings, attempt.cost, attempt.now);
    if (attempt.retryAfterMs !== undefined) this.#noteRetryAfter(readings, attempt.retryAfterMs, attempt.cost);
    for (const limit of this.#limits) limit.noteRefusal(attempt.spent[limit.unit], attempt.startedAt);
  }

  forget(): void {
    this.#limits = [];
  }

  /** After the clock went back: nothing lasts longer than it did. */
  rebase(now: number): void {
    this.#distrustedUntil = Math.min(this.#distrustedUntil, now + DISTRUST_MS);
    for (const limit of this.#limits) limit.rebase(now);
  }

  /** Whoever is told to come back long before the limit is full again will find a part of it. */
  #noteRetryAfter(readings: readonly LimitReading[], retryAfterMs: number, cost: Cost): void {
    for (const { unit, remaining, resetMs, form, daily } of readings) {
      const isHit = remaining !== undefined && remaining < cost[unit];
      if (!isHit || form !== undefined || resetMs === undefined || retryAfterMs > resetMs / 2) continue;
      (daily === true ? this.#forms.day : this.#forms.minute).proveBucket();
    }
  }

  #limitOf(reading: LimitReading): HeaderLimit {
    const isDaily = reading.daily === true;
    const known = this.#limits.find((limit) => limit.unit === reading.unit && limit.isDaily === isDaily);
    if (known !== undefined) return known;
    const limit = new HeaderLimit(reading, this.#forms);
    if (reading.unit === "tokens") this.#forms.hasTokens = true;
    this.#limits = [...this.#limits, limit];
    return limit;
  }

  /**
   * Nothing is ever left, and yet every attempt is let through, far fewer than the limit: whoever says so does not know.
   * If that was wrong after all, the next refusal says so, and the next doubt takes longer.
   */
  #noteZero({ limit = 0, unit, daily }: LimitReading, { startedAt, spent, spentNow, now }: Moment): void {
    if (unit !== "requests" || daily === true) return;
    if (this.#zeroes === 0) {
      this.#zeroesSince = startedAt;
      this.#zeroesSpent = spent;
    }
    this.#zeroes += 1;
    const isFar = SLACK + spentNow - this.#zeroesSpent < (FAR_BELOW * limit * (now - this.#zeroesSince)) / MINUTE_MS;
    if (this.#zeroes < this.#mostZeroes || !isFar) return;
    this.#mostZeroes *= 2;
    this.#distrust(now);
  }

  /** Refusals beside headers with room mean that these speak of something else, or of nothing. */
  #compare(readings: readonly LimitReading[], { tokens }: Cost, now: number): void {
    if (readings.length === 0) return;
    const hasRoom = readings.every(({ unit, limit = 0, remaining = 0 }) => {
      return unit === "requests" ? remaining >= 1 : remaining >= Math.max(tokens, limit / 2);
    });
    if (!hasRoom) this.#distrustedUntil = 0;
    this.#contradictions = hasRoom ? this.#contradictions + 1 : 0;
    if (this.#contradictions >= MOST_CONTRADICTIONS) this.#distrust(now);
  }

  #distrust(now: number): void {
    this.#zeroes = 0;
    this.#contradictions = 0;
    this.#limits = [];
    this.#distrustedUntil = now + DISTRUST_MS;
  }
}
