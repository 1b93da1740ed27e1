// `init` writes a file that works, keeps it private, and never overwrites one.
import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { FakeTerminal } from "./fake-terminal.ts";

const TOKENS = /\b(?:sk-ob|admin)-[0-9a-f]{48}\b/g;

test("init writes a valid file with fresh tokens, and does not print them", async () => {
  using terminal = new FakeTerminal();
  const { exitCode, out } = await terminal.run(["init"]);
  expect(exitCode).toBe(0);
  expect(out).toContain("OPENAI_API_KEY=... openai-balance serve\n");
  const tokens = terminal.read("config.yaml").match(TOKENS) ?? [];
  expect(new Set(tokens).size).toBe(2);
  for (const token of tokens) expect(out).not.toContain(token);
  const check = await terminal.run(["config", "check"], { env: { OPENAI_API_KEY: "sk-fake-0123456789" } });
  expect(check).toMatchObject({ exitCode: 0, err: "" });
  await terminal.run(["init", "-c", "other.yaml"]);
  expect(terminal.read("other.yaml").match(TOKENS)).not.toEqual(tokens);
});

test("init makes the file readable by its owner only, in a folder that it creates", async () => {
  using terminal = new FakeTerminal();
  const { out } = await terminal.run(["init", "--config", "new/folder/balance.yaml"]);
  expect(statSync(join(terminal.folder, "new/folder/balance.yaml")).mode & 0o777).toBe(0o600);
  expect(out).toContain("openai-balance serve --config new/folder/balance.yaml\n");
});

test("init leaves an existing file as it is, and ends with 1", async () => {
  using terminal = new FakeTerminal();
  terminal.write("config.yaml", "mine");
  const { exitCode, err } = await terminal.run(["init"]);
  expect(exitCode).toBe(1);
  expect(err).toBe("Cannot write config.yaml: it exists already, and is left as it is\n");
  expect(terminal.read("config.yaml")).toBe("mine");
});

test("init names the providers whose variables are set", async () => {
  using terminal = new FakeTerminal();
  const env = { DEEPSEEK_API_KEY: "sk-fake-deepseek-0001", GROQ_API_KEY: "gsk_fake_groq_0002" };
  const { out } = await terminal.run(["init"], { env });
  expect(out).toContain("Start with: openai-balance serve\n");
  expect(terminal.read("config.yaml").match(/^ {2}- name: \w+/gm)).toEqual(["  - name: deepseek", "  - name: groq"]);
  expect(terminal.read("config.yaml")).not.toContain("fake");
  expect(await terminal.run(["config", "check"], { env })).toMatchObject({ exitCode: 0, err: "" });
});
