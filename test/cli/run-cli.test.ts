// Arguments, help, suggestions and exit codes.
import { describe, expect, test } from "bun:test";
import { version } from "../../package.json";
import { FakeTerminal } from "./fake-terminal.ts";

async function run(...args: readonly string[]) {
  using terminal = new FakeTerminal();
  return await terminal.run(args);
}

test.each([["version"], ["--version"], ["-V"]])("%s prints the version", async (arg) => {
  expect(await run(arg)).toEqual({ exitCode: 0, out: `openai-balance ${version}\n`, err: "" });
});

test("version --json prints JSON", async () => {
  expect(JSON.parse((await run("version", "--json")).out)).toEqual({ version });
});

test.each([
  [[]],
  [["serve"]],
  [["init"]],
  [["config"]],
  [["config", "check"]],
  [["config", "show"]],
  [["config", "path"]],
  [["config", "schema"]],
  [["version"]],
])("help of %p has an example that begins like the command", async (command) => {
  const { exitCode, out } = await run(...command, "--help");
  expect(exitCode).toBe(0);
  expect(out).toMatch(new RegExp(`Example:\n {2}\\$ .*openai-balance ${command.join(" ")}`));
});

describe("A wrong command line ends with 2 and a suggestion", () => {
  test.each([
    [["sevre"], "Did you mean serve?"],
    [["config", "chekc"], "Did you mean check?"],
    [["serve", "--prot", "1"], "Did you mean --port?"],
    [["serve", "--log-level", "loud"], "Allowed choices are debug, info"],
    [["serve", "extra"], "too many arguments"],
    [["init", "--config"], "argument missing"],
  ])("%p", async (args, message) => {
    const { exitCode, out, err } = await run(...args);
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe("");
  });

  test.each([
    [["keys", "list", "--provider", ""], "--provider"],
    [["keys", "remove", "x", "--yes", "--data-dir="], "--data-dir"],
    [["keys", "add", "--file", ""], "--file"],
    [["logs", "--key", ""], "--key"],
    [["serve", "-c", ""], "--config"],
    [["profile", "add", "x", "https://x.example", "--token-file", ""], "--token-file"],
  ])("an option without a text is not taken for none: %j", async (args, option) => {
    const err = `Cannot use ${option}: expected a value, got an empty string\n`;
    expect(await run(...args)).toEqual({ exitCode: 2, out: "", err });
  });

  test.each([[[]], [["config"]]])("help on the error stream without a command: %p", async (args) => {
    const { exitCode, err } = await run(...args);
    expect(exitCode).toBe(2);
    expect(err).toContain("Usage: openai-balance");
  });
});

test("--env-file that cannot be read is the user's mistake: its message, no stack", async () => {
  const { exitCode, err } = await run("config", "check", "--env-file", "nope.env");
  expect(exitCode).toBe(2);
  expect(err).toBe("Cannot read nope.env (named by --env-file): the file does not exist\n");
});
