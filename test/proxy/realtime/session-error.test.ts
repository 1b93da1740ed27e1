// Which errors of a session that goes on are about its key.
import { expect, test } from "bun:test";
import { isOfKey } from "../../../src/proxy/realtime/session-error.ts";
import { dialectOf } from "../../../src/upstream/dialects.ts";

test.each([
  ["insufficient_quota", true],
  ["rate_limit_exceeded", true],
  ["invalid_api_key", true],
  ["permission_error", false],
  ["forbidden", false],
  ["server_error", false],
  ["invalid_value", false],
])("%s: %p", (code, expected) => {
  expect(isOfKey({ message: "m", type: code, code }, dialectOf("custom"))).toBe(expected);
});
