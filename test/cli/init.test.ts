// `init` writes a file that works with the keys that are there, keeps it private, and never overwrites one.
import { describe, expect, test } from "bun:test";
import { mkdirSync, statSync } from "node:fs";
import { FakeTerminal } from "./fake-terminal.ts";

const TOKENS = /\b(?:oab-[\w-]{43}|admin-[0-9a-f]{48})(?![\w-])/g;

/** The providers in the file, without those in comments. */
function providersIn(terminal: FakeTerminal): readonly string[] {
  return [...terminal.read("config.yaml").matchAll(/^ {2}- name: (\S+)$/gm)].map(([, name = ""]) => name);
}

async function addKeys(terminal: FakeTerminal, provider: string, ...more: readonly string[]): Promise<void> {
  const stdin = `sk-fake-stored-${provider}\n`;
  const added = await terminal.run(["keys", "add", "--provider", provider, ...more], { stdin });
  expect(added).toMatchObject({ exitCode: 0 });
}

test("init writes a valid file with fresh tokens, and does not print them", async () => {
  using terminal = new FakeTerminal();
  const { exitCode, out } = await terminal.run(["init"]);
  expect(exitCode).toBe(0);
  expect(out).toContain("  OPENAI_API_KEY=... openai-balance serve\n");
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
  expect(statSync(terminal.path("new/folder/balance.yaml")).mode & 0o777).toBe(0o600);
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

test("init says in words why it cannot write", async () => {
  using terminal = new FakeTerminal();
  terminal.write("file", "");
  const { exitCode, err } = await terminal.run(["init", "--config", "file/config.yaml"]);
  expect(exitCode).toBe(1);
  expect(err).toMatch(/^Cannot write file\/config\.yaml: [a-z]+ .*\n$/);
  mkdirSync(terminal.path("folder"));
  expect((await terminal.run(["init", "--config", "folder"])).exitCode).toBe(1);
});

describe("the providers in the file of init", () => {
  test("are those whose variables are set", async () => {
    using terminal = new FakeTerminal();
    const env = { DEEPSEEK_API_KEY: "sk-fake-deepseek-0001", GROQ_API_KEY: "gsk_fake_groq_0002" };
    const { out } = await terminal.run(["init"], { env });
    expect(out).toEndWith("\n  openai-balance serve\n");
    expect(providersIn(terminal)).toEqual(["deepseek", "groq"]);
    expect(terminal.read("config.yaml")).not.toContain("fake");
    expect(await terminal.run(["config", "check"], { env })).toMatchObject({ exitCode: 0, err: "" });
  });

  test("are those of which keys are stored, and these go on being used", async () => {
    using terminal = new FakeTerminal();
    await addKeys(terminal, "deepseek");
    await addKeys(terminal, "mistral");
    const { out, err } = await terminal.run(["init"]);
    expect({ out: out.split("\n").at(-2), err }).toEqual({ out: "  openai-balance serve", err: "" });
    expect(providersIn(terminal)).toEqual(["deepseek", "mistral"]);
    const { keys } = JSON.parse((await terminal.run(["keys", "list", "--json"])).out);
    expect(keys.map(({ provider }: { provider: string }) => provider)).toEqual(["deepseek", "mistral"]);
  });

  test("are both, each once, in the order of the presets", async () => {
    using terminal = new FakeTerminal();
    await addKeys(terminal, "mistral");
    await addKeys(terminal, "openai");
    await terminal.run(["init"], { env: { DEEPSEEK_API_KEY: "sk-fake-1", OPENAI_API_KEY: "sk-fake-2" } });
    expect(providersIn(terminal)).toEqual(["openai", "deepseek", "mistral"]);
  });

  test("are looked for in the data folder that is named, which the next step names too", async () => {
    using terminal = new FakeTerminal();
    await addKeys(terminal, "groq", "--data-dir", "elsewhere");
    await addKeys(terminal, "xai");
    const { out } = await terminal.run(["init", "--data-dir", "elsewhere"]);
    expect(providersIn(terminal)).toEqual(["groq"]);
    expect(out).toEndWith("\n  openai-balance serve --data-dir elsewhere\n");
  });

  test("of a provider that is no preset: it says that the file lacks it", async () => {
    using terminal = new FakeTerminal();
    terminal.write("mine.yaml", 'providers: [{ name: mine, base_url: "https://mine.example/v1" }]');
    await addKeys(terminal, "mine", "--config", "mine.yaml");
    const { exitCode, err } = await terminal.run(["init"]);
    expect(exitCode).toBe(0);
    expect(providersIn(terminal)).toEqual(["openai"]);
    expect(err).toBe("There are stored keys of mine, which needs an entry with its base_url in config.yaml\n");
  });

  test("of a store that cannot be opened: it says why, and writes the file", async () => {
    using terminal = new FakeTerminal();
    await addKeys(terminal, "groq", "--data-dir", "data");
    terminal.write("data/keys.json", "torn");
    const { exitCode, err } = await terminal.run(["init", "--data-dir", "data"]);
    expect(exitCode).toBe(0);
    expect(err).toContain("keys.json");
    expect(providersIn(terminal)).toEqual(["openai"]);
  });
});
