// The mask of one credential: every spelling of it, and nothing else.
import { describe, expect, test } from "bun:test";
import { CredentialMask } from "../../src/core/credential-mask.ts";

const KEY = 'fake/Key+with=odd"signs.0123456789';
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("CredentialMask hides the credential", () => {
  test.each([
    ["as it is", KEY],
    ["URL-encoded", encodeURIComponent(KEY)],
    ["in JSON", JSON.stringify(KEY).slice(1, -1)],
    ["in JSON with escaped slashes", JSON.stringify(KEY).slice(1, -1).replaceAll("/", "\\/")],
  ])("%s", (_how, quoted) => {
    const clean = new CredentialMask(KEY).mask(`<${quoted}>`);
    expect(clean).not.toContain(quoted);
    expect(clean.length).toBeLessThan(16);
  });

  test.each(["", ":", "me:", "user:"])("in Base64, after %j", (before) => {
    const clean = new CredentialMask(KEY).mask(`Basic ${base64(before + KEY)}.`);
    expect(clean.length).toBeLessThan(30);
    expect(Buffer.from(clean, "base64").toString("latin1")).not.toContain("Key");
  });

  test("in Base64 for URLs", () => {
    const key = "fake-key-?>?>?>?>-0123456789";
    const quoted = Buffer.from(key).toString("base64url");
    expect(new CredentialMask(key).mask(quoted).length).toBeLessThan(16);
  });

  test("and leaves valid JSON behind", () => {
    const key = `fake-key-0123456"89`;
    const body = JSON.stringify({ error: { message: `Incorrect key ${key}` } });
    expect(JSON.parse(new CredentialMask(key).mask(body))).toEqual({ error: { message: "Incorrect key ****" } });
  });
});

test.each([
  ["x", '{"code":"context_length_exceeded","key":"x"}', '{"code":"context_length_exceeded","key":"****"}'],
  ["none", "nonetheless none", "nonetheless ****"],
])("a short credential only as a whole word: %s", (key, text, clean) => {
  expect(new CredentialMask(key).mask(text)).toBe(clean);
});

test.each([["sk-another-fake-0123456789"], ["Bearer fake0123456789"], [""], ["a text that is longer than the key is"]])(
  "leaves what is not the credential: %j",
  (text) => {
    expect(new CredentialMask("sk-fake-0123456789").mask(text)).toBe(text);
    expect(new CredentialMask("").mask(text)).toBe(text);
  },
);
