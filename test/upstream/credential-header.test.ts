// The header of the secret: the operator's choice first, then the dialect's.
import { expect, test } from "bun:test";
import type { DialectName } from "../../src/config/config.ts";
import { credentialHeader } from "../../src/upstream/credential-header.ts";

const SECRET = "sk-fake-1234";

test.each<[DialectName, string | undefined, string | undefined, readonly [string, string] | undefined]>([
  ["openai", undefined, undefined, ["authorization", `Bearer ${SECRET}`]],
  ["azure", undefined, undefined, ["api-key", SECRET]],
  ["openai", "none", undefined, undefined],
  ["openai", "X-Api-Key", undefined, ["x-api-key", SECRET]],
  ["azure", "Authorization", undefined, ["authorization", `Bearer ${SECRET}`]],
  ["openai", undefined, "Token", ["authorization", `Token ${SECRET}`]],
  ["openai", undefined, "Token ", ["authorization", `Token ${SECRET}`]],
  ["openai", "X-Key", "key=", ["x-key", `key=${SECRET}`]],
  ["openai", undefined, "", ["authorization", SECRET]],
])("credentialHeader of %s with auth_header %p and auth_prefix %p", (dialect, authHeader, authPrefix, expected) => {
  const config = { dialect, authHeader, authPrefix };
  expect(credentialHeader(config, SECRET, { native: false, operation: "chat.completions" })).toEqual(expected);
});

test("credentialHeader goes by the path where the dialect does", () => {
  const config = { dialect: "gemini", authHeader: undefined, authPrefix: undefined } as const;
  expect(credentialHeader(config, SECRET, { native: true, operation: "other" })).toEqual(["x-goog-api-key", SECRET]);
});
