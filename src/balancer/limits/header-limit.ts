// One limit as the provider's headers state it, between one answer and the next.
import type { LimitReading } from "../../core/quota-facts.ts";
import type { Form, Forms, RefillForm } from "./refill-form.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Providers round their times up to this much, which tells nothing of the rate of a bucket that is nearly full. */
const ROUNDING_MS = 1_000;

/** Whatever headers state, after so long an attempt finds out whether it is still so. */
const LONGEST_HOLD_MS = DAY_MS;
/** How far back it is remembered what others spent. */
const FOREIGN_MEMORY_MS = 30_000;
/** After a refusal that the headers did not foretell, for so long. */
const CAUTIOUS_MS = 60_000;
const REQUEST_MARGIN = { first: 0.1, most: 0.25 } as const;
const TOKEN_MARGIN = { first: 0.02, most: 0.05 } as const;
/** What others spend never takes all. */
const LEAST_SHARE = 0.05;
/** Requests that may be counted here and not there. */
const SLACK = 2;

/**
 * The moment that a reading speaks of: somewhere between the begin of its attempt and now. `spent`: what had been spent
 * of the limit when the attempt began; `spentNow`: until now.
 */
export interface Moment {
  readonly now: number;
  readonly startedAt: number;
  readonly spent: number;
  readonly spentNow: number;
}

/**
 * What is left of the limit: what the last answer stated, less all that was spent since its attempt began, whether it
 * has been answered or not, plus what has been refilled. A reset is the time until the limit is full again: the whole
 * limit at once in the `fixed` form, and steadily in the `bucket` form.
 */
export class HeaderLimit {
  readonly unit: LimitReading["unit"];
  readonly isDaily: boolean;
  #limit = 0;
  /** What was left at `#at`, when `#spent` had been spent. */
  #remaining = 0;
  #spent = 0;
  /** The last reading as it was. */
  #read = { remaining: 0, spent: -1, spentNow: 0 };
  #at = 0;
  /** When the last reading came, or a window began. */
  #notedAt = 0;
  #resetAt = 0;
  /** How long the limit takes to be full, as far as was seen: at the begin of a window nearly nothing is missing. */
  #longestResetMs = 0;
  #ratePerMs = 0;
  /** What others spend of it, per millisecond: keys that share the limit without saying so. */
  #foreignPerMs = 0;
  #margin = 0;
  #cautiousUntil = 0;
  #statedForm: Form | undefined;
  readonly #learnt: RefillForm;

  constructor({ unit, daily }: LimitReading, forms: Forms) {
    this.unit = unit;
    this.isDaily = daily === true;
    this.#learnt = this.isDaily ? forms.day : forms.minute;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Takes a newer reading. Where more is left than a limit that refills all at once could have by now, it is a bucket. */
  note(reading: Required<Pick<LimitReading, "limit" | "remaining">> & LimitReading, moment: Moment): void {
    const { limit, remaining, resetMs } = reading;
    const { now, spent, spentNow } = moment;
    const isSame = this.#limit === limit && now < this.#resetAt - ROUNDING_MS;
    const before = isSame ? this.left(spentNow, now) : undefined;
    const read = this.#read;
    // Tokens are estimates: only a plain rise counts. What began before the last answer may have been in it already.
    const since = this.unit === "tokens" ? 0 : Math.max(0, spent - read.spentNow);
    const expected = read.remaining - since + SLACK;
    if (isSame && remaining > expected && reading.form === undefined) this.#learnt.proveBucket();
    this.#statedForm = reading.form;
    this.#limit = limit;
    this.#read = { remaining: Math.min(remaining, limit), spent, spentNow };
    this.#notedAt = now;
    this.#noteReset(resetMs, now);
    this.#noteLevel(before, moment);
  }

  /** True for an answer whose attempt began before that of the reading in use. */
  isOlder(spent: number): boolean {
    return spent < this.#read.spent;
  }

  /** When `amount` fits: now or later. */
  freeAt(amount: number, spent: number, now: number): number {
    return Math.max(now, Math.min(this.#fitsAt(amount, spent, now), this.#notedAt + LONGEST_HOLD_MS));
  }

  #fitsAt(amount: number, spent: number, now: number): number {
    const left = this.left(spent, now);
    const at = this.#refilledAt(Math.min(amount, this.#limit) - left, now);
    if (now >= this.#cautiousUntil) return at;
    const carefullyAt = this.#refilledAt(Math.min(amount + this.#margin, this.#limit) - left, now);
    return Math.min(carefullyAt, Math.max(at, this.#cautiousUntil));
  }

  /** What is left now; below zero where more was spent than was left. */
  left(spent: number, now: number): number {
    const left = this.#remaining - (spent - this.#spent);
    if (this.#form === "bucket") return Math.min(this.#limit, left + this.#refillPerMs * Math.max(0, now - this.#at));
    return now >= this.#resetAt ? this.#limit : left;
  }

  /** An attempt was refused: others spend more than was reckoned with. If it was let through only because of what a bucket refills, the limit is none. */
  noteRefusal(spent: number, startedAt: number): void {
    if (this.#form === "bucket") this.#beCautious(startedAt);
    if (this.#statedForm !== undefined || this.#form === "fixed") return;
    const { remaining, spent: readSpent } = this.#read;
    if (startedAt >= this.#notedAt && startedAt < this.#resetAt && remaining - (spent - readSpent) < 0) {
      this.#learnt.doubt();
    }
  }

  /** An attempt turned out to have spent something else; where the reading in use covers it, that changes nothing. */
  correct(spent: number, change: number): void {
    if (spent > this.#spent) return;
    this.#spent += change;
    this.#read.spent += change;
    this.#read.spentNow += change;
  }

  /** Something is about to be spent: what a window that is over has left is no longer of interest. */
  roll(spent: number, now: number): void {
    if (this.#form === "bucket" || now < this.#resetAt) return;
    this.#remaining = this.#limit;
    this.#read = { remaining: this.#limit, spent, spentNow: spent };
    this.#spent = spent;
    this.#at = now;
    this.#notedAt = now;
    this.#resetAt = now + (this.isDaily ? DAY_MS : MINUTE_MS);
  }

  /** After the clock went back: nothing lasts longer than it did. */
  rebase(now: number): void {
    this.#cautiousUntil = Math.min(this.#cautiousUntil, now + CAUTIOUS_MS);
    this.#notedAt = Math.min(this.#notedAt, now);
    if (this.#at <= now) return;
    this.#resetAt = now + Math.max(0, this.#resetAt - this.#at);
    this.#at = now;
  }

  get #form(): Form {
    return this.#statedForm ?? this.#learnt.form;
  }

  /**
   * The reading may be as old as its attempt, or as new as now. What was reckoned before goes on between what is left
   * in the one case and in the other; else every answer would cost a bucket what it refilled meanwhile, and a window what
   * was sent meanwhile a second time.
   */
  #noteLevel(before: number | undefined, { now, startedAt, spent, spentNow }: Moment): void {
    const { remaining } = this.#read;
    const least = remaining - (spentNow - spent);
    const refilled = this.#form === "bucket" ? this.#ratePerMs * (now - startedAt) : 0;
    this.#remaining = before === undefined ? least : clamp(before, least, remaining + refilled);
    const isShared = before !== undefined && this.#form === "bucket" && this.unit === "requests";
    if (isShared) this.#noteForeign(before - this.#remaining, now - this.#at);
    this.#spent = spentNow;
    this.#at = now;
  }

  #refilledAt(missing: number, now: number): number {
    if (missing <= 0) return now;
    return this.#form === "fixed" ? Math.max(this.#resetAt, now + 1) : now + Math.ceil(missing / this.#refillPerMs);
  }

  /** What is left besides others' share. */
  get #refillPerMs(): number {
    return Math.max(this.#ratePerMs * LEAST_SHARE, this.#ratePerMs - this.#foreignPerMs);
  }

  /** Others were faster: the next attempt is made when more is left than it needs, the more the more often. */
  #beCautious(now: number): void {
    const share = this.unit === "tokens" ? TOKEN_MARGIN : REQUEST_MARGIN;
    // Of tokens it is more likely the estimate that was wrong.
    if (this.unit === "requests") this.#foreignPerMs = this.#ratePerMs - this.#refillPerMs / 2;
    const before = now < this.#cautiousUntil ? this.#margin : 0;
    this.#margin = Math.min(this.#limit * share.most, Math.max(this.#limit * share.first, 2 * before));
    this.#cautiousUntil = now + CAUTIOUS_MS;
  }

  /** `missing`: what is gone beyond what was reckoned with; below zero where more is left. */
  #noteForeign(missing: number, inMs: number): void {
    if (inMs <= 0) return;
    const weight = 1 - Math.exp(-inMs / FOREIGN_MEMORY_MS);
    this.#foreignPerMs = Math.max(0, this.#foreignPerMs + weight * (missing / inMs));
  }

  #noteReset(resetMs: number | undefined, now: number): void {
    const usual = this.#limit / (this.isDaily ? DAY_MS : MINUTE_MS);
    const missing = this.#limit - this.#read.remaining;
    this.#resetAt = now + (resetMs ?? missing / usual);
    // Rounding makes a short time longer, so one that is far shorter than usual tells of a limit by the second.
    const isShort = resetMs !== undefined && resetMs < 2 * ROUNDING_MS && (resetMs <= 0 || missing / usual < resetMs);
    this.#longestResetMs = Math.max(this.#longestResetMs, resetMs ?? 0);
    const isRough = resetMs === undefined || isShort || missing === 0;
    const isUsual = resetMs !== undefined && Math.abs(missing / usual - resetMs) <= ROUNDING_MS;
    this.#ratePerMs = isRough || isUsual ? usual : Math.max(missing / resetMs, this.#limit / this.#longestResetMs);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
