// Whatever comes in whatever order: limits are overdrawn by one request's estimate at most, and every sum comes out.
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Permit } from "../../src/tokens/permit.ts";
import { DAY, MINUTE, TokenLab } from "./fixtures.ts";

const NANOS = 1_000_000;

/** One step of a history: a request comes, one of those in flight ends, or time passes. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("ask" as const), input: fc.nat(60), output: fc.nat(60) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      which: fc.nat(50),
      how: fc.constantFrom("unsent" as const, "refused" as const, "whole" as const, "cut" as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      hasUsage: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(2 * MINUTE) }) },
);

interface Running {
  readonly permit: Permit;
  readonly input: number;
  readonly output: number;
}

test("tokens of a day and a budget are never overdrawn by more than one request's estimate", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 400 }), (history, most) => {
      const lab = new TokenLab({ tpd: most, budget: { amount: most / 1_000, per: "total" } });
      const running: Running[] = [];
      let largest = 0;
      for (const each of history) {
        if (each.kind === "wait") lab.now += each.ms;
        else if (each.kind === "ask") {
          const admitted = lab.admit(each.input, each.output);
          if (!admitted.ok || admitted.permit === undefined) continue;
          largest = Math.max(largest, each.input + each.output);
          running.push({ permit: admitted.permit, input: each.input, output: each.output });
        } else {
          const [ended] = running.splice(each.which % Math.max(1, running.length), 1);
          const output = Math.floor((ended?.output ?? 0) * each.share);
          const usage = each.hasUsage ? { promptTokens: ended?.input ?? 0, completionTokens: output } : undefined;
          ended?.permit.settle({ end: each.how, usage });
        }
        expect(lab.used("tpd") ?? 0).toBeLessThanOrEqual(Math.max(most, largest));
        // Money is never overdrawn at all: what does not fit is refused, however much is free.
        expect(lab.used("budget") ?? 0).toBeLessThanOrEqual(most * NANOS);
      }
    }),
    { numRuns: 300 },
  );
});

test("what was spent is the sum of what the requests cost, and no slot is left", () => {
  const ends = fc.array(
    fc.record({ input: fc.nat(500), output: fc.nat(500), used: fc.nat(900), isUnsent: fc.boolean() }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(ends, (requests) => {
      const lab = new TokenLab({ tpd: 1e9, concurrency: 100, budget: { amount: 1_000_000, per: "month" }, day: "UTC" });
      const permits = requests.map(({ input, output }) => lab.permit(input, output));
      let tokens = 0;
      let nanos = 0;
      for (const [index, { input, used, isUnsent }] of requests.entries()) {
        const usage = { promptTokens: input, completionTokens: used };
        permits[index]?.settle(isUnsent ? { end: "unsent" } : { end: "whole", usage });
        // A second time is without effect.
        permits[index]?.settle({ end: "cut" });
        if (isUnsent) continue;
        tokens += input + used;
        nanos += (input + 2 * used) * NANOS;
      }
      expect(lab.used("tpd")).toBe(tokens);
      expect(lab.used("budget")).toBe(nanos);
      expect(lab.used("concurrency")).toBe(0);
    }),
  );
});

test("two hundred at the same moment get what there is, and not one more", () => {
  const lab = new TokenLab({ budget: { amount: 1, per: "month" } });
  // Each may cost 10 × 0.001 + 20 × 0.002.
  const admitted = Array.from({ length: 200 }, () => lab.admit(10, 20)).filter(({ ok }) => ok);
  expect(admitted).toHaveLength(20);
  expect(lab.used("budget")).toBe(1_000_000_000);
});

test("a restart keeps what was spent and what was reserved, and takes no other token's", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(400), { minLength: 1, maxLength: 20 }), fc.nat(DAY), (inputs, later) => {
      const limits = { tpd: 1e9, budget: { amount: 1_000_000, per: "total" } as const };
      const before = new TokenLab(limits);
      for (const [index, input] of inputs.entries()) {
        before.tokens.noteUse(before.token, before.now);
        const permit = before.permit(input, 10);
        if (index % 2 === 0) permit.settle({ end: "whole", usage: { promptTokens: input, completionTokens: 5 } });
      }
      const after = new TokenLab(limits);
      after.now += later % (DAY / 2);
      const kept = JSON.parse(JSON.stringify([...before.tokens.entries(before.now)]));
      after.tokens.restore(kept, after.now);
      expect(after.used("tpd")).toBe(before.used("tpd"));
      expect(after.used("budget")).toBe(before.used("budget"));
      expect(after.token.account).toMatchObject({ requests: inputs.length, lastUsed: before.now, inFlight: 0 });
    }),
  );
});

test("a session spends what it reports, in the minute in which it does, whatever it reserved", () => {
  const events = fc.array(
    fc.record({ after: fc.integer({ min: 0, max: 3 * MINUTE }), input: fc.nat(300), output: fc.nat(300) }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(events, fc.nat(500), fc.boolean(), (reports, reserved, isLeft) => {
      const lab = new TokenLab({ tpm: 1e9, tpd: 1e9, budget: { amount: 1_000_000, per: "total" } });
      const permit = lab.permit(0, reserved);
      let tokens = 0;
      let nanos = 0;
      for (const { after, input, output } of reports) {
        lab.now += after;
        permit.note({ promptTokens: input, completionTokens: output });
        tokens += input + output;
        nanos += (input + 2 * output) * NANOS;
        expect(lab.used("tpm") ?? 0).toBeGreaterThanOrEqual(input + output);
        expect(lab.used("tpd") ?? 0).toBeGreaterThanOrEqual(Math.max(tokens, reserved));
      }
      if (isLeft) permit.noteUnfinished();
      permit.settle({ end: reports.length === 0 && !isLeft ? "refused" : "whole" });
      const [more, price] = isLeft ? [reserved, 2 * reserved * NANOS] : [0, 0];
      expect([lab.used("tpd"), lab.used("budget")]).toEqual([tokens + more, nanos + price]);
    }),
  );
});
