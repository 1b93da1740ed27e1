// Closed-loop clients in virtual time: the attempt loop in miniature, driving the real balancer.
import type { Balancer } from "../../src/balancer/balancer.ts";
import type { Candidate, Change, Need, NoneReason, Tried } from "../../src/balancer/contract.ts";
import type { Effect } from "../../src/core/verdict.ts";
import { START, verdictOf } from "./fixtures.ts";

/** What a modelled upstream does with one call: how long it takes and how it ends; infinity never ends. */
export interface Answer {
  readonly afterMs: number;
  readonly effect: Effect;
}

export interface SimulationOptions {
  readonly balancer: Balancer;
  readonly clients: number;
  readonly need: (client: string) => Need;
  readonly upstream: (candidate: Candidate, now: number) => Answer;
  /** Pause of a client after a failed request. */
  readonly pauseMs?: number;
}

const MAX_ROTATIONS = 32;
const MAX_RETRIES = 3;
const BACK_OFF_MS = 200;

/** A simulation that can be run on in steps. */
export class Simulation {
  now = START;
  readonly calls: { readonly candidate: Candidate; readonly at: number; readonly inFlight: number }[] = [];
  readonly changes: Change[] = [];
  readonly failures: (NoneReason | "limit")[] = [];
  served = 0;
  /** Served requests by client. */
  readonly servedBy = new Map<string, number>();
  readonly #options: SimulationOptions;
  readonly #events: { readonly at: number; readonly run: () => void }[] = [];
  readonly #inFlight = new Map<string, number>();

  constructor(options: SimulationOptions) {
    this.#options = options;
    for (let i = 0; i < options.clients; i++) this.#after(0, () => this.#request(`client-${i}`));
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (let next = this.#events[0]; next !== undefined && next.at <= end; next = this.#events[0]) {
      this.#events.shift();
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }

  #after(ms: number, run: () => void): void {
    if (!Number.isFinite(ms)) return;
    const at = this.now + ms;
    const index = this.#events.findIndex((event) => event.at > at);
    this.#events.splice(index === -1 ? this.#events.length : index, 0, { at, run });
  }

  #request(client: string): void {
    this.#next({ client, need: this.#options.need(client), tried: [], rotations: 0, retries: 0 });
  }

  #next(request: SimulatedRequest): void {
    const { balancer } = this.#options;
    const pick = balancer.pick(request.need, request.tried, this.now);
    if (pick.kind !== "candidate") {
      this.#fail(request, pick.reason);
      return;
    }
    const lastNext = request.tried.at(-1)?.verdict.next;
    if (lastNext === "rotate") request.rotations += 1;
    else if (lastNext !== undefined) request.retries += 1;
    const isSpent = request.rotations > MAX_ROTATIONS || request.retries > MAX_RETRIES;
    const failed = request.tried.findLast(({ candidate }) => candidate.provider === pick.candidate.provider)?.candidate;
    const grant = pick.again && failed !== undefined ? balancer.takeRetry(failed, this.now) : "free";
    if (isSpent || grant === "denied") this.#fail(request, "limit");
    else if (grant === "paid") this.#after(BACK_OFF_MS, () => this.#attempt(request, pick.candidate));
    else this.#attempt(request, pick.candidate);
  }

  #attempt(request: SimulatedRequest, candidate: Candidate): void {
    const { balancer, upstream } = this.#options;
    const attempt = balancer.begin(candidate, request.need, this.now);
    const inFlight = (this.#inFlight.get(candidate.keyId) ?? 0) + 1;
    this.#inFlight.set(candidate.keyId, inFlight);
    this.calls.push({ candidate, at: this.now, inFlight });
    const { afterMs, effect } = upstream(candidate, this.now);
    this.#after(afterMs, () => {
      this.#inFlight.set(candidate.keyId, (this.#inFlight.get(candidate.keyId) ?? 0) - 1);
      const verdict = verdictOf(effect);
      this.changes.push(...balancer.judge(attempt, verdict, this.now));
      balancer.end(attempt, this.now);
      if (effect.kind === "success") return this.#serve(request.client);
      request.tried.push({ candidate, verdict });
      if (verdict.next === "stop") return this.#fail(request, "limit");
      this.#next(request);
    });
  }

  #serve(client: string): void {
    this.served += 1;
    this.servedBy.set(client, (this.servedBy.get(client) ?? 0) + 1);
    this.#after(0, () => this.#request(client));
  }

  #fail({ client }: SimulatedRequest, reason: NoneReason | "limit"): void {
    this.failures.push(reason);
    this.#after(this.#options.pauseMs ?? 100, () => this.#request(client));
  }
}

interface SimulatedRequest {
  readonly client: string;
  readonly need: Need;
  readonly tried: Tried[];
  rotations: number;
  retries: number;
}
