// Failed keys are tried again by the clock: which ones, when, how far apart, and what a reload or a stop changes.
import { describe, expect, test } from "bun:test";
import type { KeyReport, KeyStateName } from "../../../src/balancer/contract.ts";
import type { HealthConfig } from "../../../src/config/config.ts";
import { CallSpacing } from "../../../src/daemon/call-spacing.ts";
import { type KeyPool, recheckJob } from "../../../src/daemon/jobs/recheck.ts";
import { HOUR, MINUTE, SECOND } from "../../balancer/fixtures.ts";
import { VirtualTime } from "../../proxy/fixtures.ts";
import { JobLab } from "./job-lab.ts";

function report(id: string, state: KeyStateName, failures: number): KeyReport {
  const none = {
    lastUsed: undefined,
    since: undefined,
    until: undefined,
    reason: undefined,
    status: undefined,
    message: undefined,
  };
  return { id, name: id, state, failures, inFlight: 0, used: 0, failed: 0, limits: [], groups: [], parts: [], ...none };
}

/** Keys by provider, each with its state and its failures in a row. */
type Pools = Readonly<Record<string, Readonly<Record<string, readonly [KeyStateName, number]>>>>;

class Checked implements Disposable {
  readonly time = new VirtualTime();
  readonly #startedAt = this.time.now();
  /** Seconds since the start and the key, in order. */
  readonly checks: string[] = [];
  readonly signals: AbortSignal[] = [];
  health: HealthConfig;
  pools: Pools;
  /** What a check does besides. */
  onCheck: (keyId: string) => void | Promise<void> = () => {};
  readonly lab: JobLab;

  constructor(pools: Pools, health: Partial<HealthConfig> = {}) {
    this.pools = pools;
    this.health = { maxCooldownMs: 24 * HOUR, probe: "models", checkIntervalMs: HOUR, ...health };
    const job = recheckJob({
      health: () => this.health,
      pools: () => this.#ids(),
      key: (provider, keyId) => this.#reportOf(provider, keyId),
      check: async (provider, keyId, signal) => {
        this.checks.push(`${(this.time.now() - this.#startedAt) / SECOND} ${provider}/${keyId}`);
        this.signals.push(signal);
        await this.onCheck(keyId);
        return { isOk: this.#reportOf(provider, keyId)?.state === "ready", outcome: "any" };
      },
      spacing: new CallSpacing(this.time),
    });
    this.lab = new JobLab([job], this.time);
    this.lab.jobs.start();
  }

  [Symbol.dispose](): void {
    this.lab[Symbol.dispose]();
  }

  #ids(): readonly KeyPool[] {
    return Object.entries(this.pools).map(([provider, keys]) => ({ provider, keys: Object.keys(keys) }));
  }

  #reportOf(provider: string, keyId: string): KeyReport | undefined {
    const found = this.pools[provider]?.[keyId];
    return found && report(keyId, ...found);
  }
}

const EVERY: Pools = {
  p: {
    ready: ["ready", 0],
    failing: ["ready", 2],
    limited: ["cooling", 0],
    refused: ["cooling", 3],
    exhausted: ["exhausted", 0],
    invalid: ["invalid", 0],
    trial: ["half_open", 0],
    disabled: ["disabled", 3],
  },
};

describe("Recheck tries", () => {
  test.each<[HealthConfig["probe"], readonly string[]]>([
    // A free call says nothing of credit, nor of a model that fails.
    ["models", ["refused", "invalid", "trial"]],
    ["chat", ["failing", "refused", "exhausted", "invalid", "trial"]],
    ["off", []],
  ])("with probe %s these keys: %p", async (probe, expected) => {
    using checked = new Checked(EVERY, { probe });
    await checked.time.advance(HOUR + 10 * SECOND);
    expect(checked.checks.map((check) => check.split("/")[1] ?? "")).toEqual([...expected]);
  });

  test("nothing while the interval is 0", async () => {
    using checked = new Checked(EVERY, { checkIntervalMs: 0 });
    await checked.time.advance(48 * HOUR);
    expect(checked.checks).toEqual([]);
  });

  test("first after one interval, then after each", async () => {
    using checked = new Checked({ p: { a: ["invalid", 0] } });
    await checked.time.advance(HOUR - 1);
    expect(checked.checks).toEqual([]);
    await checked.time.advance(2 * HOUR + 1);
    expect(checked.checks).toEqual(["3600 p/a", "7200 p/a", "10800 p/a"]);
  });

  test("more often than once a minute where that is asked for", async () => {
    using checked = new Checked({ p: { a: ["invalid", 0] } }, { checkIntervalMs: 10 * SECOND });
    await checked.time.advance(30 * SECOND);
    expect(checked.checks).toEqual(["10 p/a", "20 p/a", "30 p/a"]);
  });

  test("the keys of one provider a second apart, providers beside each other", async () => {
    const dead = ["invalid", 0] as const;
    using checked = new Checked({ p: { a: dead, b: dead, c: dead }, q: { x: dead, y: dead } });
    await checked.time.advance(HOUR + MINUTE);
    expect(checked.checks).toEqual(["3600 p/a", "3600 q/x", "3601 p/b", "3601 q/y", "3602 p/c"]);
  });

  test("one key after the other, and waits for a slow one", async () => {
    using checked = new Checked({ p: { a: ["invalid", 0], b: ["invalid", 0] } });
    const slow = Promise.withResolvers<void>();
    checked.onCheck = (keyId) => (keyId === "a" ? slow.promise : undefined);
    await checked.time.advance(HOUR + 30 * SECOND);
    expect(checked.checks).toEqual(["3600 p/a"]);
    slow.resolve();
    await checked.time.advance(SECOND);
    expect(checked.checks).toEqual(["3600 p/a", "3631 p/b"]);
    // The next round is one interval after the end of this one.
    checked.onCheck = () => {};
    await checked.time.advance(HOUR);
    expect(checked.checks).toHaveLength(3);
  });
});

describe("Recheck leaves out, when its turn has come, a key that", () => {
  const dead: Pools = { p: { a: ["invalid", 0], b: ["invalid", 0], c: ["invalid", 0] } };
  test.each<[string, Pools]>([
    ["works again", { p: { a: ["invalid", 0], b: ["ready", 0], c: ["invalid", 0] } }],
    ["an operator disabled", { p: { a: ["invalid", 0], b: ["disabled", 0], c: ["invalid", 0] } }],
    ["is gone", { p: { a: ["invalid", 0], c: ["invalid", 0] } }],
  ])("%s", async (_what, next) => {
    using checked = new Checked(dead);
    checked.onCheck = () => {
      checked.pools = next;
    };
    await checked.time.advance(HOUR + MINUTE);
    expect(checked.checks).toEqual(["3600 p/a", "3602 p/c"]);
  });
});

describe("a reload", () => {
  test("that makes the interval shorter is heeded within a minute", async () => {
    using checked = new Checked({ p: { a: ["invalid", 0] } }, { checkIntervalMs: 24 * HOUR });
    await checked.time.advance(30 * MINUTE);
    checked.health = { ...checked.health, checkIntervalMs: 5 * MINUTE };
    await checked.time.advance(MINUTE);
    expect(checked.checks).toHaveLength(1);
    await checked.time.advance(5 * MINUTE);
    expect(checked.checks).toHaveLength(2);
  });

  test("that makes it longer is heeded before the old one is over", async () => {
    using checked = new Checked({ p: { a: ["invalid", 0] } }, { checkIntervalMs: 5 * MINUTE });
    await checked.time.advance(4 * MINUTE);
    checked.health = { ...checked.health, checkIntervalMs: HOUR };
    await checked.time.advance(55 * MINUTE);
    expect(checked.checks).toEqual([]);
    await checked.time.advance(MINUTE);
    expect(checked.checks).toEqual(["3600 p/a"]);
  });

  test("that turns checks on begins an interval, within a minute", async () => {
    using checked = new Checked({ p: { a: ["invalid", 0] } }, { probe: "off" });
    await checked.time.advance(10 * HOUR);
    checked.health = { ...checked.health, probe: "models" };
    await checked.time.advance(HOUR + MINUTE);
    expect(checked.checks).toHaveLength(1);
  });

  test("that turns them off ends a round that runs", async () => {
    using checked = new Checked({ p: { a: ["invalid", 0], b: ["invalid", 0] } });
    checked.onCheck = () => {
      checked.health = { ...checked.health, probe: "off" };
    };
    await checked.time.advance(3 * HOUR);
    expect(checked.checks).toEqual(["3600 p/a"]);
  });
});

describe("stop", () => {
  test("before the first round leaves no timer", async () => {
    const checked = new Checked(EVERY);
    checked.lab.jobs.end();
    expect(checked.time.pending).toBe(0);
    await checked.time.advance(2 * HOUR);
    expect(checked.checks).toEqual([]);
  });

  test("within a round aborts the call that runs, and nothing follows", async () => {
    const checked = new Checked({ p: { a: ["invalid", 0], b: ["invalid", 0] } });
    const running = Promise.withResolvers<void>();
    checked.onCheck = () => running.promise;
    await checked.time.advance(HOUR);
    checked.lab.jobs.end();
    expect(checked.signals.map(({ aborted }) => aborted)).toEqual([true]);
    running.resolve();
    await checked.time.advance(2 * HOUR);
    expect([checked.checks.length, checked.time.pending]).toEqual([1, 0]);
  });

  test("between two calls leaves no timer", async () => {
    const checked = new Checked({ p: { a: ["invalid", 0], b: ["invalid", 0] } });
    await checked.time.advance(HOUR);
    checked.lab.jobs.end();
    expect(checked.time.pending).toBe(0);
  });
});

describe("a run that an operator asks for", () => {
  const asked = async (checked: Checked) => {
    const { ended } = checked.lab.jobs.run("recheck");
    await checked.time.advance(10 * SECOND);
    return ended;
  };

  test("says how many keys were asked, came back and still fail", async () => {
    using checked = new Checked(EVERY);
    checked.onCheck = (keyId) => {
      if (keyId === "invalid") checked.pools = { p: { ...EVERY.p, invalid: ["ready", 0] } };
    };
    expect(await asked(checked)).toMatchObject({
      isAsked: true,
      fault: undefined,
      result: {
        words:
          "3 keys asked: 1 works again, 2 still fail; 1 without credit left out, which only health.probe chat would show",
        counts: { asked: 3, recovered: 1, failing: 2, left_out: 1 },
      },
    });
  });

  test.each<[string, Pools, string]>([
    ["no key", {}, "no key to ask"],
    ["no key that fails", { p: { a: ["ready", 0] } }, "no key to ask"],
    ["one key that fails", { p: { a: ["invalid", 0] } }, "1 key asked: 1 still fails"],
  ])("of %s comes to words of its own", async (_what, pools, words) => {
    using checked = new Checked(pools);
    expect((await asked(checked)).result?.words).toBe(words);
  });

  test.each<[string, Partial<HealthConfig>]>([
    ["off", { probe: "off" }],
    ["without an interval", { checkIntervalMs: 0 }],
  ])("is made while the checks are %s", async (_what, health) => {
    using checked = new Checked(EVERY, health);
    expect((await asked(checked)).result?.counts.asked).toBe(3);
  });

  test("counts nothing of a call that was broken off, or of one that was not made", async () => {
    using checked = new Checked({ p: { a: ["invalid", 0], b: ["invalid", 0] } });
    const second = Promise.withResolvers<void>();
    checked.onCheck = (keyId) => (keyId === "b" ? second.promise : undefined);
    const { ended } = checked.lab.jobs.run("recheck");
    await checked.time.advance(5 * SECOND);
    expect(checked.lab.jobs.list()[0]?.running?.soFar?.words).toBe("1 key asked: 1 still fails");
    await checked.lab.jobs.setStopped("recheck", true);
    second.resolve();
    expect(await ended).toMatchObject({ isBrokenOff: true, result: { counts: { asked: 1 } } });
  });
});
