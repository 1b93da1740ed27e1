// One provider with one key, the probe of it, and the answers that it may meet.
import type { Effect } from "../../src/core/verdict.ts";
import { type ProbeEnd, runProbe } from "../../src/proxy/attempt/probe.ts";
import { timeoutsOf } from "../../src/proxy/attempt/timeouts-of.ts";
import { verdictOf } from "../balancer/fixtures.ts";
import { answers, DEAD_KEY, FAULT, LIMITED, NO_CREDIT, OK, provider, type Script, World } from "./fixtures.ts";

export const MODELS = { object: "list", data: [{ id: "m", object: "model" }] };
export const SCOPES = {
  error: { message: "You have insufficient permissions. Missing scopes: model.read", code: null },
};

export const ANSWERS: Readonly<Record<string, Script>> = {
  "200": (call) => (call.call.method === "GET" ? call.json(200, MODELS) : call.json(200, OK)),
  "401": answers(401, DEAD_KEY),
  "429 no credit": answers(429, NO_CREDIT),
  "429 rate": answers(429, LIMITED, { "retry-after": "60" }),
  "403": answers(403, { error: { message: "no", code: null } }),
  "403 scope": answers(403, SCOPES),
  "404 model": answers(404, { error: { message: "no", code: "model_not_found", type: "invalid_request_error" } }),
  "400": answers(400, { error: { message: "no", code: null } }),
  "500": answers(500, FAULT),
  "503": answers(503, FAULT, { "retry-after": "60" }),
};

export interface Run {
  readonly model?: string | undefined;
  readonly signal?: AbortSignal;
  readonly isForHealth?: boolean;
}

/** One provider with one key, and the probe of it. */
export class Probed implements AsyncDisposable {
  readonly world: World;

  constructor(fields: object = {}, script?: Script) {
    this.world = new World({ providers: [provider("p", 1, fields)] });
    if (script !== undefined) this.world.script = script;
  }

  get key() {
    const found = this.world.setup.providers.get("p")?.keys.values().next().value;
    if (found === undefined) throw new Error("The provider has no key");
    return found;
  }

  run({ model, signal = new AbortController().signal, isForHealth = true }: Run = {}): Promise<ProbeEnd> {
    const { setup, time, balancer, changes } = this.world;
    const found = setup.providers.get("p");
    if (found === undefined) throw new Error("There is no provider");
    return runProbe(
      { provider: found, key: this.key, model, signal },
      {
        balancer: isForHealth ? balancer : undefined,
        timing: time,
        timeoutsOf,
        redact: (text) => text,
        onChanges: (given) => void changes.push(...given),
      },
    );
  }

  chat(run: Run = {}): Promise<ProbeEnd> {
    return this.run({ model: "m", ...run });
  }

  /** Puts the key into a state by what an attempt of a client met. */
  meet(effect: Effect, times = 1): void {
    const { balancer, time } = this.world;
    for (let i = 0; i < times; i++) {
      const need = { route: [[{ provider: "p", model: "m" }]], operation: "chat/completions", client: `c${i}` };
      const attempt = balancer.begin({ provider: "p", keyId: this.key.id, model: "m" }, need, time.now());
      balancer.judge(attempt, verdictOf(effect), time.now());
      balancer.end(attempt, time.now());
    }
  }

  get report() {
    const [pool] = this.world.balancer.report(this.world.time.now());
    const [key] = pool?.keys ?? [];
    if (pool === undefined || key === undefined) throw new Error("There is no key");
    return { pool, key };
  }

  /** `invalid`, or `ready, m cooling`; after it the state of the provider unless that is up. */
  get state(): string {
    const { pool, key } = this.report;
    const parts = key.parts.map(({ model, operation, state }) => `${model ?? operation} ${state}`);
    return [key.state, ...parts, ...(pool.state === "up" ? [] : [`provider ${pool.state}`])].join(", ");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }
}
