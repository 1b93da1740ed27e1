// A second model in a form is seen wherever it stands and however the form is cut into pieces.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FormWatch } from "../../../src/proxy/body/form-watch.ts";
import { peekBody } from "../../../src/proxy/body/peek-body.ts";
import { ODD_FORMS } from "../odd-forms.ts";

const TYPE = "multipart/form-data; boundary=XX";

function part(name: string, content: string, more = ""): string {
  return `--XX\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;
}

function isClear(form: string, size = form.length, type = TYPE): boolean {
  const watch = new FormWatch(type);
  const bytes = Buffer.from(form, "latin1");
  for (let at = 0; at < bytes.length; at += size) if (!watch.isClear(bytes.subarray(at, at + size))) return false;
  return true;
}

const FILE = part("file", "RIFF\0\r\n--X\r\n--XXY\r\n\r\n", '; filename="model"');
const END = "--XX--\r\n";

describe("FormWatch", () => {
  test.each<[string, string, boolean]>([
    ["one model", part("model", "a") + FILE + END, true],
    ["a model behind a file", FILE + part("model", "a") + END, true],
    ["two models", part("model", "a") + FILE + part("model", "b") + END, false],
    ["two models behind each other", part("model", "a") + part("model", "b") + END, false],
    ["two stream flags", part("stream", "true") + FILE + part("stream", "false") + END, false],
    ["a file of that name too", part("model", "a") + part("model", "b", '; filename="f"') + END, false],
    ["two of any other name", part("include[]", "a") + FILE + part("include[]", "b") + END, true],
    [
      "a model in a file of another form",
      part("model", "a") +
        part("file", '\r\n--YY\r\nContent-Disposition: form-data; name="model"\r\n\r\nb', '; filename="f"') +
        END,
      true,
    ],
    ["padding after the boundary", part("model", "a") + part("model", "b").replace("--XX", "--XX \t") + END, false],
    ["a preamble", `hello\r\n${part("model", "a")}${part("model", "b")}${END}`, false],
    ["an empty part", part("model", "").replace("\r\n\r\n\r\n", "\r\n\r\n") + part("model", "b") + END, false],
    ["headers that are too long", part("x", "1", `; y="${"z".repeat(9000)}"`) + part("model", "a") + END, false],
  ])("sees %s", (_name, form, clear) => {
    for (const size of [1, 2, 3, 7, 64, form.length]) expect([size, isClear(form, size)]).toEqual([size, clear]);
  });

  test.each(ODD_FORMS)("breaks off %s", (_name, odd) => {
    for (const size of [1, 5, odd.length])
      expect([size, isClear(part("model", "a") + odd + END, size)]).toEqual([size, false]);
  });

  test("breaks off a form without end", () => {
    expect(isClear(part("x", "").repeat(1001), 1000)).toBe(false);
  });

  test("has nothing to watch without a boundary", () => {
    expect(isClear(part("model", "a") + part("model", "b"), 100, "multipart/form-data")).toBe(true);
  });

  test("says what a look at the whole form says, for forms of all kinds, in pieces of every size", () => {
    const name = fc.constantFrom("model", "stream", "file", "prompt");
    const content = fc.oneof(
      fc.string(),
      fc.constantFrom("\r\n--XX", "--XX--", "\r\n--XX\r", "\n--XX\n", "\r\n--XX  ", "\n--XX\r\n", "\r\n\r\n", "\r"),
    );
    const one = fc
      .tuple(name, content, fc.boolean())
      .map(([called, text, isFile]) => part(called, text, isFile ? '; filename="f"' : ""));
    fc.assert(
      fc.property(fc.array(one, { maxLength: 5 }), fc.integer({ min: 1, max: 40 }), (parts, size) => {
        const form = parts.join("") + END;
        const { ambiguous, namesMoreModels } = peekBody(Buffer.from(form, "latin1"), TYPE);
        expect(isClear(form, size)).toBe(ambiguous === undefined && namesMoreModels === undefined);
      }),
      { numRuns: 1000 },
    );
  });
});
