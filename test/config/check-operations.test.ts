// Patterns that match no operation, and tokens that have ended, are told before a client meets them.
import { expect, test } from "bun:test";
import { operationFault } from "../../src/config/check-operations.ts";
import { formatDiagnostic } from "../../src/config/diagnostic.ts";
import { load } from "./load.ts";

const NAMES = ["chat/completions", "files", "files/{id}", "threads/*"];

test.each([
  ["chat/completions", undefined],
  ["chat/*", undefined],
  ["*", undefined],
  ["files/*", undefined],
  ["threads/*", undefined],
  ["chat/completoins", "matches no operation: did you mean chat/completions"],
  ["/v1/chat/completions", "matches no operation: did you mean chat/completions"],
  ["v1/chat/*", "matches no operation: did you mean chat/*"],
  ["/files", "matches no operation: did you mean files"],
  ["something else", "matches no operation: write a path below /v1 such as chat/completions or files*"],
])("%s: %s", (pattern, expected) => {
  expect(operationFault(pattern, NAMES)).toBe(expected as string);
});

function told(token: object, more: object): readonly string[] {
  const providers = [{ name: "p", base_url: "https://p.test/v1", api_keys: ["fake-key-1"] }];
  const yaml = JSON.stringify({ auth: { client_tokens: [{ token: "fake-client-token-1", ...token }] }, providers });
  const result = load({ yaml, ...more });
  const all = result.ok ? result.warnings : result.diagnostics;
  return all.map((diagnostic) => `${diagnostic.severity} ${formatDiagnostic(diagnostic).replace(/^\S+ /, "")}`);
}

test("the configuration tells patterns that match nothing", () => {
  const token = { operations: ["files*", "fiels"] };
  expect(told(token, { operations: NAMES })).toEqual([
    "error auth.client_tokens[0].operations[1]: matches no operation: did you mean files",
  ]);
  expect(told(token, {})).toEqual([]);
});

test("the configuration tells tokens that have ended", () => {
  const now = Date.UTC(2026, 0, 1);
  const ended = "warning auth.client_tokens[0].expires: is over: requests with this client token are refused";
  expect(told({ expires: "2026-01-01" }, { now })).toEqual([ended]);
  expect(told({ expires: "2026-01-01" }, { now: now - 1 })).toEqual([]);
  expect(told({ expires: "2026-01-01" }, {})).toEqual([]);
});
