// What is asked before a request of a limited token, and what its end means.
import { describe, expect, test } from "bun:test";
import { DAY, MINUTE, SECRET, TokenLab } from "./fixtures.ts";

const WHOLE = { end: "whole" } as const;
const used = (promptTokens: number, completionTokens: number) => ({ promptTokens, completionTokens });

describe("limits", () => {
  test("rpm: as many in any minute, whatever they were", () => {
    const lab = new TokenLab({ rpm: 2 });
    lab.permit(0, 0).settle(WHOLE);
    lab.now += 10_000;
    lab.permit(0, 0).settle({ end: "refused" });
    expect(lab.admit(0, 0)).toMatchObject({ ok: false, code: "rate_limit_exceeded", retryAfterMs: 51_000 });
    lab.now += 51_000;
    expect(lab.admit(0, 0).ok).toBe(true);
  });

  test("a request that reached nobody is given back", () => {
    const lab = new TokenLab({ rpm: 1, tpm: 100 });
    lab.permit(60, 40).settle({ end: "unsent" });
    expect(lab.permit(60, 40)).toBeDefined();
  });

  test("a body is not read for its size where no limit counts tokens", () => {
    const lab = new TokenLab({ rpm: 10, concurrency: 5 });
    const estimate = () => {
      throw new Error("Nobody asked");
    };
    lab.permit(0, 0, { estimate }).settle({ end: "whole", usage: used(5, 5) });
    expect(lab.used("rpm")).toBe(1);
  });

  test("concurrency: a slot is free once a request has ended, and nobody knows when", () => {
    const lab = new TokenLab({ concurrency: 1 });
    const first = lab.permit(0, 0);
    expect(lab.admit(0, 0)).toMatchObject({ ok: false, code: "rate_limit_exceeded", retryAfterMs: 1_000 });
    first.settle(WHOLE);
    expect(lab.admit(0, 0).ok).toBe(true);
  });

  test("tpm: what is reserved counts, and the difference is given back", () => {
    const lab = new TokenLab({ tpm: 100 });
    const first = lab.permit(10, 80);
    const refused = lab.admit(10, 10);
    // Once it has ended more may be left.
    expect(refused).toMatchObject({ ok: false, code: "token_limit_exceeded", retryAfterMs: 1_000 });
    first.settle({ end: "whole", usage: used(10, 20) });
    expect(lab.used("tpm")).toBe(30);
    expect(lab.admit(10, 60).ok).toBe(true);
    expect(lab.admit(1, 1)).toMatchObject({ ok: false });
  });

  test("tpd: the day begins at midnight in the zone", () => {
    const lab = new TokenLab({ tpd: 100, day: "UTC" });
    lab.permit(100, 0).settle({ end: "whole", usage: used(100, 0) });
    const midnight = Math.ceil(lab.now / DAY) * DAY;
    expect(lab.admit(1, 0)).toMatchObject({ code: "token_limit_exceeded", retryAfterMs: midnight - lab.now });
    lab.now = midnight;
    expect(lab.admit(1, 0).ok).toBe(true);
  });

  test("what is larger than a limit of tokens gets in once nothing else counts", () => {
    const lab = new TokenLab({ tpm: 100 });
    const small = lab.permit(1, 0);
    expect(lab.admit(500, 0).ok).toBe(false);
    small.settle({ end: "unsent" });
    expect(lab.admit(500, 0).ok).toBe(true);
    expect(lab.admit(1, 0).ok).toBe(false);
  });

  test("other limits take what is spent along, also those of a reload", () => {
    const lab = new TokenLab({ tpd: 1_000, budget: { amount: 1, per: "month" } });
    const running = lab.permit(100, 0);
    lab.setLimits({ tpd: 150, budget: { amount: 2, per: "month" }, day: "rolling" });
    expect([lab.used("tpd"), lab.used("budget")]).toEqual([100, 100_000_000]);
    expect(lab.admit(100, 0).ok).toBe(false);
    running.settle({ end: "whole", usage: used(20, 0) });
    expect([lab.used("tpd"), lab.used("budget")]).toEqual([20, 20_000_000]);
  });

  test("a token that is written down again has not forgotten", () => {
    const lab = new TokenLab({ tpd: 100 });
    lab.permit(90, 0).settle(WHOLE);
    lab.tokens.configure([], []);
    expect(lab.tokens.find(SECRET)).toBeUndefined();
    lab.setLimits({ tpd: 100 });
    expect(lab.used("tpd")).toBe(90);
  });
});

describe("budget", () => {
  const BUDGET = { amount: 1, per: "month" } as const;

  test("is spent by what the serving model costs, cached input apart", () => {
    const lab = new TokenLab({ budget: BUDGET });
    const permit = lab.permit(100, 100);
    expect(lab.used("budget")).toBe(300_000_000);
    const usage = { ...used(100, 10), cachedTokens: 40 };
    permit.settle({ end: "whole", usage, target: { provider: "p", model: "m" } });
    expect(lab.used("budget")).toBe((60 + 20 + 20) * 1_000_000);
  });

  test("refuses what does not fit, and says until when", () => {
    const lab = new TokenLab({ budget: BUDGET, day: "UTC" });
    lab.permit(900, 0).settle({ end: "whole", usage: used(900, 0) });
    const refused = lab.admit(101, 0);
    expect(refused).toMatchObject({ ok: false, code: "insufficient_quota" });
    const until = lab.now + (refused.ok ? 0 : (refused.retryAfterMs ?? 0));
    expect(new Date(until).toISOString()).toEndWith("-01T00:00:00.000Z");
    expect(lab.admit(100, 0).ok).toBe(true);
  });

  test("one that never comes back says no time", () => {
    const lab = new TokenLab({ budget: { amount: 1, per: "total" } });
    lab.permit(1_000, 0).settle({ end: "whole", usage: used(1_000, 0) });
    lab.now += 400 * DAY;
    const refused = lab.admit(1, 0);
    expect(refused).toMatchObject({ ok: false, code: "insufficient_quota" });
    expect(refused).not.toHaveProperty("retryAfterMs");
  });

  test("what others hold may be free again soon", () => {
    const lab = new TokenLab({ budget: BUDGET });
    lab.permit(900, 0);
    expect(lab.admit(200, 0)).toMatchObject({ code: "token_limit_exceeded", retryAfterMs: 1_000 });
    expect(lab.admit(2_000, 0)).toMatchObject({ code: "insufficient_quota" });
  });

  test("reserves the highest price of the route", () => {
    const lab = new TokenLab({ budget: BUDGET });
    const prices = [
      { models: ["cheap"], provider: undefined, input: 1_000, output: 1_000, cachedInput: 1_000 },
      { models: ["*"], provider: "q", input: 3_000, output: 500, cachedInput: 3_000 },
    ];
    lab.tokens.configure([{ name: "ci", token: SECRET, rules: { limits: { budget: BUDGET, day: "UTC" } } }], prices);
    const route = [[{ provider: "p", model: "cheap" }], [{ provider: "q", model: "large" }]];
    const permit = lab.permit(100, 100, { route });
    expect(lab.used("budget")).toBe((300 + 100) * 1_000_000);
    permit.settle({ end: "whole", usage: used(100, 100), target: { provider: "q", model: "large" } });
    expect(lab.used("budget")).toBe((300 + 50) * 1_000_000);
  });

  test.each([
    ["a model without a price", { route: [[{ provider: "p", model: "other" }]] }, "no price"],
    [
      "one target of several without a price",
      {
        route: [
          [
            { provider: "p", model: "m" },
            { provider: "p", model: "x" },
          ],
        ],
      },
      "no price",
    ],
    ["no model", { route: [[{ provider: "p", model: undefined }]] }, "name its model"],
    ["an operation whose cost nobody knows", { estimate: undefined }, "nobody knows"],
  ])("forbids %s", (_name, question, text) => {
    const lab = new TokenLab({ budget: BUDGET });
    const refused = lab.admit(1, 1, question);
    expect(refused.ok ? "" : `${refused.code}: ${refused.text}`).toMatch(new RegExp(`^forbidden: .*${text}`));
    expect(lab.used("budget")).toBe(0);
  });

  test("what is read tells of the usage of what made it", () => {
    const lab = new TokenLab({ budget: BUDGET, tpd: 1_000 });
    lab.permit(0, 0, { isFree: true }).settle({ end: "whole", usage: used(500, 500) });
    expect([lab.used("budget"), lab.used("tpd")]).toEqual([0, 0]);
  });

  test("lets in what is free, and counts it as a request only", () => {
    const lab = new TokenLab({ budget: BUDGET, rpm: 5, tpm: 100 });
    lab.permit(1_000_000, 0, { isFree: true, estimate: undefined, route: [[{ provider: "p", model: undefined }]] });
    expect([lab.used("budget"), lab.used("tpm"), lab.used("rpm")]).toEqual([0, 0, 1]);
  });
});

describe("what is not known", () => {
  test("an answer that was cut counts as estimated, or as far as it came where that is more", () => {
    const lab = new TokenLab({ tpd: 1e9 });
    lab.permit(100, 500).settle({ end: "cut", usage: used(80, 3) });
    expect(lab.used("tpd")).toBe(580);
    lab.permit(100, 500).settle({ end: "cut", usage: used(100, 700) });
    expect(lab.used("tpd")).toBe(580 + 800);
  });

  test("an answer without usage counts as estimated, and a long stream by its bytes", () => {
    const lab = new TokenLab({ tpd: 1e9 });
    lab.permit(100, 500).settle({ end: "whole", eventBytes: 2_000 });
    expect(lab.used("tpd")).toBe(600);
    // It cannot be longer than it may be.
    lab.permit(0, 50).settle({ end: "cut", eventBytes: 1_000_000 });
    expect(lab.used("tpd")).toBe(650);
    lab.permit(100, undefined).settle({ end: "whole", eventBytes: 1_000_000 });
    expect(lab.used("tpd")).toBe(650 + 100 + 5_000);
  });

  test("an embedding states no output", () => {
    const lab = new TokenLab({ tpd: 1e9 });
    lab.permit(100, 0).settle({ end: "whole", usage: { promptTokens: 70 } });
    expect(lab.used("tpd")).toBe(70);
  });

  test("an open end is what nearly all answers of the model took", () => {
    const lab = new TokenLab({ tpd: 1e9 });
    lab.permit(10, undefined).settle({ end: "unsent" });
    const reserve = () => {
      const permit = lab.permit(10, undefined);
      const reserved = lab.used("tpd") ?? 0;
      permit.settle({ end: "unsent" });
      return reserved - (lab.used("tpd") ?? 0);
    };
    expect(reserve()).toBe(1_010);
    for (let i = 0; i < 20; i += 1) lab.permit(0, 100).settle({ end: "whole", usage: used(0, 42) });
    expect(reserve()).toBe(52);
  });

  test("what is stored at the provider counts as such requests usually do", () => {
    const lab = new TokenLab({ tpd: 1e9 });
    for (let i = 0; i < 20; i += 1) lab.permit(5, 10).settle({ end: "whole", usage: used(900, 10) });
    const before = lab.used("tpd") ?? 0;
    const more = (refers: boolean) => ({ estimate: () => ({ input: 5, maxOutput: 10, ...(refers && { refers }) }) });
    lab.permit(0, 0, more(false));
    expect(lab.used("tpd")).toBe(before + 15);
    lab.permit(0, 0, more(true));
    expect(lab.used("tpd")).toBe(before + 15 + 910);
  });

  test("several answers side by side count each", () => {
    const lab = new TokenLab({ tpd: 1e9 });
    lab.permit(10, 50, { estimate: () => ({ input: 10, maxOutput: 50, choices: 4 }) });
    expect(lab.used("tpd")).toBe(210);
  });

  test("what was turned away took no tokens", () => {
    const lab = new TokenLab({ tpd: 1_000, rpm: 10 });
    lab.permit(100, 500).settle({ end: "refused" });
    expect([lab.used("tpd"), lab.used("rpm")]).toEqual([0, 1]);
  });
});

describe("a session that goes on", () => {
  test("spends its reservation first, then more, and is told when a limit is overdrawn", () => {
    const lab = new TokenLab({ tpd: 100 });
    const permit = lab.permit(20, 20);
    expect(permit.note(used(10, 10))).toBeUndefined();
    expect(lab.used("tpd")).toBe(40);
    expect(permit.note(used(30, 30))).toBeUndefined();
    expect(lab.used("tpd")).toBe(80);
    expect(permit.note(used(30, 0))).toMatchObject({ code: "token_limit_exceeded" });
    permit.settle({ end: "whole" });
    expect(lab.used("tpd")).toBe(110);
    expect(permit.note(used(1, 1))).toBeUndefined();
  });

  test("spends when it spends, not when it began", () => {
    const lab = new TokenLab({ tpm: 100, tpd: 1000, day: "UTC", budget: { amount: 10, per: "day" } });
    const permit = lab.permit(20, 20);
    lab.now += 2 * MINUTE;
    expect(permit.note(used(30, 30))).toBeUndefined();
    expect(lab.used("tpm")).toBe(60);
    lab.now += DAY;
    expect(permit.note(used(50, 0))).toBeUndefined();
    expect([lab.used("tpm"), lab.used("tpd"), lab.used("budget")]).toEqual([50, 50, 50_000_000]);
    expect(permit.note(used(60, 0))).toMatchObject({ code: "token_limit_exceeded" });
    permit.settle({ end: "cut" });
    expect([lab.used("tpm"), lab.used("tpd")]).toEqual([110, 110]);
  });

  test.each([
    ["before any report", 0, 40],
    ["after one", 30, 70],
  ])("pays for an answer that it left, %s, when it leaves", (_when, noted, expected) => {
    const lab = new TokenLab({ tpm: 1000, tpd: 1000 });
    const permit = lab.permit(20, 20);
    lab.now += 2 * MINUTE;
    if (noted > 0) permit.note(used(noted, 0));
    permit.noteUnfinished();
    permit.settle({ end: "whole" });
    expect([lab.used("tpm"), lab.used("tpd")]).toEqual([expected, expected]);
  });

  test("gives back what it did not use", () => {
    const lab = new TokenLab({ tpd: 100, concurrency: 1, budget: { amount: 1, per: "month" } });
    const permit = lab.permit(20, 20);
    permit.note(used(5, 5));
    permit.settle({ end: "whole" });
    expect([lab.used("tpd"), lab.used("concurrency"), lab.used("budget")]).toEqual([10, 0, 15_000_000]);
  });
});

test("answers that a request itself cuts short teach nobody to expect short ones", () => {
  const lab = new TokenLab({ tpd: 1_000_000 });
  const reserved = (): number => {
    const before = lab.used("tpd") ?? 0;
    const permit = lab.permit(0, undefined);
    const taken = (lab.used("tpd") ?? 0) - before;
    permit.settle({ end: "refused" });
    return taken;
  };
  const unlearnt = reserved();
  const ask = (most: number, took: number) => lab.permit(1, most).settle({ end: "whole", usage: used(1, took) });
  for (let count = 0; count < 100; count += 1) ask(1, 1);
  expect(reserved()).toBe(unlearnt);
  for (let count = 0; count < 100; count += 1) ask(500, 7);
  expect(reserved()).toBe(7);
});

test("a number that a provider makes up leaves sums exact", () => {
  const lab = new TokenLab({ tpd: 100, budget: { amount: 1, per: "day" } });
  const permits = [lab.permit(1, 1), lab.permit(1, 1)];
  for (const [at, size] of [Number.MAX_SAFE_INTEGER, 3].entries())
    permits[at]?.settle({ end: "whole", usage: used(size, 0) });
  expect([lab.used("tpd"), lab.used("budget")]).toEqual([2 ** 31 + 3, 2e15 + 3_000_000]);
});

test("what an old request holds is no reason to come again in a second", () => {
  const lab = new TokenLab({ tpm: 100 });
  const stream = lab.permit(90, 0);
  lab.now += 2 * MINUTE;
  lab.permit(90, 0).settle(WHOLE);
  const refused = lab.admit(50, 0);
  expect(refused).toMatchObject({ ok: false, code: "token_limit_exceeded" });
  if (!refused.ok) expect(refused.retryAfterMs).toBeGreaterThan(30_000);
  stream.settle(WHOLE);
});

test("one that is larger than a limit may come again soon while requests in flight hold it all", () => {
  const lab = new TokenLab({ tpd: 100 });
  const first = lab.permit(500, 0);
  expect(lab.admit(500, 0)).toMatchObject({ ok: false, retryAfterMs: 1_000 });
  first.settle({ end: "refused" });
  expect(lab.admit(500, 0).ok).toBe(true);
});

test("a clock that went back over a restart gives no tokens of the day back", () => {
  const before = new TokenLab({ tpd: 100, day: "UTC" });
  before.tokens.noteUse(before.token, before.now);
  before.permit(90, 0).settle(WHOLE);
  const after = new TokenLab({ tpd: 100, day: "UTC" });
  after.now -= 10 * DAY;
  after.tokens.restore([...before.tokens.entries(before.now)], after.now);
  expect(after.used("tpd")).toBe(90);
});

test.each([
  ["rolling", "UTC"],
  ["UTC", "Asia/Tokyo"],
  ["Asia/Tokyo", "rolling"],
])("what was spent of a day stays spent where days begin %s, then %s", (before, after) => {
  const lab = new TokenLab({ tpd: 100, day: before });
  lab.permit(60, 0).settle(WHOLE);
  lab.setLimits({ tpd: 100, day: after });
  expect(lab.used("tpd")).toBe(60);
});

test("a clock that goes back makes no limit longer", () => {
  const lab = new TokenLab({ tpd: 100, day: "UTC", budget: { amount: 0.1, per: "day" } });
  lab.permit(100, 0).settle(WHOLE);
  lab.now -= 40 * DAY;
  lab.tokens.clockWentBack(lab.now);
  const refused = lab.admit(50, 0);
  expect(refused.ok).toBe(false);
  if (!refused.ok) expect(refused.retryAfterMs).toBeLessThanOrEqual(DAY + MINUTE);
  lab.now += DAY;
  expect(lab.admit(50, 0).ok).toBe(true);
});
