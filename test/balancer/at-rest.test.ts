// Whatever attempts took is given back: slots of keys, pools, models and groups, probes, places among those that wait.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { admit } from "../../src/balancer/admission.ts";
import type { KeyHealth } from "../../src/balancer/key-health.ts";
import { Pool } from "../../src/balancer/pool.ts";
import { RequestMarks } from "../../src/balancer/request-marks.ts";
import { RunningAttempt } from "../../src/balancer/running-attempt.ts";
import { keySpec, MINUTE, needFor, poolSpec, SECOND, START } from "./fixtures.ts";

const LIMITS = { rpm: 100, concurrency: 50, day: "UTC" };
const ORIGIN = { reason: "test", status: undefined, message: undefined };

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom("begin", "begin", "begin", "answer", "release", "settle", "end", "rest", "move", "drop"),
    at: fc.nat(30),
    isFree: fc.boolean(),
    model: fc.constantFrom("known", "other", undefined),
    ms: fc.constantFrom(0, SECOND, 11 * SECOND),
  }),
  { maxLength: 80, size: "max" },
);

function poolOf(): Pool {
  const keys = ["a", "b", "c"].map((id) => keySpec(id, { limits: LIMITS, quotaGroup: id === "c" ? undefined : "g" }));
  const pool = new Pool(poolSpec("p", keys));
  for (const model of ["known", "other", ""]) pool.touchModel(model, START);
  return pool;
}

/** The key was without credit, and is half-open. */
function rest(key: KeyHealth, now: number, order: number): void {
  const penalty = { cause: "exhausted" as const, stated: true, lengthMs: () => 1, origin: ORIGIN };
  key.rests.impose(penalty, { now: now - 1, began: order, order, capMs: MINUTE });
}

function expectAtRest(pool: Pool): void {
  expect(pool.inFlight).toBe(0);
  for (const [, model] of pool.models())
    expect([model.waiting.size, model.breaker.probe.isRunning]).toEqual([0, false]);
  expect(pool.breaker.probe.isRunning).toBe(false);
  for (const key of pool.keys.values()) {
    expect([key.inFlight, key.meter?.inFlight, key.probe.isRunning]).toEqual([0, 0, false]);
    const parts = [
      ...key.models.values(),
      ...key.groups.flatMap((group) => [...group.parts()].map(([, part]) => part)),
    ];
    for (const { meter, probe } of parts) expect([meter.inFlight, probe.isRunning]).toEqual([0, false]);
  }
}

test("nothing is left of attempts that ended, in whatever order and after whatever else", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const pool = poolOf();
      const keys = [...pool.keys.values()];
      const running: RunningAttempt[] = [];
      let now = START;
      for (const [i, { kind, at, isFree, model, ms }] of all.entries()) {
        now += ms;
        const key = keys[at % keys.length] as KeyHealth;
        const attempt = running[at % Math.max(1, running.length)];
        if (kind === "begin") {
          const candidate = { provider: "p", keyId: key.spec.id, model };
          const need = needFor([[{ provider: "p", model }]], isFree ? { isFree: true } : {});
          const begun = new RunningAttempt({ candidate, need, startedAt: now, order: i, place: { pool, key } });
          admit(begun, { pool, key }, new RequestMarks());
          running.push(begun);
        } else if (kind === "rest") rest(key, now, i);
        else if (kind === "move") pool.noteOwner(key, { organization: `o${at % 2}` });
        else if (kind === "drop") pool.resetKey(key);
        else if (kind === "answer") attempt?.noteAnswer();
        else if (kind === "release") attempt?.releaseProbes();
        else if (kind === "settle") attempt?.settle(at, at % 2 === 0, now);
        else if (attempt !== undefined) {
          attempt.end(now);
          running.splice(running.indexOf(attempt), 1);
        }
        expect(pool.inFlight).toBe(running.length);
        for (const each of keys) expect(each.meter?.inFlight ?? 0).toBeGreaterThanOrEqual(0);
      }
      for (const attempt of running) attempt.end(now);
      expectAtRest(pool);
    }),
    { numRuns: 150 },
  );
});
