// The best that could be done: a scheduler that knows every limit and every dead key, and no fault beforehand.
import { RetryBudget } from "../../src/balancer/retry-budget.ts";
import type { Config } from "../../src/config/config.ts";
import { buildProvider } from "../../src/upstream/build-provider.ts";
import type { Provider } from "../../src/upstream/provider.ts";
import type { Transport } from "../../src/upstream/transport.ts";
import type { Arrival } from "../arrivals.ts";
import type { Random } from "../random.ts";
import type { Scenario } from "../scenario.ts";
import type { Quota } from "../upstream/quota.ts";
import { type Reply, UpstreamProvider } from "../upstream/upstream-provider.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { buildConfig } from "../world/build-config.ts";
import type { Ending } from "../world/call-record.ts";
import { LivingQuotas, type Opened } from "./living-quotas.ts";
import { OracleRequest, type ProviderFault } from "./oracle-request.ts";
import { WaitingLine } from "./waiting-line.ts";

export interface OracleRun {
  /** By the number of the arrival. */
  readonly endings: readonly Ending[];
  /** When requests arrived for which no room was found in time. */
  readonly turnedAwayAt: readonly number[];
}

export interface OracleOptions {
  readonly scenario: Scenario;
  readonly arrivals: readonly Arrival[];
  readonly random: Random;
}

/** Plays all arrivals against the oracle. */
export function runOracle(options: OracleOptions): OracleRun {
  return new Oracle(options).run();
}

/** What the oracle knows of one provider. */
interface Site {
  readonly provider: Provider;
  readonly upstream: UpstreamProvider;
  readonly budget: RetryBudget;
  readonly quotas: Map<string, LivingQuotas>;
}

const NO_TRANSPORT: Transport = {
  start: () => {
    throw new Error("Cannot call: the oracle has no transport");
  },
  close: async () => {},
};

class Oracle {
  readonly #arrivals: readonly Arrival[];
  readonly #clock: VirtualClock;
  readonly #config: Config;
  readonly #maxWaitMs: number;
  readonly #sites: ReadonlyMap<string, Site>;
  readonly #lines = new Map<string, WaitingLine>();
  readonly #isWaiting = new Set<OracleRequest>();
  readonly #endings: Ending[] = [];
  readonly #turnedAwayAt: number[] = [];

  constructor({ scenario, arrivals, random }: OracleOptions) {
    this.#arrivals = arrivals;
    this.#clock = new VirtualClock(random);
    // Its keys are those of the upstream; the gateway's are not needed.
    const bare = { ...scenario, providers: scenario.providers.map((provider) => ({ ...provider, keys: 0 })) };
    this.#config = buildConfig(bare);
    this.#maxWaitMs = scenario.queue.maxWaitMs;
    this.#sites = new Map(
      this.#config.providers.map((config, index) => {
        const spec = scenario.providers[index];
        if (spec === undefined) throw new Error("Cannot play a provider that the scenario does not have");
        const provider = buildProvider(config, NO_TRANSPORT);
        const upstream = new UpstreamProvider(spec);
        return [config.name, { provider, upstream, budget: new RetryBudget(), quotas: new Map() }];
      }),
    );
  }

  run(): OracleRun {
    this.#arrive(0);
    this.#clock.run();
    return { endings: this.#endings, turnedAwayAt: this.#turnedAwayAt };
  }

  #arrive(index: number): void {
    const arrival = this.#arrivals[index];
    if (arrival === undefined) return;
    this.#clock.at(arrival.at, () => {
      this.#arrive(index + 1);
      const { maxRotations } = this.#config.retry;
      const commitMs = this.#config.providers[0]?.timeouts.commitMs ?? 0;
      this.#enter(new OracleRequest(arrival, { maxWaitMs: this.#maxWaitMs, maxRotations, commitMs }));
    });
  }

  /** Starts the request, or lines it up behind those who wait for the same. */
  #enter(request: OracleRequest): void {
    const line = this.#lineOf(request);
    if (line.first() === undefined && this.#place(request)) return;
    if (this.#clock.now() > request.deadline) {
      this.#turnAway(request);
      return;
    }
    line.add(request);
    const { queue } = request;
    this.#clock.at(request.deadline, () => {
      if (!request.isOver && request.queue === queue && this.#isWaiting.has(request)) this.#turnAway(request);
    });
    this.#isWaiting.add(request);
    this.#wakeLater(line);
  }

  #turnAway(request: OracleRequest): void {
    this.#turnedAwayAt.push(request.arrival.at);
    this.#over(request, false, "no-room");
  }

  #lineOf({ queue }: OracleRequest): WaitingLine {
    const line = this.#lines.get(queue) ?? new WaitingLine();
    this.#lines.set(queue, line);
    return line;
  }

  #advance(line: WaitingLine): void {
    for (let first = line.first(); first !== undefined; first = line.first()) {
      if (!this.#place(first)) break;
      line.shift();
    }
    this.#wakeLater(line);
  }

  /** Looks again when room is due; what ends before that wakes by itself. */
  #wakeLater(line: WaitingLine): void {
    line.stopTimer();
    const first = line.first();
    if (first === undefined) return;
    const now = this.#clock.now();
    const at = first.providers.reduce((least, name) => {
      return Math.min(least, this.#quotasOf(name, first.arrival).freeAt(first.spending, now));
    }, Number.POSITIVE_INFINITY);
    // Also where that is too late for the first: those behind it may wait longer.
    if (Number.isFinite(at)) line.stopTimer = this.#clock.schedule(at - now, () => this.#advance(line));
  }

  /** Starts an attempt at the first provider of the route that has room. */
  #place(request: OracleRequest): boolean {
    for (const name of request.providers) {
      const source = this.#quotasOf(name, request.arrival).take(request.spending, this.#clock.now());
      if (source === undefined) continue;
      this.#isWaiting.delete(request);
      this.#attempt(request, this.#siteOf(name), source);
      return true;
    }
    return false;
  }

  #attempt(request: OracleRequest, site: Site, { key, quota }: Opened): void {
    const now = this.#clock.now();
    if (request.isFirstAt(site.provider.config.name)) site.budget.noteFirst(now);
    const reply = site.upstream.call(key, request.arrival, now);
    if (reply.kind === "served") {
      this.#clock.schedule(reply.afterMs, () => {
        reply.release();
        this.#over(request, true, "200");
        this.#released(site, quota);
      });
      return;
    }
    if (reply.refusal.cause !== "fault") throw new Error(`The oracle met a ${reply.refusal.cause} that it knows of`);
    const fault = this.#faultOf(reply, site);
    this.#clock.schedule(fault.spentMs, () => this.#goOn(request, site, fault));
  }

  #faultOf(reply: Exclude<Reply, { kind: "served" }>, { provider }: Site): ProviderFault {
    if (reply.kind !== "hang") return { kind: reply.kind, spentMs: reply.afterMs };
    return { kind: "timeout", spentMs: provider.config.timeouts.responseRetryMs };
  }

  #goOn(request: OracleRequest, site: Site, fault: ProviderFault): void {
    if (!request.fail(site.provider, fault, this.#clock.now())) {
      this.#over(request, false, "fault");
      return;
    }
    if (request.providers.length > 0) {
      this.#enter(request);
      return;
    }
    this.#retry(request, site);
  }

  /** A further attempt at a provider that failed waits, and costs the budget of that provider. */
  #retry(request: OracleRequest, { provider, budget }: Site): void {
    const { name } = provider.config;
    const limits = { share: this.#config.retry.budget, minimum: this.#config.retry.budgetMin };
    if (!request.ledger.mayRetry(provider) || !budget.take(limits, this.#clock.now())) {
      this.#over(request, false, "fault");
      return;
    }
    request.ledger.noteRetry(name);
    this.#clock.schedule(request.ledger.backoffMs(this.#clock.random()), () => {
      request.retryAt = name;
      this.#enter(request);
    });
  }

  #released(site: Site, quota: Quota): void {
    const wakes = [...site.quotas.values()].filter((quotas) => quotas.released(quota));
    if (wakes.length === 0) return;
    for (const line of this.#lines.values()) {
      if (line.first() !== undefined) this.#advance(line);
    }
  }

  #over(request: OracleRequest, isServed: boolean, code: string): void {
    request.isOver = true;
    this.#isWaiting.delete(request);
    const now = this.#clock.now();
    this.#endings[request.arrival.index] = { isServed, at: now, code, queuedMs: now - request.arrival.at };
  }

  #quotasOf(name: string, { model }: Arrival): LivingQuotas {
    const { quotas, upstream } = this.#siteOf(name);
    const known = quotas.get(model.name) ?? new LivingQuotas(upstream, model.name);
    quotas.set(model.name, known);
    return known;
  }

  #siteOf(name: string): Site {
    const site = this.#sites.get(name);
    if (site === undefined) throw new Error(`The scenario has no provider "${name}"`);
    return site;
  }
}
