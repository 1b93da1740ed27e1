// The beginning of a text: as it came, no longer than asked for, and without a piece of a secret at its end.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { redactedStart } from "../../src/core/redacted-start.ts";
import { Redactor } from "../../src/core/redaction.ts";

const SECRET = "fake-secret-0123456789-abcdefghijklmnopqrstuvwxyz";
const redactor = new Redactor();
redactor.addSecrets([SECRET]);
const redact = (text: string) => redactor.redact(text);
const start = (text: string, most: number) => redactedStart(Buffer.from(text), most, redact);

test("a short text stays as it is, a byte order mark too", () => {
  expect(start('\uFEFF{"error": "über"}\r\n', 100)).toBe('\uFEFF{"error": "über"}\r\n');
});

test("bytes that are no UTF-8 are replaced", () => {
  expect(redactedStart(Uint8Array.of(0x61, 0xff, 0x62), 100, redact)).toBe("a\uFFFDb");
});

test("no character is cut in two", () => {
  expect(start("aé".repeat(5_000), 8)).toBe("aéaéa");
  expect(start("😀".repeat(5_000), 7)).toBe("😀");
});

test("as many bytes as asked for are given of a long text", () => {
  expect(start("x".repeat(20_000), 4_096)).toBe("x".repeat(4_096));
});

test("wherever a text is cut, nothing of a secret is left but its mask", () => {
  const most = 64;
  const pieces = fc.array(fc.constantFrom(SECRET, " ", "x", "é", '"', "\n", "word "), { maxLength: 400 });
  fc.assert(
    fc.property(pieces, fc.nat({ max: 5_000 }), (parts, lead) => {
      const given = "y".repeat(lead) + parts.join("");
      const told = start(given, most);
      expect(Buffer.byteLength(told)).toBeLessThanOrEqual(most);
      for (let at = 0; at + 9 <= SECRET.length; at++) expect(told).not.toContain(SECRET.slice(at, at + 9));
    }),
  );
});

test("a text of nothing but secrets leaves none at the end of what is looked at", () => {
  const told = start(SECRET.repeat(1_000), 4_096);
  expect(told).not.toContain(SECRET.slice(0, 9));
});
