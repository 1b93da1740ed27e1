// Where diagnostics are shown in the text that somebody edits, whatever the secrets in it are.
import { describe, expect, test } from "bun:test";
import { faultDiagnostics, inText, syntaxDiagnostics } from "../../../src/config/conceal/text-diagnostics.ts";
import { load } from "../load.ts";
import { concealed, edited, parsed } from "./concealed.ts";

/** The stretch that each diagnostic marks, and what it is about. */
function marks(file: string, edit: (shown: string) => string) {
  const text = edit(concealed(file).text);
  const back = edited(file, edit);
  if (!back.ok) throw new Error("It was refused");
  const result = load({ yaml: back.text });
  const found = result.ok ? result.warnings : result.diagnostics;
  const all = inText(found, { edited: parsed(text), real: back.text, replaced: back.replaced });
  return all.map(({ start, end, path }) => {
    const line = text.split("\n")[(start?.line ?? 0) - 1];
    return [path, start?.line, line?.slice((start?.column ?? 0) - 1, (end?.column ?? 0) - 1)];
  });
}

const FILE = `auth:
  admin_token: |-
    fake-admin
      and more
    and more
providers:
  - { name: one, base_url: "https://one.example/v1", api_keys: [fake-key-1, "fake\\x2dkey-2"], max_retries: 3 }
`;

describe("inText", () => {
  test("finds the field behind secrets of many lines, and behind some on the same line", () => {
    const edit = (shown: string) => shown.replace("max_retries: 3", "max_retries: x").concat("servr: {}\n");
    expect(marks(FILE, edit)).toEqual([
      ["auth.client_tokens", 1, "auth"],
      ["auth.admin_token", 2, "admin_token"],
      ["providers[0].max_retries", 4, "max_retries"],
      ["servr", 5, "servr"],
    ]);
  });

  test("marks the placeholder where the secret itself is wrong", () => {
    const [[path, line, marked] = []] = marks(
      'auth: { client_tokens: ["fake token with spaces"] }\nproviders: [{ name: ollama }]\n',
      (shown) => shown,
    );
    expect([path, line]).toEqual(["auth.client_tokens[0]", 1]);
    expect(marked).toMatch(/^⟦secret:.*⟧$/);
  });

  test("has no place for what stands elsewhere", () => {
    const diagnostic = {
      severity: "error",
      path: "server.port",
      message: "x",
      source: { kind: "flag", name: "--port" },
    } as const;
    expect(inText([diagnostic], { edited: parsed(""), real: "", replaced: [] })).toEqual([
      { severity: "error", path: "server.port", message: "x", start: undefined, end: undefined },
    ]);
  });
});

describe("syntaxDiagnostics", () => {
  test("says where the text is no YAML", () => {
    const [found] = syntaxDiagnostics("a: 1\nb: [1\nc: 2\n");
    expect(found).toMatchObject({ severity: "error", path: "", message: expect.stringMatching(/bracket|missing/) });
    expect(found?.start?.line).toBeGreaterThan(1);
  });
});

test("faultDiagnostics says where a placeholder stands", () => {
  expect(faultDiagnostics("a:\n  b\n", [{ start: 5, end: 6, message: "no" }])).toEqual([
    { severity: "error", path: "", message: "no", start: { line: 2, column: 3 }, end: { line: 2, column: 4 } },
  ]);
});
