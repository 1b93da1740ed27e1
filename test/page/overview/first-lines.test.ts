// Lines for a shell: what stands in them does only what it says.
import { expect, test } from "bun:test";
import { curlLine, keysAddLine } from "../../../src/page/overview/first-lines.ts";

const AT = "http://127.0.0.1:8000";

test("curlLine asks for a chat where a model is known, else for the models", () => {
  expect(curlLine(AT, { needs_token: false })).toBe(`curl ${AT}/v1/models`);
  expect(curlLine(AT, { needs_token: true, model: "gpt-4o-mini" })).toBe(
    `curl ${AT}/v1/chat/completions -H "Authorization: Bearer $CLIENT_TOKEN" -H "Content-Type: application/json" -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Say hello"}]}'`,
  );
});

test.each(["it's", "$(touch x)", "`touch x`", 'a"b', "a\\b"])("curlLine says %s to a shell as it is", async (model) => {
  const shell = Bun.spawn(["sh", "-c", curlLine(AT, { needs_token: false, model }).replace(/^curl/, "printf '%s\\n'")]);
  const said = (await new Response(shell.stdout).text()).trim().split("\n").at(-1) ?? "";
  expect(JSON.parse(said)).toMatchObject({ model });
});

test("keysAddLine names a provider that is known", () => {
  expect(keysAddLine(undefined)).toBe("openai-balance keys add");
  expect(keysAddLine("groq")).toBe("openai-balance keys add --provider groq");
});
