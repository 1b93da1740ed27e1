// Identifiers of keys and requests.

import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { keyIdOf, newRequestId } from "../../src/core/ids.ts";

test("keyIdOf is the start of SHA-256 over provider, NUL, secret", () => {
  const full = createHash("sha256").update("openai\0sk-fake-1").digest("hex");
  expect(keyIdOf("openai", "sk-fake-1")).toBe(full.slice(0, 12));
});

test("keyIdOf tells providers, secrets and their border apart", () => {
  const ids = [keyIdOf("a", "b"), keyIdOf("a", "c"), keyIdOf("b", "b"), keyIdOf("ab", ""), keyIdOf("", "ab")];
  expect(new Set(ids).size).toBe(ids.length);
});

test("newRequestId is req_ and 24 hex digits, never twice the same, in the order of time", () => {
  const ids = Array.from({ length: 1000 }, (_, ms) => newRequestId(1_790_000_000_000 + ms));
  for (const id of ids) expect(id).toMatch(/^req_[0-9a-f]{24}$/);
  expect(new Set(Array.from({ length: 1000 }, () => newRequestId(0))).size).toBe(1000);
  expect(ids.toSorted()).toEqual(ids);
});
