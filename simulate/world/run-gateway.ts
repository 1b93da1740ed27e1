// The gateway of a simulation: the real balancer, attempt loop and queue over simulated providers.
import { Balancer } from "../../src/balancer/balancer.ts";
import type { Change, Target } from "../../src/balancer/contract.ts";
import type { Config } from "../../src/config/config.ts";
import { poolSpecs } from "../../src/daemon/pool-specs.ts";
import type { LiveEnd } from "../../src/proxy/answer/live-answer.ts";
import { type LoopDeps, runAttempts } from "../../src/proxy/attempt/attempt-loop.ts";
import { endAttempt } from "../../src/proxy/attempt/end-attempt.ts";
import type { RunEnd } from "../../src/proxy/attempt/run-end.ts";
import type { ClientRequest } from "../../src/proxy/client-request.ts";
import { operationOf } from "../../src/proxy/paths/operations.ts";
import { beginTrace } from "../../src/proxy/trace.ts";
import { classify } from "../../src/upstream/classify.ts";
import type { Arrival } from "../arrivals.ts";
import type { Random } from "../random.ts";
import type { Scenario } from "../scenario.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { buildConfig } from "./build-config.ts";
import type { CallRecord, Ending } from "./call-record.ts";
import { loopOf } from "./loop-of.ts";
import { queryOf } from "./simulated-transport.ts";

export interface GatewayRun {
  /** By the number of the arrival. */
  readonly endings: readonly Ending[];
  readonly calls: readonly CallRecord[];
  readonly changes: readonly Change[];
}

export interface GatewayOptions {
  readonly scenario: Scenario;
  readonly arrivals: readonly Arrival[];
  readonly random: Random;
  /** In place of the real one, to prove that the bounds tell a bad balancer. */
  readonly createBalancer?: CreateBalancer;
}

export type CreateBalancer = (...parts: ConstructorParameters<typeof Balancer>) => Balancer;

/** Plays all arrivals against the gateway, until the last one has ended. @throws if one never ends. */
export function runGateway(options: GatewayOptions): GatewayRun {
  return new Gateway(options).run();
}

type Live = Extract<RunEnd, { kind: "live" }>;

const HEADERS = new Headers({ "content-type": "application/json" });
const OPERATION = operationOf("POST", "/chat/completions");

class Gateway {
  readonly #arrivals: readonly Arrival[];
  readonly #clock: VirtualClock;
  readonly #balancer: Balancer;
  readonly #loop: LoopDeps;
  readonly #routes: ReadonlyMap<string, readonly (readonly Target[])[]>;
  readonly #bodies = new Map<string, Uint8Array>();
  readonly #calls: CallRecord[] = [];
  readonly #changes: Change[] = [];
  readonly #endings: Ending[] = [];
  #fault: unknown;

  constructor({ scenario, arrivals, random, createBalancer = realBalancer }: GatewayOptions) {
    const config = buildConfig(scenario);
    this.#arrivals = arrivals;
    this.#clock = new VirtualClock(random);
    this.#balancer = createBalancer(
      poolSpecs(config, () => false),
      settingsOf(config),
      random,
    );
    this.#routes = new Map(
      scenario.models.map(({ name, route }) => [
        name,
        route.map((tier) => tier.map((provider) => ({ provider, model: name }))),
      ]),
    );
    this.#loop = loopOf(config, scenario, {
      balancer: this.#balancer,
      clock: this.#clock,
      arrivals,
      onCall: (record) => void this.#calls.push(record),
      onChanges: (changes) => void this.#changes.push(...changes),
    });
  }

  run(): GatewayRun {
    this.#arrive(0);
    this.#clock.run();
    if (this.#fault !== undefined) throw this.#fault;
    const lost = this.#arrivals.find(({ index }) => this.#endings[index] === undefined);
    if (lost !== undefined) throw new Error(`Cannot measure: request ${lost.index} never ended`);
    return { endings: this.#endings, calls: this.#calls, changes: this.#changes };
  }

  // One event at a time, so that the heap stays small.
  #arrive(index: number): void {
    const arrival = this.#arrivals[index];
    if (arrival === undefined) return;
    this.#clock.at(arrival.at, () => {
      this.#arrive(index + 1);
      this.#ask(arrival).catch((error: unknown) => {
        this.#fault ??= error;
      });
    });
  }

  async #ask(arrival: Arrival): Promise<void> {
    const trace = beginTrace(`${arrival.index}`, "POST", arrival.at);
    const end = await runAttempts(this.#requestOf(arrival), this.#loop, trace);
    const calledMs = trace.attempts.reduce((sum, { startedAt, endedAt }) => sum + endedAt - startedAt, 0);
    const queuedMs = this.#clock.now() - arrival.at - calledMs;
    if (end.kind === "live") this.#relay(arrival, end, queuedMs);
    else this.#over(arrival, { isServed: end.kind === "whole", code: codeOf(end), queuedMs });
  }

  #relay(arrival: Arrival, { answer, attempt, provider }: Live, queuedMs: number): void {
    answer.whenOver((end: LiveEnd) => {
      const now = this.#clock.now();
      const { dialect, config } = provider;
      const facts = {
        dialect,
        clientSentOrganization: false,
        rules: config.rules,
        now,
        redact: (text: string) => text,
      };
      this.#loop.onChanges(this.#balancer.judge(attempt, classify(answer.outcomeOf(end), facts), now));
      endAttempt(attempt, { usage: answer.pipe.usage, isSent: true }, this.#loop);
      this.#over(arrival, { isServed: end.kind === "complete", code: end.kind, queuedMs });
    });
    answer.attach({ write: () => {}, end: () => {} });
  }

  #over({ index }: Arrival, ending: Omit<Ending, "at">): void {
    this.#endings[index] = { ...ending, at: this.#clock.now() };
  }

  #requestOf(arrival: Arrival): ClientRequest {
    const { model, inputTokens, maxOutput, isStream, client, at } = arrival;
    return {
      method: "POST",
      operation: OPERATION,
      computes: true,
      native: false,
      rest: "/chat/completions",
      query: queryOf(arrival),
      headers: HEADERS,
      body: this.#bodyOf(model.name),
      facts: { isJson: true, model: model.name, stream: isStream, hasConversation: false, hasEncryptedContent: false },
      wantsStream: isStream,
      need: {
        route: this.#routes.get(model.name) ?? [],
        operation: OPERATION.name,
        client: `client-${client}`,
        estimate: () => ({ input: inputTokens, maxOutput }),
      },
      signal: new AbortController().signal,
      receivedAt: at,
    };
  }

  #bodyOf(model: string): Uint8Array {
    const known = this.#bodies.get(model);
    if (known !== undefined) return known;
    const body = new TextEncoder().encode(JSON.stringify({ model, messages: [] }));
    this.#bodies.set(model, body);
    return body;
  }
}

function codeOf(end: Exclude<RunEnd, Live>): string {
  switch (end.kind) {
    case "whole":
      return "200";
    case "upstream-error":
      return `${end.answer.status}`;
    case "refusal":
      return end.code;
    case "client-gone":
      return end.kind;
    default:
      return end satisfies never;
  }
}

function realBalancer(...parts: ConstructorParameters<typeof Balancer>): Balancer {
  return new Balancer(...parts);
}

function settingsOf({ health, retry, strategy }: Config) {
  return {
    maxCooldownMs: health.maxCooldownMs,
    retryBudget: retry.budget,
    retryBudgetMin: retry.budgetMin,
    strategy,
  };
}
