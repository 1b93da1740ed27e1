// Texts that are cut, and leave no part of a secret behind.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Redactor } from "../../../src/core/redaction.ts";
import { cleanText } from "../../../src/daemon/records/clean-text.ts";

const SECRET = "fake-secret-clean_text-0123456789abcdef";
const redactor = new Redactor();
redactor.addSecrets([SECRET]);
const redact = (text: string) => redactor.redact(text);

describe("cleanText", () => {
  test("leaves a short text as it is", () => {
    expect(cleanText("hello", { most: 10 }, redact)).toBe("hello");
  });

  test("cuts a long one", () => {
    expect(cleanText("word ".repeat(100), { most: 12 }, redact)).toBe("word word wo");
  });

  test("keeps what is known to be whole of one that was cut off elsewhere", () => {
    const text = `${"a word ".repeat(100)}fake-secret-clean_te`;
    expect(cleanText(text, { most: 4_096, isCut: true }, redact)).not.toContain("fake-s");
  });

  test("cuts what has no end of a word for long, such as a picture in Base64", () => {
    const text = `${"a".repeat(60_000)}" ${"word ".repeat(900)}`;
    expect(cleanText(text, { most: 65_536, isCut: true }, redact)).toBe(text.slice(0, -256));
    expect(cleanText("a".repeat(60_000), { most: 65_536, isCut: true }, redact)).toBe("");
  });

  test("never shows more of a secret than its mask, wherever it is cut", () => {
    const parts = fc.array(fc.constantFrom(SECRET, "word", " ", '"', "\n", "x".repeat(50)), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        parts,
        fc.integer({ min: 1, max: 600 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 2_000 }),
        (list, most, isCut, cutAt) => {
          const whole = list.join("");
          const text = isCut ? whole.slice(0, cutAt) : whole;
          const clean = cleanText(text, { most, isCut }, redact);
          expect(clean.length).toBeLessThanOrEqual(most);
          for (let length = 5; length <= SECRET.length; length += 1)
            expect(clean).not.toContain(SECRET.slice(0, length));
        },
      ),
    );
  });
});
