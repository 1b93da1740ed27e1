// One secret in one line: it opens with its key and in its place, and not after any change.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { openSecret, sealSecret } from "../../src/keys/sealed-secret.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { masterKey } from "./stores.ts";

const [KEY, OTHER] = [masterKey(1), masterKey(2)];
const SECRET = fakeSecret("token");
const PLACE = "profile\0prod\0https://prod.example";

describe("A sealed secret", () => {
  test("opens again, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (secret, place) => {
        expect(openSecret(sealSecret(secret, place, KEY), place, [OTHER, KEY])).toBe(secret);
      }),
    );
  });

  test("is one line without the secret, and never the same twice", () => {
    const lines = Array.from({ length: 50 }, () => sealSecret(SECRET, PLACE, KEY));
    expect(new Set(lines.map((line) => line.split(".")[1])).size).toBe(50);
    for (const line of lines) {
      expect(line).toMatch(/^[\w.-]+$/);
      expect(leakIn(line)).toBeUndefined();
    }
  });

  test.each<[string, string, readonly (typeof KEY)[]]>([
    ["with another key", PLACE, [OTHER]],
    ["without a key", PLACE, []],
    ["in another place", `${PLACE}.`, [KEY]],
    ["with another key of that name", PLACE, [{ ...OTHER, id: KEY.id }]],
  ])("does not open %s", (_what, place, keys) => {
    expect(openSecret(sealSecret(SECRET, PLACE, KEY), place, keys)).toBeUndefined();
  });

  test("does not open after a change of any one character", () => {
    const line = sealSecret(SECRET, PLACE, KEY);
    for (let at = 0; at < line.length; at++) {
      for (const char of ["A", "B", "_", "-", ".", "=", " ", "\u00e9", ""]) {
        if (char === line[at]) continue;
        const changed = line.slice(0, at) + char + line.slice(at + 1);
        expect([at, char, openSecret(changed, PLACE, [KEY])]).toEqual([at, char, undefined]);
      }
    }
  });

  test("does not open when it is cut off or has more at its end", () => {
    const line = sealSecret(SECRET, PLACE, KEY);
    for (let length = 0; length < line.length; length++) {
      expect(openSecret(line.slice(0, length), PLACE, [KEY])).toBeUndefined();
    }
    for (const more of [".", ".AAAA", "A", "=", "\n"]) expect(openSecret(line + more, PLACE, [KEY])).toBeUndefined();
  });

  test("does not open when it is anything else", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(openSecret(text, PLACE, [KEY])).toBeUndefined();
        expect(openSecret(`${KEY.id}.${text}`, PLACE, [KEY])).toBeUndefined();
      }),
    );
  });
});
