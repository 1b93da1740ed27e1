// How each dialect authenticates, and its native paths.
import { expect, test } from "bun:test";
import type { DialectName } from "../../../src/config/config.ts";
import { dialectOf } from "../../../src/upstream/dialects.ts";

const GOOGLE = ["v1beta", "v1alpha", "upload/v1beta", "upload/v1alpha", "upload/v1", "ws"];
const VERSION = { "anthropic-version": "2023-06-01" };

test.each<[DialectName, boolean, string, string, string, Record<string, string>]>([
  ["openai", false, "chat/completions", "authorization", "Bearer ", {}],
  ["custom", false, "chat/completions", "authorization", "Bearer ", {}],
  ["azure", false, "chat/completions", "api-key", "", {}],
  ["azure", true, "other", "api-key", "", {}],
  ["anthropic", false, "chat/completions", "authorization", "Bearer ", {}],
  ["anthropic", false, "models", "x-api-key", "", VERSION],
  ["anthropic", false, "files", "x-api-key", "", VERSION],
  ["anthropic", false, "unknown", "x-api-key", "", VERSION],
  ["custom", true, "models/{id}:generateContent", "x-goog-api-key", "", {}],
  ["anthropic", true, "other", "x-api-key", "", VERSION],
  ["gemini", false, "chat/completions", "authorization", "Bearer ", {}],
  ["gemini", false, "models", "authorization", "Bearer ", {}],
  ["gemini", true, "other", "x-goog-api-key", "", {}],
])("%s, native %p, %s", (name, native, operation, header, prefix, defaults) => {
  const dialect = dialectOf(name);
  expect(dialect.credential(native, operation)).toEqual({ header, prefix });
  expect(dialect.defaultHeaders(native, operation)).toEqual(defaults);
});

test.each<[DialectName, string[]]>([
  ["openai", []],
  ["custom", GOOGLE],
  ["azure", ["openai"]],
  ["anthropic", ["v1/messages"]],
  ["gemini", GOOGLE],
])("native prefixes of %s", (name, prefixes) => {
  expect(dialectOf(name).name).toBe(name);
  expect(dialectOf(name).nativePrefixes).toEqual(prefixes);
});
