// Laws of classification over arbitrary statuses, headers, bodies and endings.
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { DialectName } from "../../../src/config/config.ts";
import type { Verdict } from "../../../src/core/verdict.ts";
import { PROXY_FAULTS } from "../../../src/outbound/outbound-fault.ts";
import { classify } from "../../../src/upstream/classify.ts";
import type { Outcome } from "../../../src/upstream/outcome.ts";
import { parseErrorValue } from "../../../src/upstream/parse-error.ts";
import { factsOf } from "./fake-answer.ts";

const CODES = [
  "invalid_api_key",
  "insufficient_quota",
  "rate_limit_exceeded",
  "model_not_found",
  "mismatched_organization",
  "overloaded_error",
  "FAILED_PRECONDITION",
  "invalid_request_error",
];
const TEXTS = [
  "Missing scopes: model.request",
  "Limit 1, Requested 2",
  "credit balance is too low",
  "try again in 1e999s",
  "regain access on 9999-12-31 at 00:00 UTC",
];
const HEADERS = [
  "retry-after",
  "retry-after-ms",
  "x-ratelimit-remaining-tokens",
  "x-ratelimit-reset-tokens",
  "location",
];

const word = fc.oneof(fc.constantFrom(...CODES), fc.string(), fc.integer({ min: 0, max: 700 }));
const body = fc.oneof(
  fc.jsonValue(),
  fc.record({
    error: fc.record(
      { code: word, type: word, status: word, message: fc.oneof(fc.constantFrom(...TEXTS), fc.string()) },
      { requiredKeys: [] },
    ),
  }),
);
const headers = fc.array(fc.tuple(fc.constantFrom(...HEADERS), fc.oneof(fc.string(), fc.nat().map(String))), {
  maxLength: 4,
});
const answers = fc
  .record({ status: fc.integer({ min: -1, max: 1_100 }), headers, body, isInside: fc.boolean(), isHtml: fc.boolean() })
  .map(({ status, headers: list, body: value, isInside, isHtml }): Outcome => {
    const error = parseErrorValue(value);
    const base = {
      kind: "answer",
      status,
      headers: list,
      inside: isInside,
      isHtml,
      latencyMs: 1,
      complete: true,
    } as const;
    return error === undefined ? base : { ...base, error };
  });
const endings = fc.oneof(
  fc.record({
    kind: fc.constantFrom("refused", "maybe-executed"),
    cause: fc.oneof(fc.string(), fc.constantFrom(...PROXY_FAULTS)),
  }),
  fc.record({ kind: fc.constant("timeout"), phase: fc.constantFrom("first-byte", "response") }),
  fc.record({ kind: fc.constantFrom("cut-after-commit", "stalled-after-commit"), cause: fc.string() }),
  fc.record({ kind: fc.constant("client-gone"), waitedMs: fc.nat() }),
) as fc.Arbitrary<Outcome>;
const dialect = fc.constantFrom<DialectName[]>("openai", "azure", "anthropic", "gemini", "custom");

/** Which effects each blame may have. */
const EFFECTS: Readonly<Record<Verdict["blame"], readonly Verdict["effect"]["kind"][]>> = {
  client: ["none"],
  none: ["none", "success", "client-gone"],
  key: ["key-invalid", "key-exhausted", "key-refused"],
  "key-model": ["rate-limited", "model-missing"],
  "key-operation": ["operation-blocked"],
  "provider-model": ["server-error", "overloaded", "stream-broken"],
  provider: ["unreachable", "region-refused"],
  proxy: ["none"],
};

test("law: every outcome has one consistent verdict", () => {
  fc.assert(
    fc.property(fc.oneof(answers, endings), dialect, fc.boolean(), (outcome, name, sentOrganization) => {
      const verdict = classify(outcome, factsOf(name, sentOrganization));
      expect(EFFECTS[verdict.blame]).toContain(verdict.effect.kind);
      if (verdict.blame === "client") expect([verdict.next, verdict.last]).toEqual(["stop", "upstream"]);
      expect(verdict.outcome === "ok").toBe(verdict.effect.kind === "success");
      const isUnclear = verdict.blame === "none" && verdict.outcome === "bad_answer";
      expect(verdict.next === "rotate").toBe(
        verdict.blame.startsWith("key") || verdict.outcome === "too_big" || isUnclear,
      );
      if (outcome.kind === "answer") expect(verdict.status).toBe(outcome.status);
      expect(verdict.message?.length ?? 1).toBeWithin(1, 201);
      if ("retryAfterMs" in verdict.effect) {
        expect(Number.isInteger(verdict.effect.retryAfterMs) && Number(verdict.effect.retryAfterMs) >= 0).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("law: an unknown body changes nothing about what the status says", () => {
  const unknown = fc.record({
    error: fc.record({ message: fc.string({ maxLength: 40 }), code: fc.constant("zz_unknown") }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 400, max: 599 }), unknown, dialect, (status, value, name) => {
      const bare = {
        kind: "answer",
        status,
        headers: [],
        inside: false,
        isHtml: false,
        latencyMs: 1,
        complete: true,
      } as const;
      const error = parseErrorValue(value);
      const told = error === undefined ? bare : { ...bare, error };
      const facts = factsOf(name);
      expect(classify(told, facts).effect.kind).toBe(classify(bare, facts).effect.kind);
    }),
  );
});
