// How many candidates one request may ask, by what their answers mean.
import { expect, test } from "bun:test";
import type { Verdict } from "../../../src/core/verdict.ts";
import { RetryLedger } from "../../../src/proxy/attempt/retry-ledger.ts";

const MAX_ROTATIONS = 5;

test.each([
  ["unclear answers", { outcome: "bad_answer" }, 2],
  ["what is too big for a key", { outcome: "too_big" }, MAX_ROTATIONS],
  ["what an operator's rule rotates", { outcome: "by_rule" }, MAX_ROTATIONS],
  ["refused keys", { blame: "key", outcome: "invalid_key" }, MAX_ROTATIONS],
] as const)("after %s", (_name, fault, further) => {
  const ledger = new RetryLedger({ computes: true, maxRotations: MAX_ROTATIONS });
  const verdict: Verdict = { ...UNCLEAR, ...fault };
  const granted = Array.from({ length: 2 * MAX_ROTATIONS }, () =>
    ledger.mayGoOn("main", { verdict, outcome: ANSWER, spentMs: 1, leftMs: 1_000, connectMs: 100 }),
  );
  expect(granted.filter(Boolean)).toHaveLength(further);
});

const UNCLEAR: Verdict = {
  blame: "none",
  outcome: "bad_answer",
  effect: { kind: "none" },
  next: "rotate",
  last: "upstream",
  status: 400,
  reason: "http_400",
};

const ANSWER = {
  kind: "answer",
  status: 400,
  headers: [],
  inside: false,
  isHtml: false,
  latencyMs: 1,
  complete: true,
} as const;
