// Every combination of how the last attempt ended and why nothing else can be picked.
import { describe, expect, test } from "bun:test";
import type { NoneReason } from "../../../src/balancer/contract.ts";
import { CredentialMask } from "../../../src/core/credential-mask.ts";
import type { LastAnswer, OutcomeCode } from "../../../src/core/verdict.ts";
import type { FailedAttempt } from "../../../src/proxy/attempt/failed-attempt.ts";
import { lastAnswer } from "../../../src/proxy/attempt/last-answer.ts";
import { OK, START } from "../../balancer/fixtures.ts";
import { worldOf } from "../fixtures.ts";

const [configured] = worldOf(1).setup.providers.values();
if (configured === undefined) throw new Error("No provider");
const KEY = { id: "k", name: "k", secret: "sk-fake-1", headers: {}, mask: new CredentialMask("sk-fake-1") };
const ANSWER = { status: 418, headers: [], body: new Uint8Array(0) };

const REASONS: readonly NoneReason[] = [
  { code: "limited", retryAt: START + 1_500 },
  { code: "open", retryAt: START + 2_500 },
  { code: "exhausted", retryAt: START + 3_500 },
  { code: "no-key" },
  { code: "all-tried" },
  { code: "model-missing" },
];

function failed(last: LastAnswer, outcome: OutcomeCode, fields: object = {}): FailedAttempt {
  if (configured === undefined) throw new Error("No provider");
  const verdict = { ...OK, last, outcome, reason: "why", ...fields };
  const end = { kind: "refused", cause: "x" } as const;
  return { verdict, outcome: end, provider: configured, key: KEY, answer: ANSWER };
}

/** The code of a refusal with its wait, or the kind of an answer that is passed on. */
function told(last: FailedAttempt | undefined, reason: NoneReason): string {
  const end = lastAnswer(last, reason, START);
  if (end.kind !== "refusal") return end.kind;
  return end.retryAfterMs === undefined ? end.code : `${end.code} ${end.retryAfterMs}`;
}

const LIMITED = "rate_limit_exceeded 1500";
const OPEN = "provider_unavailable 2500";

/** What is told for limited, open, exhausted, no-key, all-tried and model-missing. */
const TABLE: readonly (readonly [string, FailedAttempt | undefined, readonly string[]])[] = [
  [
    "nothing tried",
    undefined,
    [LIMITED, OPEN, "insufficient_quota", "no_usable_key", "no_usable_key", "model_not_found"],
  ],
  ["a client's fault", failed("upstream", "client_error"), Array(6).fill("upstream-error")],
  ["a missing model", failed("upstream", "model_blocked"), Array(6).fill("upstream-error")],
  ["too big", failed("upstream", "too_big"), Array(6).fill("upstream-error")],
  ["a missing scope", failed("upstream", "forbidden"), Array(6).fill("upstream-error")],
  ["a 500", failed("upstream", "server_error"), [LIMITED, OPEN, ...Array(4).fill("upstream-error")]],
  ["a 503", failed("upstream", "overloaded"), [LIMITED, OPEN, ...Array(4).fill("upstream-error")]],
  ["a rate limit", failed("rate_limited", "rate_limited"), [LIMITED, OPEN, ...Array(4).fill("rate_limit_exceeded")]],
  ["no credit", failed("no_credit", "no_credit"), [LIMITED, OPEN, ...Array(4).fill("insufficient_quota")]],
  [
    "a dead key",
    failed("no_usable_key", "invalid_key"),
    [LIMITED, OPEN, "insufficient_quota", "no_usable_key", "no_usable_key", "model_not_found"],
  ],
  ["no way", failed("unreachable", "connect_error"), [LIMITED, OPEN, ...Array(4).fill("upstream_unreachable")]],
  ["a timeout", failed("timeout", "timeout"), [LIMITED, OPEN, ...Array(4).fill("upstream_timeout")]],
  ["a page", failed("invalid", "bad_answer"), [LIMITED, OPEN, ...Array(4).fill("upstream_invalid_response")]],
  [
    "a redirect",
    failed("invalid", "bad_answer", { reason: "redirect" }),
    [LIMITED, OPEN, ...Array(4).fill("upstream_redirect")],
  ],
];

describe("lastAnswer", () => {
  test.each(TABLE)("after %s", (_name, last, expected) => {
    expect(REASONS.map((reason) => told(last, reason))).toEqual([...expected]);
  });

  test("repeats the wait that the last rate limit stated where no other is known", () => {
    const last = failed("rate_limited", "rate_limited", { effect: { kind: "rate-limited", retryAfterMs: 7_000 } });
    expect(told(last, { code: "all-tried" })).toBe("rate_limit_exceeded 7000");
    expect(told(last, { code: "limited", retryAt: START + 1_500 })).toBe(LIMITED);
  });

  test("names no answer that did not arrive", () => {
    expect(told({ ...failed("upstream", "server_error"), answer: undefined }, { code: "all-tried" })).toBe(
      "upstream_invalid_response",
    );
  });

  test("passes details on, but none for what is passed through", () => {
    expect(lastAnswer(failed("unreachable", "connect_error"), { code: "all-tried" }, START)).toMatchObject({
      detail: "why",
    });
    const message = { message: "Redirected to x.example", reason: "redirect" };
    expect(lastAnswer(failed("invalid", "bad_answer", message), { code: "no-key" }, START)).toMatchObject({
      detail: "Redirected to x.example",
    });
  });
});
