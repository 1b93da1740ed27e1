// Any traffic against pools with limits of every kind, beside the plainest account of what was admitted.

import { expect } from "bun:test";
import type { Attempt, Limits, Need, PoolSpec, Tried } from "../../src/balancer/contract.ts";
import { explainAll } from "./explain-all.ts";
import { balancerOf, Driver, HOUR, MINUTE, needFor, SETTINGS, seeded, verdictOf } from "./fixtures.ts";
import type { Request, Step } from "./traffic-arbitraries.ts";

interface Admitted {
  readonly at: number;
  readonly key: string;
  readonly model: string | undefined;
  requests: number;
  tokens: number;
  isRunning: boolean;
}

interface Running {
  readonly attempt: Attempt;
  readonly request: { readonly need: Need; readonly tried: Tried[] };
  readonly admitted: Admitted;
}

/** Plays steps and checks the laws at each of them. */
export class Traffic {
  driver: Driver;
  readonly #pools: readonly PoolSpec[];
  readonly #admitted: Admitted[] = [];
  #running: Running[] = [];

  constructor(pools: readonly PoolSpec[]) {
    this.#pools = pools;
    this.driver = new Driver(balancerOf(pools, seeded(7)));
  }

  play(step: Step): void {
    if (step.kind === "request") this.#next({ need: needOfRequest(step), tried: [] }, step.tokens ?? 0);
    else if (step.kind === "verdict") this.#verdict(step);
    else if (step.kind === "pause") this.driver.now += step.ms;
    else if (step.kind === "wait-out") this.#waitOut(step.model);
    else if (step.kind === "operate") this.#operate(step);
    else if (step.kind === "everyone") this.#meetAll(step);
    else if (step.kind === "reload") this.driver.balancer.replacePools(this.#pools, SETTINGS, this.driver.now);
    else this.#restart();
  }

  /** Everything ends; a day later nothing is in anybody's way. */
  finish(): void {
    for (const { attempt } of this.#running) this.driver.balancer.end(attempt, this.driver.now);
    this.#running = [];
    this.driver.now += 49 * HOUR;
    const { balancer, now } = this.driver;
    const places = this.#pools.flatMap(({ provider, keys }) => keys.map(({ id }) => ({ provider, keyId: id })));
    balancer.setDisabled(places, false, now);
    balancer.replacePools(this.#pools, SETTINGS, now);
    for (const { provider, keys } of balancer.report(now)) {
      const need = needFor([[{ provider, model: "known" }]]);
      for (const { keyId, isUsable, obstacles } of explainAll(balancer, need, now)) {
        expect([keyId, isUsable, isUsable ? [] : obstacles]).toEqual([keyId, true, []]);
      }
      for (const { inFlight, limits } of keys) {
        expect(inFlight).toBe(0);
        for (const { name, used } of limits) if (name === "concurrency") expect(used).toBe(0);
      }
    }
  }

  #next(request: Running["request"], tokens: number): void {
    const { balancer, now } = this.driver;
    const { need, tried } = request;
    const before = balancer.report(now);
    const explained = explainAll(balancer, need, now);
    const pick = balancer.pick(need, tried, now);
    expect(balancer.report(now)).toEqual(before as never);
    // Who is picked may be left to chance.
    expect(explainAll(balancer, need, now).map(({ isUsable }) => isUsable)).toEqual(
      explained.map(({ isUsable }) => isUsable),
    );
    if (tried.length === 0) {
      expect(pick.kind === "candidate").toBe(explained.some(({ isUsable }) => isUsable));
      if (pick.kind === "wait") expect(pick.until).toBeGreaterThan(now);
    }
    if (pick.kind !== "candidate") return;
    const { candidate } = pick;
    const found = explained.find(({ keyId, target }) => keyId === candidate.keyId && target.model === candidate.model);
    expect([candidate, found?.isUsable]).toEqual([candidate, true]);
    const admitted = { at: now, key: candidate.keyId, model: candidate.model, requests: 1, tokens, isRunning: true };
    if (need.isFree !== true) this.#expectWithinLimits(admitted);
    this.#running.push({ attempt: balancer.begin(candidate, need, now), request, admitted });
    this.#admitted.push(need.isFree === true ? { ...admitted, requests: 0, tokens: 0, isRunning: false } : admitted);
  }

  #expectWithinLimits(next: Admitted): void {
    const spec = this.#pools.flatMap(({ keys }) => keys).find(({ id }) => id === next.key);
    const ofKey = this.#admitted.filter(({ key }) => key === next.key);
    expectRoom(spec?.limits, ofKey, next);
    const ofModel = ofKey.filter(({ model }) => model === next.model);
    if (next.model !== undefined) expectRoom(spec?.modelLimits?.(next.model), ofModel, next);
  }

  #verdict({ at, effect, quota, ends, isSent, tokens }: Extract<Step, { kind: "verdict" }>): void {
    const index = this.#running.length === 0 ? -1 : at % this.#running.length;
    const running = this.#running[index];
    if (running === undefined) return;
    const { balancer, now } = this.driver;
    const verdict = { ...verdictOf(effect), ...(quota !== undefined && { quota }) };
    balancer.judge(running.attempt, verdict, now);
    if (!ends) return;
    balancer.settle(running.attempt, tokens === undefined ? undefined : { promptTokens: tokens }, isSent, now);
    balancer.end(running.attempt, now);
    const { admitted, request } = running;
    admitted.isRunning = false;
    if (!isSent) Object.assign(admitted, { requests: 0, tokens: 0 });
    else if (tokens !== undefined) admitted.tokens = tokens;
    this.#running.splice(index, 1);
    if (verdict.next === "stop") return;
    const { candidate } = running.attempt;
    this.#next(
      { need: request.need, tried: [...request.tried, { candidate, verdict }] },
      request.need.estimate?.().input ?? 0,
    );
  }

  /** Waits as it is told: until then nothing becomes usable by the clock alone, and then something is, or later. */
  #waitOut(model: string | undefined): void {
    const { balancer } = this.driver;
    const need = needFor([[{ provider: "p", model }]], { estimate: () => ({ input: 15, maxOutput: 0 }) });
    for (let looks = 0; looks < 20; looks++) {
      const { now } = this.driver;
      const pick = balancer.pick(need, [], now);
      if (pick.kind !== "wait" || pick.until === Number.POSITIVE_INFINITY) return;
      const { until } = pick;
      expect(until).toBeGreaterThan(now);
      // Rounded up to a millisecond, from a sum of fractions.
      this.driver.now = Math.max(now, Math.ceil(until) - 2);
      if (this.driver.now > now) expect(balancer.pick(need, [], this.driver.now).kind).not.toBe("candidate");
      this.driver.now = Math.ceil(until);
    }
  }

  #meetAll({ but, effect }: Extract<Step, { kind: "everyone" }>): void {
    const { balancer, now } = this.driver;
    for (let i = 0; i < (this.#pools[0]?.keys.length ?? 0); i++) {
      const need = needFor([[{ provider: "p", model: "known" }]], { client: `client-${i}` });
      const candidate = { provider: "p", keyId: `p${i}`, model: "known" };
      const isUsable = explainAll(balancer, need, now).some((it) => it.keyId === candidate.keyId && it.isUsable);
      if (i === but || !isUsable) continue;
      const attempt = balancer.begin(candidate, need, now);
      balancer.judge(attempt, verdictOf(effect), now);
      balancer.end(attempt, now);
      this.#admitted.push({ at: now, key: candidate.keyId, model: "known", requests: 1, tokens: 0, isRunning: false });
    }
    this.#next({ need: needFor([[{ provider: "p", model: "known" }]]), tried: [] }, 0);
  }

  #operate({ at, isForAll, action }: Extract<Step, { kind: "operate" }>): void {
    const { balancer, now } = this.driver;
    const places = this.#pools.flatMap(({ provider, keys }) => keys.map(({ id }) => ({ provider, keyId: id })));
    const chosen = isForAll ? places : [places[at % places.length] ?? { provider: "", keyId: "" }];
    if (action === "reset") balancer.reset(chosen, now);
    else if (action === "reset-model") balancer.reset(chosen, now, { model: "known" });
    else balancer.setDisabled(chosen, action === "disable", now);
  }

  /** Health is what it was; minutes and slots are gone with the process. */
  #restart(): void {
    const { balancer, now } = this.driver;
    for (const { attempt, admitted } of this.#running) {
      balancer.end(attempt, now);
      admitted.isRunning = false;
    }
    this.#running = [];
    const written = JSON.parse(JSON.stringify([...balancer.entries(now)]));
    this.driver = new Driver(balancerOf(this.#pools, seeded(7)));
    this.driver.now = now;
    this.driver.balancer.restore(written, now);
    expect(JSON.parse(JSON.stringify([...this.driver.balancer.entries(now)]))).toEqual(written);
    this.driver.now += MINUTE;
  }
}

function needOfRequest({ model, route: kind, client, tokens, text, isFree }: Request): Need {
  const [p, q] = [
    { provider: "p", model },
    { provider: "q", model },
  ];
  const route = { p: [[p]], "p, q": [[p], [q]], "p and q": [[p, q]] }[kind];
  return needFor(route, {
    client,
    ...(tokens !== undefined && { estimate: () => ({ input: tokens, maxOutput: 0 }) }),
    affinity: () => text,
    ...(isFree && { isFree: true as const }),
  });
}

/** What the limits must have had room for, counted from nothing but what was admitted. */
function expectRoom(limits: Limits | undefined, admitted: readonly Admitted[], next: Admitted): void {
  if (limits === undefined) return;
  const { rpm, rpd, tpm, concurrency, day } = limits;
  const sum = (unit: "requests" | "tokens", isIn: (it: Admitted) => boolean) =>
    admitted.reduce((total, it) => total + (isIn(it) ? it[unit] : 0), 0);
  const inMinute = ({ at }: Admitted) => at > next.at - MINUTE;
  const dayOf = new Intl.DateTimeFormat("en-CA", { timeZone: day === "rolling" ? "UTC" : day }).format;
  const inDay = ({ at }: Admitted) => (day === "rolling" ? at > next.at - 24 * HOUR : dayOf(at) === dayOf(next.at));
  if (rpm !== undefined) expect(sum("requests", inMinute) + 1).toBeLessThanOrEqual(rpm);
  if (rpd !== undefined) expect(sum("requests", inDay) + 1).toBeLessThanOrEqual(rpd);
  if (tpm !== undefined) {
    expect(sum("tokens", inMinute)).toBeLessThanOrEqual(tpm - Math.min(tpm, next.tokens));
  }
  const running = admitted.filter(({ isRunning }) => isRunning).length;
  if (concurrency !== undefined) expect(running + 1).toBeLessThanOrEqual(concurrency);
}
