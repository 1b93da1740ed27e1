// What one client token has spent of its limits, and when it was used; follows its id through every reload.
import { StatedLimits } from "../balancer/limits/stated-limits.ts";
import { SlidingWindow } from "../balancer/sliding-window.ts";
import type { DaysState } from "../balancer/state.ts";
import type { TokenLimits } from "../config/client-token.ts";
import { BudgetMeter, type BudgetState, type Nanos } from "./budget-meter.ts";

/** What one request spends. */
export interface Cost {
  readonly requests: number;
  readonly tokens: number;
  readonly nanos: Nanos;
}

/** Which limit has no room, and from when on it has; infinite: only once a request in flight has ended, if ever. */
export interface Holdup {
  readonly limit: "rpm" | "tpm" | "tpd" | "concurrency" | "budget";
  readonly until: number;
  /** It would fit if nothing else were in flight. */
  readonly isReserved: boolean;
}

/** What a request in flight has taken; its cost changes as it is settled. */
export interface Taking {
  cost: Cost;
  readonly at: number;
}

/** What is kept over a restart. Times are wall-clock milliseconds. */
export interface AccountState {
  readonly lastUsed?: number | undefined;
  readonly requests?: number | undefined;
  readonly days?: DaysState | undefined;
  readonly budget?: BudgetState | undefined;
}

/** How a limit stands. */
export interface LimitUse {
  readonly name: Holdup["limit"];
  readonly limit: number;
  readonly used: number;
}

const MINUTE_MS = 60_000;
const MINUTE_STEPS = 60;
const NOTHING: Cost = { requests: 0, tokens: 0, nanos: 0 };

export class TokenAccount {
  lastUsed: number | undefined;
  /** All that it ever made, refused ones included. */
  requests = 0;
  inFlight = 0;
  #limits: TokenLimits | undefined;
  #stated: StatedLimits | undefined;
  #budget: BudgetMeter | undefined;
  /** What requests in flight hold, a part of what is spent. */
  #reserved: Cost = NOTHING;
  /** Tokens of it that the last minute still counts. */
  #reservedTokens: SlidingWindow | undefined;
  /** What an earlier process spent, of limits that are not configured yet. */
  #pending: Pick<AccountState, "days" | "budget"> | undefined;

  /** Takes the limits of another configuration; what was spent still counts. */
  setLimits(limits: TokenLimits | undefined, now: number): void {
    if (limits === this.#limits) return;
    this.#limits = limits;
    this.#setStated(limits, now);
    this.#setBudget(limits, now);
    if (limits === undefined) return;
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) this.#restoreSpent(pending, now);
  }

  get limits(): TokenLimits | undefined {
    return this.#limits;
  }

  /** Undefined where the cost fits now. What is larger than a limit of tokens fits once all of that is free. */
  holdup(cost: Cost, now: number): Holdup | undefined {
    const most = this.#limits?.concurrency;
    if (most !== undefined && this.inFlight >= most)
      return { limit: "concurrency", until: Number.POSITIVE_INFINITY, isReserved: true };
    return this.#statedHoldup(cost, now) ?? this.#budgetHoldup(cost, now);
  }

  /** Takes a slot and the cost, whether it fits or not. */
  take(cost: Cost, now: number): Taking {
    this.inFlight += 1;
    this.#reserve(cost, 1, { at: now, now });
    this.#add(cost, now, now);
    return { cost, at: now };
  }

  /** What it really cost, in place of what was taken. */
  settle(taking: Taking, cost: Cost, now: number): void {
    this.inFlight -= 1;
    this.#reserve(taking.cost, -1, { at: taking.at, now });
    this.#change(taking, cost, now);
  }

  /** It goes on, and has spent so much now: what was taken pays for it, as far as that goes. */
  spend(taking: Taking, cost: Cost, now: number): void {
    const { requests, tokens, nanos } = taking.cost;
    const left = { requests, tokens: Math.max(0, tokens - cost.tokens), nanos: Math.max(0, nanos - cost.nanos) };
    this.#reserve(taking.cost, -1, { at: taking.at, now });
    this.#change(taking, left, now);
    this.#reserve(left, 1, { at: taking.at, now });
    // Counted now, since the time of the taking may be over.
    this.#add(cost, now, now);
  }

  /** Which limit of tokens or money is overdrawn. */
  overdraft(now: number): Holdup | undefined {
    for (const { name, unit, most, window } of this.#stated?.rows ?? []) {
      if (unit === "requests" || name === "rpd" || window.total(now) <= most) continue;
      return { limit: name, until: window.freeAt(most, now), isReserved: false };
    }
    const budget = this.#budget;
    if (budget === undefined || budget.spent(now) <= budget.most) return undefined;
    return { limit: "budget", until: budget.freeAt(0, now), isReserved: false };
  }

  uses(now: number): readonly LimitUse[] {
    const uses: LimitUse[] = [];
    for (const { name, most, window } of this.#stated?.rows ?? []) {
      if (name !== "rpd") uses.push({ name, limit: most, used: window.total(now) });
    }
    const concurrency = this.#limits?.concurrency;
    if (concurrency !== undefined) uses.push({ name: "concurrency", limit: concurrency, used: this.inFlight });
    const budget = this.#budget;
    if (budget !== undefined) uses.push({ name: "budget", limit: budget.most, used: budget.spent(now) });
    return uses;
  }

  /** What a restart must not forget; undefined where that is nothing. */
  state(now: number): AccountState | undefined {
    if (this.lastUsed === undefined && this.#pending === undefined) return undefined;
    const days = this.#stated?.daysSpent(now) ?? this.#pending?.days;
    const budget = this.#budget?.state(now) ?? this.#pending?.budget;
    return {
      lastUsed: this.lastUsed,
      requests: this.requests,
      ...(days !== undefined && { days }),
      ...(budget !== undefined && { budget }),
    };
  }

  restore({ lastUsed, requests = 0, ...spent }: AccountState, now: number): void {
    this.lastUsed = lastUsed;
    this.requests = requests;
    if (this.#limits === undefined) this.#pending = spent;
    else this.#restoreSpent(spent, now);
  }

  /** After the clock went back. */
  rebase(now: number): void {
    this.#stated?.rebase(now);
    this.#budget?.rebase(now);
  }

  #setStated(limits: TokenLimits | undefined, now: number): void {
    if (limits?.rpm === undefined && limits?.tpm === undefined && limits?.tpd === undefined) {
      this.#stated = undefined;
      return;
    }
    const { rpm, tpm, tpd, day } = limits;
    const old = this.#stated;
    if (old === undefined) {
      this.#stated = new StatedLimits({ rpm, tpm, tpd, day });
      return;
    }
    // Windows of another day begin empty.
    const spent = old.limits.day === day ? undefined : old.daysSpent(now);
    old.replace({ rpm, tpm, tpd, day });
    if (spent !== undefined) old.restoreDays(spent, now);
  }

  #setBudget(limits: TokenLimits | undefined, now: number): void {
    const old = this.#budget;
    const fresh = limits?.budget && new BudgetMeter(limits.budget, limits.day);
    this.#budget = fresh;
    const spent = old?.state(now);
    if (fresh !== undefined && spent !== undefined) fresh.restore(spent, now);
  }

  #restoreSpent({ days, budget }: Pick<AccountState, "days" | "budget">, now: number): void {
    // A clock that went back meanwhile must give no tokens back.
    const spent = days?.tpd?.map(([at, amount]) => [Math.min(at, now), amount] as const);
    if (spent !== undefined) this.#stated?.restoreDays({ tpd: spent }, now);
    if (budget !== undefined) this.#budget?.restore(budget, now);
  }

  #statedHoldup(cost: Cost, now: number): Holdup | undefined {
    let last: Holdup | undefined;
    for (const { name, unit, most, window } of this.#stated?.rows ?? []) {
      const until = window.freeAt(most - Math.min(cost[unit], most), now);
      if (until <= (last?.until ?? now) || name === "rpd") continue;
      // A request that was made stays made, however it ends.
      const held = name === "tpm" ? (this.#reservedTokens?.total(now) ?? 0) : this.#reserved.tokens;
      const isReserved = unit === "tokens" && window.total(now) - held + Math.min(cost.tokens, most) <= most;
      last = { limit: name, until, isReserved };
    }
    return last;
  }

  #budgetHoldup({ nanos }: Cost, now: number): Holdup | undefined {
    const budget = this.#budget;
    if (budget === undefined || nanos === 0) return undefined;
    const until = budget.freeAt(nanos, now);
    if (until <= now) return undefined;
    return { limit: "budget", until, isReserved: budget.spent(now) - this.#reserved.nanos + nanos <= budget.most };
  }

  #change(taking: Taking, cost: Cost, now: number): void {
    const before = taking.cost;
    taking.cost = cost;
    const change = {
      requests: cost.requests - before.requests,
      tokens: cost.tokens - before.tokens,
      nanos: cost.nanos - before.nanos,
    };
    this.#add(change, taking.at, now);
  }

  #add(cost: Cost, at: number, now: number): void {
    this.#stated?.add(cost, at, now);
    if (cost.nanos !== 0) this.#budget?.add(cost.nanos, at, now);
  }

  #reserve(
    { requests, tokens, nanos }: Cost,
    sign: 1 | -1,
    { at, now }: { readonly at: number; readonly now: number },
  ): void {
    if (this.#limits?.tpm !== undefined) this.#reservedTokens ??= new SlidingWindow(MINUTE_MS, MINUTE_STEPS);
    this.#reservedTokens?.add(sign * tokens, at, now);
    this.#reserved = {
      requests: this.#reserved.requests + sign * requests,
      tokens: this.#reserved.tokens + sign * tokens,
      nanos: this.#reserved.nanos + sign * nanos,
    };
  }
}
