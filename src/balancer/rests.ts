// The rests of one key, key×model or key×operation, kept per cause so that a short one never hides a long one.
import { type Cause, isUncertain } from "./cause.ts";
import type { RestState } from "./state.ts";

/** Where a rest comes from, for reports and logs. */
export interface Origin {
  readonly reason: string;
  readonly status: number | undefined;
  readonly message: string | undefined;
}

/** What an operator did by hand. */
export const BY_OPERATOR: Origin = { reason: "operator", status: undefined, message: undefined };

/** One rest. `order`: the moment of its last penalty in the balancer's own sequence; an attempt with a lower one began before it. */
export interface Rest {
  readonly cause: Cause;
  since: number;
  until: number;
  step: number;
  order: number;
  origin: Origin;
}

/** A penalty to impose. `stated`: the provider named the time, so it may extend a rest that began during the same event. */
export interface Penalty {
  readonly cause: Cause;
  readonly stated: boolean;
  readonly lengthMs: (step: number) => number;
  readonly origin: Origin;
}

/** When a penalty falls: `began` is the order of the attempt, `order` that of the penalty, `capMs` the longest rest. */
export interface Moment {
  readonly now: number;
  readonly began: number;
  readonly order: number;
  readonly capMs: number;
}

/** What a penalty did: `none` where it belongs to an event that was punished already. */
export type Imposed = "began" | "extended" | "none";

/** A step of back-off is remembered this long after its rest is over. */
const REMEMBERED_MS = 3_600_000;
/** And that nobody knows whether what it stood for is over. */
const UNCERTAIN_MS = 86_400_000;

/** All rests of one thing. */
export class Rests {
  #rests: Rest[] = [];
  #until = 0;
  #uncertainUntil = 0;

  /** The latest end of any cause; in the past when nothing rests. */
  get until(): number {
    return this.#until;
  }

  /** True if every rest is over, and one of them ended by the clock alone: the next attempt is a probe. */
  isHalfOpen(now: number): boolean {
    return now < this.#uncertainUntil && this.#until <= now;
  }

  get isEmpty(): boolean {
    return this.#rests.length === 0;
  }

  /** The latest end of all causes but one. */
  untilWithout(cause: Cause): number {
    return this.#rests.reduce((latest, rest) => (rest.cause === cause ? latest : Math.max(latest, rest.until)), 0);
  }

  /** The running rest of a cause. */
  active(cause: Cause, now: number): Rest | undefined {
    return this.#rests.find((rest) => rest.cause === cause && rest.until > now);
  }

  /** The running rest that ends last. */
  longest(now: number): Rest | undefined {
    let longest: Rest | undefined;
    for (const rest of this.#rests) {
      if (rest.until > now && rest.until > (longest?.until ?? 0)) longest = rest;
    }
    return longest;
  }

  /** The running rest that ends last, or what is half-open. */
  standing(now: number): Rest | undefined {
    return this.longest(now) ?? (this.isHalfOpen(now) ? this.last : undefined);
  }

  /** The rest that ends last, running or over but not yet disproved; what a probe decides before what the clock does. */
  get last(): Rest | undefined {
    const uncertain = this.#rests.filter(({ cause }) => isUncertain(cause));
    const [first, ...others] = uncertain.length > 0 ? uncertain : this.#rests;
    return others.reduce((a, b) => (a === undefined || b.until > a.until ? b : a), first);
  }

  /** The cause of that rest. */
  get latestCause(): Cause | undefined {
    return this.last?.cause;
  }

  /** True if an attempt of this order began before a penalty of this cause. */
  isOlderThan(cause: Cause, began: number): boolean {
    return this.#rests.some((rest) => rest.cause === cause && began < rest.order);
  }

  /**
   * Imposes a penalty and says whether a rest of that cause begins with it. An attempt that began before the last
   * penalty of this cause belongs to the same event: it takes no further step.
   */
  impose(penalty: Penalty, moment: Moment): Imposed {
    const { now } = moment;
    let rest = this.#rests.find((known) => known.cause === penalty.cause);
    const isSameEvent = rest !== undefined && moment.began < rest.order;
    if (isSameEvent && !penalty.stated) return "none";
    if (rest === undefined) {
      rest = { cause: penalty.cause, since: now, until: 0, step: 0, order: 0, origin: penalty.origin };
      this.#rests.push(rest);
    }
    const begins = rest.until <= now;
    const lengthMs = Math.min(penalty.lengthMs(rest.step), moment.capMs);
    rest.until = Math.max(rest.until, now + lengthMs);
    if (!isSameEvent) {
      rest.order = moment.order;
      if (!penalty.stated) rest.step += 1;
    }
    if (begins) {
      rest.since = now;
      rest.origin = penalty.origin;
    }
    this.#settle();
    return begins && lengthMs > 0 ? "began" : "extended";
  }

  /**
   * A success of an attempt of this order ends what was imposed before it began; a rate limit steps back by one only.
   * `causes`: what the success says something about; all of them by default.
   */
  disprove(began: number, causes?: readonly Cause[]): void {
    if (this.#rests.length === 0) return;
    this.#rests = this.#rests.filter((rest) => {
      if (began < rest.order || causes?.includes(rest.cause) === false) return true;
      if (rest.cause !== "limited") return false;
      rest.until = 0;
      rest.step -= 1;
      return rest.step > 0;
    });
    this.#settle();
  }

  clear(cause: Cause): void {
    this.#rests = this.#rests.filter((rest) => rest.cause !== cause);
    this.#settle();
  }

  clearAll(): void {
    this.#rests = [];
    this.#settle();
  }

  /** Shortens rests that end later than `latest`; all of them, or those of one cause. */
  cap(latest: number, cause?: Cause): void {
    for (const rest of this.#rests) {
      if (cause === undefined || rest.cause === cause) rest.until = Math.min(rest.until, latest);
    }
    this.#settle();
  }

  /** True when nothing here is worth remembering any more. */
  isOver(now: number): boolean {
    return Math.max(this.#until + REMEMBERED_MS, this.#uncertainUntil) <= now;
  }

  /** What a restart must not forget; undefined where nothing is worth it. */
  toStates(now: number): readonly RestState[] | undefined {
    const kept = this.#rests.filter((rest) => isWorthKeeping(rest, now));
    return kept.length === 0 ? undefined : kept.map(stateOf);
  }

  /** Takes rests over that began in an earlier process; every attempt of this one is later. */
  restore(states: readonly RestState[], now: number): void {
    this.#rests = states.map(({ cause, since, until, step = 0, reason, status, message }) => {
      return { cause, since, until, step, order: 0, origin: { reason, status, message } };
    });
    this.rebase(now);
    this.#rests = this.#rests.filter((rest) => isWorthKeeping(rest, now));
    this.#settle();
  }

  /** After the clock went back: a rest that would begin in the future begins now, and is no longer than it was. */
  rebase(now: number): void {
    for (const rest of this.#rests) {
      if (rest.since <= now) continue;
      rest.until = now + Math.max(0, rest.until - rest.since);
      rest.since = now;
    }
    this.#settle();
  }

  #settle(): void {
    this.#until = 0;
    this.#uncertainUntil = 0;
    for (const { until, cause } of this.#rests) {
      if (until > this.#until) this.#until = until;
      if (isUncertain(cause)) this.#uncertainUntil = Math.max(this.#uncertainUntil, until + UNCERTAIN_MS);
    }
  }
}

/** Its step of back-off, and that its end is uncertain, outlast a rest. */
export function isWorthKeeping({ cause, until }: Pick<Rest, "cause" | "until">, now: number): boolean {
  return until + (isUncertain(cause) ? UNCERTAIN_MS : REMEMBERED_MS) > now;
}

function stateOf({ cause, since, until, step, origin: { reason, status, message } }: Rest): RestState {
  return {
    cause,
    since,
    until,
    ...(step > 0 && { step }),
    reason,
    ...(status && { status }),
    ...(message && { message }),
  };
}
