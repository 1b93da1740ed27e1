// The model of a form is found beside files of any content, and replaced without touching another byte.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { NO_FACTS } from "../../../src/proxy/body/body-facts.ts";
import { peekBody } from "../../../src/proxy/body/peek-body.ts";
import { replaceModel } from "../../../src/proxy/body/replace-model.ts";
import { ODD_FORMS, ODD_TYPES } from "../odd-forms.ts";

const TYPE = "multipart/form-data; boundary=XX";

const encode = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const decode = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

function part(name: string, content: string, more = ""): string {
  return `--XX\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;
}

function form(...parts: readonly string[]): string {
  return `${parts.join("")}--XX--\r\n`;
}

const FILE = part("file", "RIFF\0\r\n--X\r\n\r\n", '; filename="model"\r\nContent-Type: audio/wav');

describe("peekBody of a form", () => {
  test.each<[string, string, object]>([
    ["a model after a file", form(FILE, part("model", "whisper-1")), { model: "whisper-1" }],
    ["a model before a file", form(part("model", "whisper-1"), FILE), { model: "whisper-1" }],
    ["a stream flag", form(part("stream", "true"), part("model", "m")), { model: "m", stream: true }],
    ["a stream flag of Python", form(part("stream", "False")), { stream: false }],
    ["another stream value", form(part("stream", "1")), {}],
    ["an empty model", form(part("model", "")), {}],
    ["a file named model", form(part("model", "bytes", '; filename="a"')), {}],
    ["a file with an encoded name", form(part("model", "bytes", "; filename*=UTF-8''a")), {}],
    ["a name without quotes", form("--XX\r\ncontent-disposition:form-data;name=model\r\n\r\nm\r\n"), { model: "m" }],
    ["a type of the part", form(part("model", "m", "\r\nContent-Type: text/plain")), { model: "m" }],
    ["a preamble", `preamble\r\n${form(part("model", "m"))}`, { model: "m" }],
    ["padding after the boundary", form(part("model", "m")).replace("--XX\r\n", "--XX \t\r\n"), { model: "m" }],
    [
      "bytes like the boundary in a file",
      form(part("file", "a\r\n--XXY\r\nb", '; filename="f"'), part("model", "m")),
      { model: "m" },
    ],
    [
      "a form in a file",
      form(part("file", '\r\n--YY\r\nContent-Disposition: form-data; name="model"\r\n\r\nno', '; filename="f"')),
      {},
    ],
    ["a very long model", form(part("model", "x".repeat(5000))), {}],
    ["UTF-8", form(part("model", "\u00c3\u00a9")), { model: "\u00e9" }],
    ["a model after the end", `${form(FILE)}${part("model", "m")}`, {}],
    ["a cut form", part("model", "m").slice(0, -2), { namesMoreModels: true }],
    ["nothing", "", {}],
    ["another boundary", form(part("model", "m")).replaceAll("--XX", "--ZZ"), {}],
  ])("reads %s", (_, body, expected) => {
    const { modelSpan: __, ...facts } = peekBody(encode(body), TYPE);
    expect(facts).toEqual({ ...NO_FACTS, ...expected });
  });

  test.each(["model", "stream"])("refuses to choose between two of %s", (name) => {
    expect(peekBody(encode(form(part(name, "a"), part(name, "a"))), TYPE)).toEqual({ ...NO_FACTS, ambiguous: name });
  });

  test.each(['multipart/form-data; boundary="XX"', "Multipart/Form-Data; charset=utf-8; Boundary=XX"])(
    "reads the boundary of %s",
    (type) => {
      expect(peekBody(encode(form(part("model", "m"))), type).model).toBe("m");
    },
  );

  test("finds nothing without a boundary", () => {
    expect(peekBody(encode(form(part("model", "m"))), "multipart/form-data")).toEqual(NO_FACTS);
  });

  test("reads what FormData makes", async () => {
    const data = new FormData();
    data.append("file", new Blob([new Uint8Array(100_000).map((_, index) => index)]), "speech.wav");
    data.append("model", "whisper-1");
    data.append("stream", "true");
    const request = new Request("http://localhost", { method: "POST", body: data });
    const type = request.headers.get("content-type");
    const facts = peekBody(await request.bytes(), type);
    expect([facts.model, facts.stream]).toEqual(["whisper-1", true]);
  });

  test("replaces only the name, whatever the files hold", () => {
    const content = fc.uint8Array({ maxLength: 100 }).map((bytes) => decode(bytes));
    fc.assert(
      fc.property(content, content, (before, after) => {
        const given = form(
          part("a", before, '; filename="a"'),
          part("model", "old"),
          part("b", after, '; filename="b"'),
        );
        const bytes = encode(given);
        const facts = peekBody(bytes, TYPE);
        expect(facts.model).toBe("old");
        expect(decode(replaceModel(bytes, facts, "a-newer"))).toBe(
          given.replace("\r\n\r\nold\r\n--XX", "\r\n\r\na-newer\r\n--XX"),
        );
      }),
    );
  });

  test("finds nothing wrong in a form that is cut anywhere", () => {
    const bytes = encode(form(FILE, part("model", "whisper-1"), FILE));
    for (let end = 0; end < bytes.length; end += 1) {
      expect([undefined, "whisper-1"]).toContain(peekBody(bytes.subarray(0, end), TYPE).model);
    }
  });

  test("stops after more parts than any form has", () => {
    expect(peekBody(encode(form(part("x", "").repeat(5000), part("model", "m"))), TYPE)).toEqual({
      ...NO_FACTS,
      namesMoreModels: true,
    });
  });

  test.each(ODD_FORMS)("says that there may be another model in %s", (_name, odd) => {
    const facts = peekBody(encode(form(part("model", "m"), odd, FILE)), TYPE);
    expect(facts.ambiguous !== undefined || facts.namesMoreModels === true).toBe(true);
  });

  test("reads what it can where a name of a file has quotes", () => {
    const odd = '--XX\r\nContent-Disposition: form-data; name="file"; filename="a "b".wav"\r\n\r\nx\r\n';
    expect(peekBody(encode(form(odd, part("model", "m"))), TYPE)).toMatchObject({ model: "m", namesMoreModels: true });
  });

  test.each(ODD_TYPES)("reads nothing by the type %s", (type) => {
    expect(peekBody(encode(form(part("model", "m"))), type).model).toBeUndefined();
  });
});
