// Providers that are out are asked in the background: when, with which key, what it changes, and what ends it.
import { describe, expect, test } from "bun:test";
import type { Need } from "../../src/balancer/contract.ts";
import type { Effect } from "../../src/core/verdict.ts";
import { CallSpacing } from "../../src/daemon/call-spacing.ts";
import type { ProbeMeans } from "../../src/daemon/next-probe.ts";
import { ProviderProbes } from "../../src/daemon/provider-probes.ts";
import { balancerOf, keySpecs, MINUTE, needOf, poolSpec, SECOND, verdictOf } from "../balancer/fixtures.ts";
import { VirtualTime } from "../proxy/fixtures.ts";

const FREE: ProbeMeans = { model: undefined };
const SUCCESS: Effect = { kind: "success", complete: true, latencyMs: 5 };
const UNREACHABLE: Effect = { kind: "unreachable" };

/** Two providers of 40 keys; what a probe meets is scripted. */
class Site implements Disposable {
  readonly time = new VirtualTime();
  readonly #startedAt = this.time.now();
  readonly balancer = balancerOf([poolSpec("p", keySpecs(40, "p")), poolSpec("q", keySpecs(2, "q"))]);
  /** Seconds since the start, and the provider. */
  readonly asked: string[] = [];
  readonly keys: string[] = [];
  readonly signals: AbortSignal[] = [];
  means: ProbeMeans | undefined = FREE;
  isOff = false;
  meets: Effect = SUCCESS;
  /** What a call waits for. */
  gate: Promise<void> = Promise.resolve();
  #probes: ProviderProbes | undefined;

  start(): void {
    this.#probes = new ProviderProbes({
      isOff: () => this.isOff,
      pools: () => this.balancer.summarize(this.time.now()),
      means: () => this.means,
      pick: (provider, means) => this.#pick(provider, means),
      check: async (provider, keyId, signal) => {
        this.asked.push(`${(this.time.now() - this.#startedAt) / SECOND} ${provider}`);
        this.keys.push(keyId);
        this.signals.push(signal);
        await this.gate;
        return this.meet(this.#needOf(provider, this.means ?? FREE), keyId, this.meets);
      },
      spacing: new CallSpacing(this.time),
      timing: this.time,
    });
  }

  stop(): void {
    this.#probes?.stop();
  }

  /** What a client or a probe meets. */
  meet(need: Need, keyId: string, effect: Effect) {
    const now = this.time.now();
    const [target = { provider: "p", model: undefined }] = need.route.flat();
    const attempt = this.balancer.begin({ ...target, keyId }, need, now);
    const verdict = verdictOf(effect);
    const changes = this.balancer.judge(attempt, verdict, now);
    this.balancer.end(attempt, now);
    this.#probes?.note(changes);
    return { isOk: verdict.outcome === "ok", outcome: verdict.outcome };
  }

  fail(provider: "p" | "q", effect: Effect = UNREACHABLE): void {
    for (let i = 0; i < 5; i++) this.meet(needOf(provider, { client: `c${i}` }), `${provider}0`, effect);
  }

  suspect(effect: Effect): void {
    for (let i = 0; i < 32; i++) this.meet(needOf("p"), `p${i}`, effect);
  }

  stateOf(provider: string) {
    return this.balancer.summarize(this.time.now()).find((pool) => pool.provider === provider);
  }

  [Symbol.dispose](): void {
    this.stop();
    expect(this.time.pending).toBe(0);
  }

  #needOf(provider: string, { model }: ProbeMeans): Need {
    const free = model === undefined ? ({ isFree: true } as const) : {};
    return { route: [[{ provider, model }]], operation: "models", client: "probe", ...free };
  }

  #pick(provider: string, means: ProbeMeans): string | undefined {
    const pick = this.balancer.pick(this.#needOf(provider, means), [], this.time.now());
    return pick.kind === "candidate" ? pick.candidate.keyId : undefined;
  }
}

function started(): Site {
  const site = new Site();
  site.start();
  return site;
}

describe("a provider whose breaker is open", () => {
  test("is asked after its open time, and is up after a free success", async () => {
    using site = started();
    site.fail("p");
    await site.time.advance(4_999);
    expect([site.asked, site.stateOf("p")?.state]).toEqual([[], "open"]);
    await site.time.advance(1);
    expect([site.asked, site.stateOf("p")?.state]).toEqual([["5 p"], "up"]);
    await site.time.advance(10 * MINUTE);
    expect(site.asked).toHaveLength(1);
  });

  test("is asked again after the doubled time, for as long as it fails", async () => {
    using site = started();
    site.meets = UNREACHABLE;
    site.fail("p");
    await site.time.advance(80 * SECOND);
    expect(site.asked).toEqual(["5 p", "15 p", "35 p", "75 p"]);
  });

  test("is asked every 10 s where it answers with faults that close nothing", async () => {
    using site = started();
    site.meets = { kind: "server-error" };
    site.fail("p");
    await site.time.advance(30 * SECOND);
    expect(site.asked).toEqual(["5 p", "15 p", "25 p"]);
  });

  test("is asked by one call at a time, and not once more where a client was faster", async () => {
    using site = started();
    const gate = Promise.withResolvers<void>();
    site.gate = gate.promise;
    site.fail("p");
    await site.time.advance(30 * SECOND);
    expect(site.asked).toEqual(["5 p"]);
    site.meet(needOf("p"), "p1", SUCCESS);
    gate.resolve();
    await site.time.advance(MINUTE);
    expect(site.asked).toHaveLength(1);
  });

  test("stays so for a model of it: a free success says nothing of that", async () => {
    using site = started();
    site.fail("p", { kind: "server-error" });
    site.fail("p");
    await site.time.advance(20 * SECOND);
    expect(site.asked).toEqual(["5 p"]);
    expect(site.stateOf("p")).toMatchObject({ state: "up", openModels: [{ model: "known", state: "half_open" }] });
  });

  test("is left to clients where the free call is none of the provider's", async () => {
    using site = started();
    site.meets = { kind: "none" };
    site.fail("p");
    await site.time.advance(10 * MINUTE);
    expect(site.asked).toEqual(["5 p"]);
    // Another trouble, another try.
    site.fail("p");
    await site.time.advance(10 * MINUTE);
    expect(site.asked).toHaveLength(2);
  });

  test("is asked beside others, and after a restart too", async () => {
    using site = new Site();
    site.fail("p");
    site.fail("q");
    site.start();
    await site.time.advance(MINUTE);
    expect(site.asked).toEqual(["5 p", "5 q"]);
  });
});

describe("a suspect provider", () => {
  test("is asked every 10 s, with one key after the other, and is trusted after a free success", async () => {
    using site = started();
    site.suspect({ kind: "key-invalid" });
    site.meets = { kind: "key-invalid" };
    await site.time.advance(34 * SECOND);
    expect(site.asked).toEqual(["11 p", "21 p", "31 p"]);
    expect(new Set(site.keys).size).toBe(3);
    site.meets = SUCCESS;
    await site.time.advance(11 * SECOND);
    expect(site.stateOf("p")).toMatchObject({ state: "up", keys: { ready: 40 } });
  });

  test("gives a client that comes in time its probe", async () => {
    using site = started();
    site.suspect({ kind: "key-invalid" });
    await site.time.advance(10_500);
    site.meet(needOf("p"), "p35", { kind: "key-invalid" });
    await site.time.advance(9 * SECOND);
    expect(site.asked).toEqual([]);
  });

  test("without credit is left to clients after a free success, which says nothing of it", async () => {
    using site = started();
    site.suspect({ kind: "key-exhausted" });
    await site.time.advance(10 * MINUTE);
    expect([site.asked, site.stateOf("p")?.state]).toEqual([["11 p"], "suspect"]);
    const pick = site.balancer.pick(needOf("p"), [], site.time.now());
    expect(pick.kind).toBe("candidate");
  });
});

describe("with a chat", () => {
  test("a model that fails is asked too, if it is the one to test with", async () => {
    using site = started();
    site.means = { model: "known" };
    site.fail("p", { kind: "server-error" });
    await site.time.advance(MINUTE);
    expect([site.asked, site.stateOf("p")?.openModels]).toEqual([["5 p"], []]);
  });

  test("no other model is", async () => {
    using site = started();
    site.means = { model: "other" };
    site.fail("p", { kind: "server-error" });
    await site.time.advance(MINUTE);
    expect(site.asked).toEqual([]);
  });

  test("credit is proved", async () => {
    using site = started();
    site.means = { model: "known" };
    site.suspect({ kind: "key-exhausted" });
    await site.time.advance(MINUTE);
    expect([site.asked, site.stateOf("p")?.state]).toEqual([["11 p"], "up"]);
  });
});

describe("nothing is asked", () => {
  test("while probes are off; within a minute after they are on", async () => {
    using site = started();
    site.isOff = true;
    site.fail("p");
    await site.time.advance(10 * MINUTE);
    expect(site.asked).toEqual([]);
    site.isOff = false;
    await site.time.advance(MINUTE);
    expect(site.asked).toHaveLength(1);
  });

  test("where no call tells anything", async () => {
    using site = started();
    site.means = undefined;
    site.fail("p");
    await site.time.advance(10 * MINUTE);
    expect([site.asked, site.time.pending]).toEqual([[], 0]);
  });

  test("after the end, which ends what runs", async () => {
    using site = started();
    site.gate = new Promise(() => {});
    site.fail("p");
    site.fail("q");
    await site.time.advance(5 * SECOND);
    site.stop();
    expect(site.signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    site.fail("q");
    await site.time.advance(MINUTE);
    expect([site.asked.length, site.time.pending]).toEqual([2, 0]);
  });
});
