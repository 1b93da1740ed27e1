// Answers, and missing answers, that are the fault of the provider, and successes.
import { describe, expect, test } from "bun:test";
import { classify } from "../../../src/upstream/classify.ts";
import type { Outcome } from "../../../src/upstream/outcome.ts";
import { answer, anthropic, factsOf, gemini, openai } from "./fake-answer.ts";
import { type Judged, judged, row } from "./judged.ts";

const HTML = "<!DOCTYPE html><title>Attention Required! | Cloudflare</title>";

row(
  "server error: votes for provider and model",
  { blame: "provider-model", effect: "server-error", outcome: "server_error", next: "retry", last: "upstream" },
  [
    ["500", "openai", answer(500, openai("The server had an error", null, "server_error"))],
    ["408", "openai", answer(408)],
    ["502 in HTML", "openai", answer(502, "<html>502 Bad Gateway")],
    ["504", "openai", answer(504)],
    ["520", "openai", answer(520)],
    ["500 that names a client's code", "openai", answer(500, openai("oops", "insufficient_quota"))],
    ["Anthropic", "anthropic", answer(500, anthropic("api_error", "Internal server error"))],
  ],
);

row(
  "no such operation: another provider may have it, and nobody is at fault",
  { blame: "none", effect: "none", outcome: "client_error", next: "other-provider", last: "upstream" },
  [
    ["Gemini", "gemini", answer(501, gemini(501, "UNIMPLEMENTED", "Operation is not implemented, or supported."))],
    ["without a body", "openai", answer(501)],
  ],
);

row(
  "overloaded: keys are not burnt",
  { blame: "provider-model", effect: "overloaded", outcome: "overloaded", next: "other-provider", last: "upstream" },
  [
    [
      "503",
      "openai",
      answer(503, openai("That model is overloaded", "server_is_overloaded", "service_unavailable_error")),
    ],
    ["503 in HTML", "openai", answer(503, HTML)],
    [
      "429 of an overloaded model",
      "openai",
      answer(429, openai("That model is currently overloaded with other requests.", null, "server_error")),
    ],
    [
      "Moonshot, 429",
      "openai",
      answer(429, { error: { type: "engine_overloaded_error", message: "The engine is currently overloaded" } }),
    ],
    ["Groq, 498", "openai", answer(498, openai("Flex tier is at capacity", "capacity_exceeded"))],
    [
      "Azure, 429",
      "azure",
      answer(429, {
        error: {
          code: "429",
          message: "The system is currently experiencing high demand and cannot process your request.",
        },
      }),
    ],
    ["Anthropic, 529", "anthropic", answer(529, anthropic("overloaded_error", "Overloaded"))],
    ["Gemini", "gemini", answer(503, gemini(503, "UNAVAILABLE", "The model is overloaded. Please try again later."))],
  ],
);

row(
  "misconfigured provider: a redirect",
  { blame: "provider", effect: "unreachable", outcome: "bad_answer", next: "other-provider", last: "invalid" },
  [300, 301, 302, 303, 307, 308].map((status) => [
    `${status}`,
    "openai",
    answer(status, HTML, [["location", "https://login.example.com/x?y"]]),
  ]),
);

row(
  "bad answer",
  { blame: "provider-model", effect: "server-error", outcome: "bad_answer", next: "retry", last: "invalid" },
  [
    ["HTML in a 200", "openai", answer(200, HTML)],
    ["a status below 200", "openai", answer(199)],
    ["a status above 599", "openai", answer(999)],
  ],
);

row("success", { blame: "none", effect: "success", outcome: "ok", next: "stop", last: "upstream" }, [
  ["200", "openai", answer(200, { id: "chatcmpl-1" })],
  ["204", "openai", answer(204)],
  ["304", "openai", answer(304)],
]);

describe("without an answer", () => {
  test.each<[string, Outcome, Judged & { reason: string }]>([
    [
      "refused",
      { kind: "refused", cause: "ECONNREFUSED" },
      {
        blame: "provider",
        effect: "unreachable",
        outcome: "connect_error",
        next: "other-provider",
        last: "unreachable",
        reason: "ECONNREFUSED",
      },
    ],
    [
      "reset after sending",
      { kind: "maybe-executed", cause: "UND_ERR_SOCKET" },
      {
        blame: "provider",
        effect: "unreachable",
        outcome: "reset",
        next: "retry",
        last: "unreachable",
        reason: "UND_ERR_SOCKET",
      },
    ],
    [
      "no first byte",
      { kind: "timeout", phase: "first-byte" },
      {
        blame: "provider-model",
        effect: "server-error",
        outcome: "timeout",
        next: "retry",
        last: "timeout",
        reason: "first_byte_timeout",
      },
    ],
    [
      "no end",
      { kind: "timeout", phase: "response" },
      {
        blame: "provider-model",
        effect: "server-error",
        outcome: "timeout",
        next: "retry",
        last: "timeout",
        reason: "response_timeout",
      },
    ],
    [
      "cut after commit",
      { kind: "cut-after-commit", cause: "ECONNRESET" },
      {
        blame: "provider-model",
        effect: "stream-broken",
        outcome: "cut",
        next: "stop",
        last: "upstream",
        reason: "ECONNRESET",
      },
    ],
    [
      "stalled after commit",
      { kind: "stalled-after-commit", cause: "idle" },
      {
        blame: "provider-model",
        effect: "stream-broken",
        outcome: "cut",
        next: "stop",
        last: "upstream",
        reason: "idle",
      },
    ],
    [
      "client gone",
      { kind: "client-gone", waitedMs: 1_200 },
      {
        blame: "none",
        effect: "client-gone",
        outcome: "client_gone",
        next: "stop",
        last: "upstream",
        reason: "client_gone",
      },
    ],
  ])("%s", (_name, outcome, { reason: word, ...expected }) => {
    expect(judged("openai", outcome)).toEqual(expected);
    expect(classify(outcome, factsOf("openai")).reason).toBe(word);
  });

  test("a client that left keeps how long it waited", () => {
    const verdict = classify({ kind: "client-gone", waitedMs: 1_200 }, factsOf("openai"));
    expect(verdict.effect).toEqual({ kind: "client-gone", waitedMs: 1_200 });
  });
});
