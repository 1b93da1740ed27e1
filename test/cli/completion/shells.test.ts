// The scripts in the shells themselves: what TAB puts into a line is what a person meant, and runs nothing.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SHELLS, type Shell } from "../../../src/cli/completion/typed-word.ts";
import { keyRow } from "../../fixture/key-row.ts";
import { commandOf, environmentOf } from "../../fixture/program.ts";
import { TEST_DEADLINE_MS, until } from "../../fixture/until.ts";
import { listed } from "../daemon-answers.ts";
import { FakeTerminal } from "../fake-terminal.ts";
import { withDaemon } from "../with-daemon.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const START: Readonly<Record<Shell, { readonly command: readonly string[]; readonly load: string }>> = {
  bash: { command: ["bash", "--norc", "--noprofile", "-i"], load: "source <(openai-balance completion bash)" },
  zsh: {
    command: ["zsh", "-f", "-i"],
    // By default TAB first lets zsh itself expand the word, `$(…)` included, whatever is to be completed.
    load: "bindkey '^I' complete-word; autoload -Uz compinit; compinit -u -D; source <(openai-balance completion zsh)",
  },
  fish: { command: ["fish", "--no-config", "-i"], load: "openai-balance completion fish | source" },
};

const NAMES = [
  "team a",
  "it's $(touch pwned) `touch pwned`",
  "büro-日本",
  "col:on=x",
  "col:two",
  'dq"uote!bang',
  "back\\slash;|&<>*?[x]{y}",
  "~tilde",
  "-dash",
  "#hash",
];

/** What is typed, and the arguments that the program then gets. */
const LINES: readonly (readonly [typed: string, args: readonly string[]])[] = [
  ["openai-balance ke\tdis\tteam\t", ["keys", "disable", "team a"]],
  ["openai-balance keys disable team\\ \t", ["keys", "disable", "team a"]],
  ["openai-balance keys disable it\t", ["keys", "disable", NAMES[1] ?? ""]],
  ['openai-balance keys disable "it\t', ["keys", "disable", NAMES[1] ?? ""]],
  ["openai-balance keys disable 'it\t", ["keys", "disable", NAMES[1] ?? ""]],
  ["openai-balance keys disable bü\t", ["keys", "disable", "büro-日本"]],
  ["openai-balance keys disable col:on\t", ["keys", "disable", "col:on=x"]],
  ["openai-balance keys disable dq\t", ["keys", "disable", 'dq"uote!bang']],
  ['openai-balance keys disable "dq\t', ["keys", "disable", 'dq"uote!bang']],
  ["openai-balance keys disable back\t", ["keys", "disable", NAMES[6] ?? ""]],
  ["openai-balance keys disable \\~\t", ["keys", "disable", "~tilde"]],
  ["openai-balance keys disable -- -d\t", ["keys", "disable", "--", "-dash"]],
  ["openai-balance keys disable \\#\t", ["keys", "disable", "#hash"]],
  ["openai-balance keys disable bü\tteam\t", ["keys", "disable", "büro-日本", "team a"]],
  ["openai-balance keys add --provider=opena\t", ["keys", "add", "--provider=openai"]],
  ["openai-balance keys add --prov\topena\t", ["keys", "add", "--provider", "openai"]],
  ["openai-balance keys list --status=ex\t", ["keys", "list", "--status=exhausted"]],
  ["openai-balance status --config my\t", ["status", "--config", "my file.yaml"]],
  ["openai-balance completion f\t", ["completion", "fish"]],
];

/** Lines in which something would be run, were they evaluated; they are given up after TAB. */
const TRAPS = [
  "openai-balance keys disable $(touch pwned)\t",
  'openai-balance keys disable "$(touch pwned)\t',
  "openai-balance keys disable `touch pwned`\t",
  "openai-balance keys disable ;touch pwned;\t",
  "openai-balance keys disable '\t",
  "openai-balance $(touch pwned) \t",
  "openai-balance --config=$(touch pwned)\t",
];

const keys = NAMES.map((name, index) => keyRow({ id: `00000000000${index}`, name }));
const place = withDaemon({ "keys.list": listed(keys) });
afterAll(() => place[Symbol.asyncDispose]());

/** Ctrl-U takes the line away, without a signal that would drop what is typed ahead. */
const CLEAR = "\x15";

/** A shell in a terminal, in which the program is a script that notes down how it was called. */
class Session implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "openai-balance-shell-"));
  readonly #child: Bun.Subprocess;
  #shown = "";

  constructor(shell: Shell) {
    writeFileSync(join(this.#folder, "my file.yaml"), "");
    this.#writeProgram();
    const decoder = new TextDecoder();
    const env = environmentOf({ folder: this.#folder, env: { OPENAI_BALANCE_DATA_DIR: place.terminal.path("data") } });
    this.#child = Bun.spawn([...START[shell].command], {
      cwd: this.#folder,
      env: { ...env, PATH: `${this.#folder}:${env.PATH}`, TERM: "xterm", LANG: "C.UTF-8", INPUTRC: "/dev/null" },
      terminal: {
        cols: 200,
        rows: 50,
        data: (_terminal, bytes) => {
          this.#shown += decoder.decode(bytes, { stream: true });
        },
      },
    });
  }

  async load(shell: Shell): Promise<void> {
    this.type(`${START[shell].load}; printf 'lo%s\\n' aded\r`);
    await until("the script", () => this.#shown.includes("loaded"));
    this.#shown = "";
  }

  type(text: string): void {
    this.#child.terminal?.write(text);
  }

  /** All that was shown since the script was loaded. */
  get shown(): string {
    return this.#shown;
  }

  /** How the program was called by a person, call by call. */
  get calls(): readonly (readonly string[])[] {
    return this.#linesOf("calls").map((line) => line.split("\x1f").slice(0, -1));
  }

  /** How often it was asked for candidates. */
  get questions(): number {
    return this.#linesOf("questions").length;
  }

  has(name: string): boolean {
    return existsSync(join(this.#folder, name));
  }

  removeProgram(): void {
    rmSync(join(this.#folder, "openai-balance"));
  }

  #writeProgram(): void {
    const [program = "", ...args] = commandOf([]).map((word) => `'${word}'`);
    const script = `#!/bin/sh
cd '${this.#folder}'
run() { exec ${[program, ...args].join(" ")} "$@"; }
case $1 in
  __complete) echo >> questions; run "$@" ;;
  completion) [ -e loaded ] || { touch loaded; run "$@"; } ;;
esac
{ printf '%s\\037' "$@"; echo; } >> calls
`;
    writeFileSync(join(this.#folder, "openai-balance"), script);
    chmodSync(join(this.#folder, "openai-balance"), 0o755);
  }

  #linesOf(name: string): readonly string[] {
    return this.has(name) ? readFileSync(join(this.#folder, name), "utf8").split("\n").slice(0, -1) : [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    this.#child.terminal?.close();
    rmSync(this.#folder, { recursive: true });
  }
}

describe.each(SHELLS.map((shell) => [shell]))("%s", (shell) => {
  const isHere = process.platform !== "win32" && Bun.which(shell) !== null;
  const title = isHere ? "" : ` (skipped: there is no ${shell} here)`;

  test.skipIf(!isHere)(`completes what is typed${title}`, async () => {
    await using session = new Session(shell);
    await session.load(shell);
    for (const [typed] of LINES) {
      const before = session.calls.length;
      session.type(`${typed}\r`);
      await until(`the command behind ${JSON.stringify(typed)}`, () => session.calls.length > before);
    }
    expect(session.calls).toEqual(LINES.map(([, args]) => args));
    expect(session.has("pwned")).toBe(false);
  });

  test.skipIf(!isHere)(`runs nothing of what is typed, and shows no error${title}`, async () => {
    await using session = new Session(shell);
    await session.load(shell);
    for (const trap of TRAPS) session.type(trap + CLEAR);
    session.type("openai-balance status\r");
    await until("the last command", () => session.calls.length > 0);
    expect(session.has("pwned")).toBe(false);
    expect(session.questions).toBeGreaterThan(2);
    expect(session.shown).not.toMatch(/error|unexpected|syntax|not found|unmatched/i);
  });

  test.skipIf(!isHere)(`shows nothing where the program is gone${title}`, async () => {
    await using session = new Session(shell);
    await session.load(shell);
    session.removeProgram();
    session.type(`openai-balance keys \t${CLEAR}`);
    session.type("printf 'en%s\\n' ded\r");
    await until("the end", () => session.shown.includes("ended"));
    expect(session.shown).not.toMatch(/not found|no such file|unknown command/i);
  });
});

test("the scripts evaluate nothing", async () => {
  using terminal = new FakeTerminal();
  for (const shell of SHELLS) {
    const { out } = await terminal.run(["completion", shell]);
    expect(out).not.toMatch(/\beval\b/);
    expect(out).toContain(`openai-balance __complete ${shell} `);
  }
});

test("on a terminal it says which file reads the script, and elsewhere it prints the script alone", async () => {
  using terminal = new FakeTerminal();
  const shown = await terminal.run(["completion", "zsh"], { isTerminal: true, columns: 80 });
  expect(shown.err).toBe(
    "zsh reads it with this line in ~/.zshrc, behind compinit:\n  source <(openai-balance completion zsh)\n",
  );
  expect((await terminal.run(["completion", "zsh"])).err).toBe("");
});
