// Health of outbound proxies: when one goes out, what asks it then, and how it comes back.
import { expect, test } from "bun:test";
import { type OutboundProxy, parseOutboundProxy } from "../../src/config/outbound-proxy.ts";
import type { OutboundFault } from "../../src/outbound/outbound-fault.ts";
import { OutboundHealth } from "../../src/outbound/outbound-health.ts";
import { OutboundRoute } from "../../src/outbound/outbound-route.ts";

const REFUSED: OutboundFault = { code: "PROXY_UNREACHABLE", detail: "ECONNREFUSED" };
const T0 = 1_800_000_000_000;
const FIRST_REST = 30_000;

const ALL = ["a", "b", "c"].map((name) => proxyOf(`http://${name}.example:3128`));
const ROUTE = new OutboundRoute({ proxies: ALL, bind: "key" }, "key-1");
const [FIRST, SECOND, THIRD] = ROUTE.ranked(Math.random).map(({ id }) => id) as [string, string, string];

function proxyOf(url: string): OutboundProxy {
  const reading = parseOutboundProxy(url);
  if (!reading.ok) throw new Error("not a proxy");
  return reading.proxy;
}

function healthOf(maxFailures = 3): OutboundHealth {
  const health = new OutboundHealth();
  health.use(new Set(ALL.map(({ id }) => id)), maxFailures);
  return health;
}

function fail(health: OutboundHealth, id: string, now: number, times = 3) {
  let change: ReturnType<OutboundHealth["noteFailure"]>;
  for (let time = 0; time < times; time++) change = health.noteFailure(id, REFUSED, now, now) ?? change;
  return change;
}

function orderAt(health: OutboundHealth, now: number): readonly string[] {
  return health.order(ROUTE, now, Math.random).map(({ id }) => id);
}

test("it goes out after max_failures in a row, and only its own keys move", () => {
  const health = healthOf();
  expect(fail(health, FIRST, T0, 2)).toBeUndefined();
  expect(orderAt(health, T0)).toEqual([FIRST, SECOND, THIRD]);
  expect(fail(health, FIRST, T0 + 1, 1)).toEqual({
    proxy: FIRST,
    from: "ready",
    to: "out",
    until: T0 + 1 + FIRST_REST,
    fault: expect.objectContaining(REFUSED),
  });
  expect(orderAt(health, T0 + 2)).toEqual([SECOND, THIRD, FIRST]);
});

test("a success between failures begins the count anew", () => {
  const health = healthOf();
  for (let round = 0; round < 5; round++) {
    fail(health, FIRST, T0 + round, 2);
    health.noteSuccess(FIRST, T0 + round, T0 + round);
  }
  expect(health.report(FIRST, T0 + 9).state).toBe("ready");
});

test("ways that were begun before the failure was known are one event with it", () => {
  const health = healthOf();
  for (let way = 0; way < 20; way++) health.noteFailure(FIRST, REFUSED, T0, T0 + 10);
  expect(health.report(FIRST, T0 + 10)).toMatchObject({ state: "ready", failures: 1 });
  // Neither does what began earlier disprove it.
  health.noteSuccess(FIRST, T0 + 9, T0 + 11);
  expect(health.report(FIRST, T0 + 11).failures).toBe(1);
});

test("max_failures of 0 lets no proxy go out", () => {
  const health = healthOf(0);
  expect(fail(health, FIRST, T0, 50)).toBeUndefined();
  expect(orderAt(health, T0)).toEqual([FIRST, SECOND, THIRD]);
});

test("due, it takes one call as its probe, while the others keep to the healthy ones", () => {
  const health = healthOf();
  fail(health, FIRST, T0);
  const due = T0 + FIRST_REST;
  expect(orderAt(health, due - 1)[0]).toBe(SECOND);
  expect(orderAt(health, due)[0]).toBe(FIRST);
  expect(orderAt(health, due)[0]).toBe(SECOND);
  // Nobody heard of the probe again.
  expect(orderAt(health, due + 10_000)[0]).toBe(FIRST);
});

test("an answer on a connection from before ends a rest that is over, but neither one that is not nor a row of failures", () => {
  const health = healthOf();
  fail(health, FIRST, T0, 2);
  health.noteAnswer(FIRST, T0 + 1, T0 + 1);
  expect(health.report(FIRST, T0 + 1).failures).toBe(2);
  fail(health, FIRST, T0 + 2, 1);
  expect(health.noteAnswer(FIRST, T0 + 3, T0 + 3)).toBeUndefined();
  const due = T0 + 2 + FIRST_REST;
  expect(health.noteAnswer(FIRST, due, due)).toMatchObject({ from: "half_open", to: "ready" });
});

test("a probe that fails doubles the rest up to half an hour; one that succeeds ends it", () => {
  const health = healthOf();
  fail(health, FIRST, T0);
  let now = T0;
  const rests: number[] = [];
  for (let round = 0; round < 9; round++) {
    now = health.report(FIRST, now).until ?? 0;
    fail(health, FIRST, now, 1);
    rests.push(((health.report(FIRST, now).until ?? 0) - now) / 1_000);
  }
  expect(rests).toEqual([60, 120, 240, 480, 960, 1_800, 1_800, 1_800, 1_800]);
  const change = health.noteSuccess(FIRST, now + 1, now + 1);
  expect(change).toMatchObject({ from: "out", to: "ready" });
  expect(orderAt(health, now + 1)).toEqual([FIRST, SECOND, THIRD]);
});

test("what is asked in its rest for want of another makes the rest no longer", () => {
  const health = healthOf();
  fail(health, FIRST, T0);
  fail(health, FIRST, T0 + 5, 10);
  expect(health.report(FIRST, T0 + 6).until).toBe(T0 + FIRST_REST);
});

test("with all of them out the one that is due first is asked first", () => {
  const health = healthOf();
  for (const [at, id] of [THIRD, FIRST, SECOND].entries()) fail(health, id, T0 + at);
  expect(orderAt(health, T0 + 9)).toEqual([THIRD, FIRST, SECOND]);
  expect(health.isCutOff(ROUTE.config, T0 + 9)).toBe(true);
  expect(health.isCutOff(ROUTE.config, T0 + FIRST_REST)).toBe(false);
});

test("while its probe is under way one that is due is as good as out: who has another way does not wait for it", () => {
  const health = healthOf();
  const config = { proxies: ALL.slice(0, 1), bind: "key" } as const;
  const id = ALL[0]?.id ?? "";
  fail(health, id, T0);
  const due = T0 + FIRST_REST;
  expect(health.isCutOff(config, due)).toBe(false);
  health.order(new OutboundRoute(config, "key-1"), due, Math.random);
  expect(health.isCutOff(config, due + 1)).toBe(true);
  // Nobody heard of the probe again.
  expect(health.isCutOff(config, due + 10_000)).toBe(false);
});

test("nothing is cut off while one is well, or where there is no proxy at all", () => {
  const health = healthOf();
  fail(health, FIRST, T0);
  expect(health.isCutOff(ROUTE.config, T0)).toBe(false);
  expect(health.isCutOff({ proxies: [], bind: "key" }, T0)).toBe(false);
});

test("a disabled one is never asked, whatever happens, until it is enabled", () => {
  const health = healthOf();
  expect(health.setDisabled(FIRST, true, T0)).toMatchObject({ from: "ready", to: "disabled" });
  expect(health.setDisabled(FIRST, true, T0 + 1)).toBeUndefined();
  health.noteSuccess(FIRST, T0 + 2, T0 + 2);
  expect(orderAt(health, T0 + 2)).toEqual([SECOND, THIRD]);
  expect(health.report(FIRST, T0 + 2)).toMatchObject({ state: "disabled", since: T0 });
  expect(health.setDisabled(FIRST, false, T0 + 3)).toMatchObject({ from: "disabled", to: "ready" });
  expect(orderAt(health, T0 + 3)).toEqual([FIRST, SECOND, THIRD]);
});

test("enabling lets one in at once that rests", () => {
  const health = healthOf();
  fail(health, FIRST, T0);
  expect(health.setDisabled(FIRST, false, T0 + 1)).toMatchObject({ from: "out", to: "ready" });
});

test("a restart keeps rests and what an operator disabled", () => {
  const health = healthOf();
  fail(health, FIRST, T0);
  health.setDisabled(SECOND, true, T0 + 1);
  fail(health, THIRD, T0, 1);
  const entries = JSON.parse(JSON.stringify([...health.entries()]));
  expect(entries).toHaveLength(2);
  const fresh = healthOf();
  fresh.restore(entries, T0 + 2);
  for (const id of [FIRST, SECOND])
    expect(fresh.report(id, T0 + 2)).toMatchObject({ state: health.report(id, T0 + 2).state });
  expect(orderAt(fresh, T0 + 2)).toEqual([THIRD, FIRST]);
  expect(fresh.report(FIRST, T0 + 2).until).toBe(T0 + FIRST_REST);
});

test("a clock that goes back makes no rest longer, and failures count again", () => {
  const health = healthOf();
  fail(health, FIRST, T0);
  const back = T0 - 3_600_000;
  health.clockWentBack(back);
  expect(health.report(FIRST, back).until).toBe(back + FIRST_REST);
  expect(health.noteSuccess(FIRST, back, back)).toMatchObject({ to: "ready" });
});

test("health of what is not configured is kept, for 1,000 proxies", () => {
  const health = healthOf();
  for (let proxy = 0; proxy < 1_500; proxy++) health.setDisabled(`absent-${proxy}`, true, T0);
  health.setDisabled(FIRST, true, T0);
  health.use(new Set([FIRST]), 3);
  expect([...health.entries()]).toHaveLength(1_001);
  expect(health.report(FIRST, T0).state).toBe("disabled");
});

test("what is saved at once lasts a minute or more, or is the operator's will", () => {
  const health = healthOf();
  const seen = () => [health.revision.lasting, health.revision.passing];
  fail(health, FIRST, T0);
  expect(seen()).toEqual([0, 1]);
  fail(health, FIRST, T0 + FIRST_REST, 1);
  expect(seen()).toEqual([1, 1]);
  health.setDisabled(SECOND, true, T0);
  expect(seen()).toEqual([2, 1]);
});
