// Setting up a checkout, with a pretended npm and bun: nothing is fetched.
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NODE = Bun.which("node");
const SETUP = join(import.meta.dir, "../../scripts/setup.mjs");

/** Says its version, pretends to install by putting itself into node_modules, and runs programs with the real bun. */
const FAKE_BUN = `#!/bin/sh
echo "bun $*" >> "$CALLS"
case "$1" in
  --version) echo 9.9.9 ;;
  install) mkdir -p node_modules/@oven/bun-fake/bin && cp "$0" node_modules/@oven/bun-fake/bin/bun ;;
  *) exec "${process.execPath}" "$@" ;;
esac
`;
const FAKE_NPM = `#!/bin/sh
echo "npm $*" >> "$CALLS"
mkdir -p node_modules/@oven/bun-fake/bin && cp "$FAKE_BUN" node_modules/@oven/bun-fake/bin/bun
`;

class Checkout implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), "setup-"));
  readonly #bin = join(this.root, "bin");
  readonly #calls = join(this.root, "calls");

  constructor(commands: Readonly<Record<string, string>>) {
    for (const folder of ["bin", "scripts"]) mkdirSync(join(this.root, folder));
    cpSync(SETUP, join(this.root, "scripts/setup.mjs"));
    this.write("package.json", JSON.stringify({ devDependencies: { bun: "9.9.9" } }));
    this.write("bun.lock", "{}");
    this.write("fake-bun", FAKE_BUN);
    this.write("program.ts", "process.stdout.write(process.argv.slice(2).join(' ')); process.exitCode = 7;");
    for (const [name, text] of Object.entries(commands)) this.write(`bin/${name}`, text);
    for (const tool of ["sh", "cp", "mkdir"]) symlinkSync(Bun.which(tool) ?? "", join(this.#bin, tool));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.root, name), text);
    chmodSync(join(this.root, name), 0o755);
  }

  start(...args: readonly string[]) {
    rmSync(this.#calls, { force: true });
    return Bun.spawn([NODE ?? "node", join(this.root, "scripts/setup.mjs"), ...args], {
      env: { PATH: this.#bin, CALLS: this.#calls, FAKE_BUN: join(this.root, "fake-bun") },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  async run(...args: readonly string[]) {
    const child = this.start(...args);
    const [exitCode, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
    const calls = existsSync(this.#calls) ? readFileSync(this.#calls, "utf8").trim().split("\n") : [];
    return { exitCode, stdout, stderr, calls };
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }
}

describe.skipIf(NODE === null)("setup", () => {
  test("fetches bun with npm, installs with it, and runs the program with its arguments and exit code", async () => {
    using checkout = new Checkout({ npm: FAKE_NPM });
    const run = await checkout.run("program.ts", "--port", "1");
    expect(run).toMatchObject({ exitCode: 7, stdout: "--port 1" });
    expect(run.calls.filter((call) => !call.includes("--version"))).toEqual([
      expect.stringMatching(/^npm install .*bun@9\.9\.9$/),
      "bun install --frozen-lockfile",
      "bun --no-env-file program.ts --port 1",
    ]);
  });

  test("does nothing but run the program when all is installed, until the lockfile changes", async () => {
    using checkout = new Checkout({ npm: FAKE_NPM });
    await checkout.run("program.ts");
    expect((await checkout.run("program.ts")).calls).toEqual(["bun --no-env-file program.ts"]);
    checkout.write("bun.lock", "{ }");
    expect((await checkout.run("program.ts")).calls).toContain("bun install --frozen-lockfile");
  });

  test("reads no .env of the folder", async () => {
    using checkout = new Checkout({ npm: FAKE_NPM });
    checkout.write(".env", "FROM_DOTENV=1\n");
    checkout.write("program.ts", "process.stdout.write(String(process.env.FROM_DOTENV));");
    expect((await checkout.run("program.ts")).stdout).toBe("undefined");
  });

  test("passes a signal on, and ends as the program then ends", async () => {
    using checkout = new Checkout({ npm: FAKE_NPM });
    checkout.write(
      "program.ts",
      "process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1000); process.stdout.write('ready');",
    );
    const child = checkout.start("program.ts");
    for await (const _ready of child.stdout) child.kill("SIGTERM");
    expect(await child.exited).toBe(5);
  });

  test("installs with a bun on PATH, of any version", async () => {
    using checkout = new Checkout({ bun: FAKE_BUN });
    expect(await checkout.run("program.ts")).toMatchObject({ exitCode: 7 });
  });

  test.each([
    ["neither bun nor npm is there", {}, "Cannot fetch bun: found neither bun nor npm"],
    ["npm fails", { npm: "#!/bin/sh\nexit 3\n" }, "`npm install` exited with 3. Is the package registry reachable"],
    [
      "bun fails",
      { bun: FAKE_BUN.replace("mkdir", "exit 4; mkdir") },
      "Cannot install the packages: `bun install --frozen-lockfile` exited with 4",
    ],
  ])("says what is wrong when %s", async (_case, commands, message) => {
    using checkout = new Checkout(commands as Record<string, string>);
    const run = await checkout.run("program.ts");
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain(message);
  });
});
