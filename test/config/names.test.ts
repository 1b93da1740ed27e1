// The small parts: names in messages, suggestions, values, paths, env files, loopback addresses.

import { expect, test } from "bun:test";
import { describeValue } from "../../src/config/describe-value.ts";
import { parseEnvFile } from "../../src/config/env-file.ts";
import { pathForMessage, pathText } from "../../src/config/field-path.ts";
import { isLoopbackHost } from "../../src/config/loopback.ts";
import { nameForMessage } from "../../src/config/name-for-message.ts";
import { nearestName } from "../../src/config/nearest-name.ts";

test.each([
  "base_url",
  "gpt-4o-2024-08-06",
  "openai/gpt-4o",
  "X-Team",
  "claude-haiku-4-5",
  "OPENAI_BALANCE_SERVER__PORT",
  "o*",
])("nameForMessage shows %s", (name) => {
  expect(nameForMessage(name)).toBe(name);
});

test.each([
  "sk-fake-1",
  "AIzaFake",
  "gsk_fake",
  "xai-fake",
  "hf_fake",
  "Bearer-x",
  "abc123def456ghi789",
  "with space",
  "a".repeat(65),
  "ü",
  "",
])("nameForMessage hides %j", (name) => {
  expect(nameForMessage(name)).toBe(`<name of ${name.length} characters>`);
});

test.each([
  ["base_ulr", "base_url"],
  ["baseUrl", "base_url"],
  ["api_key", "api_keys"],
  ["MODELS", "models"],
  ["prot", "port"],
  ["x", undefined],
  ["something", undefined],
])("nearestName of %s is %p", (name, expected) => {
  expect(nearestName(name, ["base_url", "api_keys", "models", "port"])).toBe(expected);
});

test.each([
  [null, "nothing"],
  [undefined, "nothing"],
  ["", "an empty string"],
  ["a", "a string of 1 character"],
  [[], "an empty list"],
  [[1, 2], "a list of 2 items"],
  [{ a: 1 }, "a map of 1 field"],
  [5, "a number"],
  [true, "true or false"],
])("describeValue(%j) is %s", (value, text) => {
  expect(describeValue(value)).toBe(text);
});

test("paths are written as in code, and hide names that may be secrets in messages", () => {
  const path = ["providers", 0, "headers", "sk-fake-1"];
  expect(pathText(path)).toBe("providers[0].headers.sk-fake-1");
  expect(pathForMessage(path)).toBe("providers[0].headers.<name of 9 characters>");
  expect(pathText([])).toBe("");
});

test("parseEnvFile reads quotes, comments and export", () => {
  const text = "\uFEFFA=1\r\n# comment\nexport B='x y'\nC=\"two\\nlines\"\nD=plain # comment\nEMPTY=\n";
  expect({ ...parseEnvFile(text) }).toEqual({ A: "1", B: "x y", C: "two\nlines", D: "plain", EMPTY: "" });
});

test.each([
  ["127.0.0.1", true],
  ["127.255.0.9", true],
  ["localhost", true],
  ["LOCALHOST", true],
  ["api.localhost", true],
  ["::1", true],
  ["[::1]", true],
  ["0.0.0.0", false],
  ["::", false],
  ["127.0.0.1.example.com", false],
  ["localhost.example.com", false],
  ["1127.0.0.1", false],
])("isLoopbackHost(%s) is %p", (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});
