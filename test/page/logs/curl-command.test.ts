// A request as a command: what a shell makes of it, whatever stands in the names.
import { describe, expect, test } from "bun:test";
import { curlCommand, shellQuoted } from "../../../src/page/logs/curl-command.ts";

const ASKED = {
  method: "POST",
  route: "/v1/chat/completions",
  operation: "chat/completions",
  model: "gpt-4o",
  stream: false,
};
const AT = { origin: "http://127.0.0.1:8000" };

const HOSTILE = [
  "plain",
  "it's",
  "'; rm -rf / #",
  "$(reboot)`reboot`$HOME",
  'a"b\\c',
  "line\nbreak\ttab",
  "\u202egpj.exe",
  "日本語 🙂",
  "!history",
  "\\'",
] as const;

/** What a shell gives to curl. */
function argumentsOf(command: string): readonly string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\nOPENAI_API_KEY=from-environment\n${command}`;
  const { stdout, exitCode, stderr } = Bun.spawnSync(["sh", "-c", script], { env: {} });
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
  return stdout.toString().split("\0").slice(0, -1);
}

test("asks for the same model, with the key of the environment and a body that asks for little", () => {
  expect(curlCommand(ASKED, AT)).toBe(
    [
      "curl 'http://127.0.0.1:8000/v1/chat/completions' \\",
      '  -H "Authorization: Bearer $OPENAI_API_KEY" \\',
      "  -H 'Content-Type: application/json' \\",
      `  -d '{"model":"gpt-4o","messages":[{"role":"user","content":"Say hi"}]}'`,
    ].join("\n"),
  );
});

test("goes to one provider by its path, without a body where there was none", () => {
  const list = { ...ASKED, method: "GET", route: "/v1/models", operation: "models" };
  expect(argumentsOf(curlCommand(list, { ...AT, provider: "o'pen ai" }))).toEqual([
    "-X",
    "GET",
    "http://127.0.0.1:8000/o'pen%20ai/v1/models",
    "-H",
    "Authorization: Bearer from-environment",
  ]);
  // A path of a provider's own names it already.
  const native = { ...ASKED, route: "/{provider}/v1beta/models/{model}:generateContent" };
  expect(curlCommand(native, { ...AT, provider: "gemini" })).toContain("'http://127.0.0.1:8000/{provider}/v1beta");
});

describe.each(HOSTILE)("%j", (name) => {
  test("as a model is text for the shell", () => {
    const command = curlCommand({ ...ASKED, model: name, stream: true }, AT);
    expect(command).toMatch(/^[\x20-\x7e\n]*$/);
    const given = argumentsOf(command);
    expect(given).toHaveLength(7);
    expect(JSON.parse(given[6] ?? "")).toMatchObject({ model: name, stream: true });
  });

  test("as a route or a method is one argument", () => {
    const given = argumentsOf(curlCommand({ ...ASKED, method: name, route: `/v1/${name}` }, AT));
    expect(given.slice(0, 3)).toEqual(["-X", name, `http://127.0.0.1:8000/v1/${name}`]);
    expect(argumentsOf(`curl ${shellQuoted(name)}`)).toEqual([name]);
  });
});
