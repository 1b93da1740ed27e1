// How the outbound proxies fare: which of them a call asks, in which order, and until when one rests.
import type { OutboundConfig, OutboundProxy } from "../config/outbound-proxy.ts";
import type { OutboundFault } from "./outbound-fault.ts";
import type { OutboundRoute } from "./outbound-route.ts";
import type { OutboundEntry, OutboundRest } from "./outbound-state.ts";

/** A proxy rests so long, twice as long with each further failure of a probe. */
const FIRST_REST_MS = 30_000;
const MAX_REST_MS = 30 * 60_000;
/** A probe that nobody hears of again does not keep others away for longer. */
const PROBE_MS = 10_000;
/** The health of proxies that are not configured now is kept for so many. */
const MAX_ABSENT = 1_000;
/** What lasts so long is on the disk at once. */
const LASTING_MS = 60_000;

/** `out`: it rests, others go first. `half_open`: its rest is over, one call at a time finds out. `disabled`: by an operator. */
export type OutboundStateName = "ready" | "half_open" | "out" | "disabled";

/** A proxy that went out, came back, or was kept out or let in by an operator. */
export interface OutboundChange {
  readonly proxy: string;
  readonly from: OutboundStateName;
  readonly to: OutboundStateName;
  readonly until: number | undefined;
  readonly fault: OutboundFault | undefined;
}

/** How one proxy fares. `since`, `until` and `fault` are of its rest; `failures`: consecutive ones. */
export interface OutboundReport {
  readonly state: OutboundStateName;
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly fault: OutboundFault | undefined;
  readonly failures: number;
}

interface ProxyHealth {
  disabledSince: number | undefined;
  failures: number;
  lastFailureAt: number;
  lastFault: OutboundFault | undefined;
  rest: OutboundRest | undefined;
  probeUntil: number;
}

/** Keeps health by proxy id. It has no clock: `now` is wall-clock milliseconds. */
export class OutboundHealth {
  readonly revision = { lasting: 0, passing: 0, tallies: 0 };
  readonly #byId = new Map<string, ProxyHealth>();
  #maxFailures = 0;

  /** Takes over another configuration; the health of proxies that are gone from it is kept for their return. */
  use(ids: ReadonlySet<string>, maxFailures: number): void {
    this.#maxFailures = maxFailures;
    let absent = [...this.#byId.keys()].filter((id) => !ids.has(id));
    absent = absent.slice(0, Math.max(0, absent.length - MAX_ABSENT));
    for (const id of absent) this.#byId.delete(id);
  }

  /**
   * The proxies to ask, one after the other: those that are well as the route ranks them, then those that rest, the
   * first to be due in front. One that is due takes one call at a time as its probe. Disabled ones are never asked.
   */
  order(route: OutboundRoute, now: number, random: () => number): readonly OutboundProxy[] {
    const ranked = route.ranked(random);
    if (this.#byId.size === 0) return ranked;
    const well: OutboundProxy[] = [];
    const others: OutboundProxy[] = [];
    for (const proxy of ranked) {
      const health = this.#byId.get(proxy.id);
      if (health?.disabledSince !== undefined) continue;
      const mayProbe = well.length === 0 && health !== undefined && health.probeUntil <= now;
      if (health?.rest === undefined || (health.rest.until <= now && mayProbe)) well.push(proxy);
      else others.push(proxy);
    }
    const first = this.#byId.get(well[0]?.id ?? "");
    if (first?.rest !== undefined) first.probeUntil = now + PROBE_MS;
    const dueAt = ({ id }: OutboundProxy) => this.#byId.get(id)?.rest?.until ?? 0;
    return [...well, ...others.sort((a, b) => dueAt(a) - dueAt(b))];
  }

  /** Where the next call goes: one proxy where they are bound by key, else all that may be; nothing is changed. */
  boundTo(route: OutboundRoute, now: number): readonly OutboundProxy[] {
    const open = route.ranked(() => 0).filter(({ id }) => this.#byId.get(id)?.disabledSince === undefined);
    const well = open.filter(({ id }) => (this.#byId.get(id)?.rest?.until ?? 0) <= now);
    if (route.config.bind === "random") return well.length > 0 ? well : open;
    const dueAt = ({ id }: OutboundProxy) => this.#byId.get(id)?.rest?.until ?? 0;
    return [...well, ...open.toSorted((a, b) => dueAt(a) - dueAt(b))].slice(0, 1);
  }

  /** Whether every one of the proxies is out, has its probe under way, or is disabled: who has another way takes that. */
  isCutOff({ proxies }: OutboundConfig, now: number): boolean {
    if (this.#byId.size === 0 || proxies.length === 0) return false;
    return proxies.every(({ id }) => {
      const health = this.#byId.get(id);
      if (health === undefined) return false;
      const { disabledSince, rest, probeUntil } = health;
      return disabledSince !== undefined || (rest !== undefined && Math.max(rest.until, probeUntil) > now);
    });
  }

  /** A way through the proxy that was begun at `startedAt` stands. What it disproves ends. */
  noteSuccess(id: string, startedAt: number, now: number): OutboundChange | undefined {
    const health = this.#byId.get(id);
    if (health === undefined || startedAt < health.lastFailureAt) return undefined;
    const from = this.#stateOf(health, now);
    health.failures = 0;
    health.probeUntil = 0;
    if (health.rest === undefined) return undefined;
    health.rest = undefined;
    this.revision.lasting++;
    return this.#change(id, from, now);
  }

  /** A call was answered through the proxy, maybe on a connection from before: one that is due has been found to work. */
  noteAnswer(id: string, startedAt: number, now: number): OutboundChange | undefined {
    const rest = this.#byId.get(id)?.rest;
    return rest === undefined || rest.until > now ? undefined : this.noteSuccess(id, startedAt, now);
  }

  /** It did not come about. Ways that were begun before the last failure was known are one event with it. */
  noteFailure(id: string, fault: OutboundFault, startedAt: number, now: number): OutboundChange | undefined {
    const health = this.#of(id);
    if (startedAt < health.lastFailureAt) return undefined;
    const from = this.#stateOf(health, now);
    health.lastFailureAt = now;
    health.lastFault = fault;
    health.failures += 1;
    health.probeUntil = 0;
    // What is asked in its rest, for want of another, makes the rest no longer.
    const isResting = health.rest !== undefined && health.rest.until > now;
    if (this.#maxFailures === 0 || isResting || (health.rest === undefined && health.failures < this.#maxFailures)) {
      return undefined;
    }
    const step = (health.rest?.step ?? -1) + 1;
    const restMs = restOf(step);
    health.rest = { since: health.rest?.since ?? now, until: now + restMs, step, ...fault };
    if (restMs >= LASTING_MS) this.revision.lasting++;
    else this.revision.passing++;
    return this.#change(id, from, now);
  }

  /** Another password may be what was wanted: it begins anew, unless an operator keeps it out. */
  forgive(id: string): void {
    const health = this.#byId.get(id);
    if (health === undefined || health.disabledSince !== undefined) return;
    this.#byId.delete(id);
    this.revision.lasting++;
  }

  /** An operator keeps the proxy out, or lets it in whatever happened before. */
  setDisabled(id: string, isDisabled: boolean, now: number): OutboundChange | undefined {
    const health = this.#of(id);
    const from = this.#stateOf(health, now);
    if (isDisabled) health.disabledSince ??= now;
    else Object.assign(health, blank());
    this.revision.lasting++;
    const change = this.#change(id, from, now);
    return change.from === change.to ? undefined : change;
  }

  report(id: string, now: number): OutboundReport {
    const health = this.#byId.get(id) ?? blank();
    const { rest, failures, disabledSince, lastFault } = health;
    return {
      state: this.#stateOf(health, now),
      since: disabledSince ?? rest?.since,
      until: disabledSince === undefined ? rest?.until : undefined,
      fault: rest ?? (failures > 0 ? lastFault : undefined),
      failures,
    };
  }

  /** No rest lasts longer because the clock was set back. */
  clockWentBack(now: number): void {
    for (const health of this.#byId.values()) {
      const { rest } = health;
      if (rest !== undefined) health.rest = { ...rest, until: Math.min(rest.until, now + restOf(rest.step)) };
      health.lastFailureAt = Math.min(health.lastFailureAt, now);
      health.probeUntil = Math.min(health.probeUntil, now + PROBE_MS);
    }
  }

  /** What a restart must not forget. */
  *entries(): Iterable<OutboundEntry> {
    for (const [proxy, { disabledSince: disabled, rest }] of this.#byId) {
      if (disabled === undefined && rest === undefined) continue;
      const state = { ...(disabled !== undefined && { disabled }), ...(rest !== undefined && { rest }) };
      yield { kind: "outbound", proxy, state };
    }
  }

  restore(entries: readonly OutboundEntry[], now: number): void {
    for (const { proxy, state } of entries) {
      Object.assign(this.#of(proxy), { disabledSince: state.disabled, rest: state.rest });
    }
    this.clockWentBack(now);
  }

  #of(id: string): ProxyHealth {
    let health = this.#byId.get(id);
    if (health === undefined) {
      health = blank();
      this.#byId.set(id, health);
    }
    return health;
  }

  #stateOf({ disabledSince, rest }: ProxyHealth, now: number): OutboundStateName {
    if (disabledSince !== undefined) return "disabled";
    if (rest === undefined) return "ready";
    return rest.until > now ? "out" : "half_open";
  }

  #change(id: string, from: OutboundStateName, now: number): OutboundChange {
    const { state, until, fault } = this.report(id, now);
    return { proxy: id, from, to: state, until, fault };
  }
}

function restOf(step: number): number {
  return Math.min(FIRST_REST_MS * 2 ** step, MAX_REST_MS);
}

function blank(): ProxyHealth {
  return {
    disabledSince: undefined,
    failures: 0,
    lastFailureAt: 0,
    lastFault: undefined,
    rest: undefined,
    probeUntil: 0,
  };
}
