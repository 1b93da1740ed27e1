// `npm run build`: compiles dist/openai-balance for this machine and checks that it starts.
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";

const ROOT = join(import.meta.dir, "..");
const BINARY = join(ROOT, "dist", process.platform === "win32" ? "openai-balance.exe" : "openai-balance");

process.exitCode = build() && smokeTest() ? 0 : 1;

function build(): boolean {
  // After a failed build nothing must be left that looks like its result.
  rmSync(BINARY, { force: true });
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  const flags = [
    "--compile",
    "--minify",
    "--bytecode",
    // The binary must not pick up a `.env` or a bunfig.toml from the folder in which it is started.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    `--outfile=${BINARY}`,
  ];
  // A thread is a program of its own inside the executable.
  const entries = ["src/main.ts", "src/storage/database-worker.ts", "src/storage/records/reader-worker.ts"];
  const { exitCode, stdout, stderr } = run([process.execPath, "build", ...entries, ...flags]);
  if (exitCode !== 0) print(`Cannot build: ${stdout}${stderr}`);
  return exitCode === 0;
}

function smokeTest(): boolean {
  const began = performance.now();
  const { exitCode, stdout, stderr } = run([BINARY, "version"]);
  const tookMs = Math.round(performance.now() - began);
  const expected = `openai-balance ${version}\n`;
  if (exitCode === 0 && stdout === expected) {
    const mebibytes = Math.round(statSync(BINARY).size / 2 ** 20);
    print(`Built dist/openai-balance ${version}: ${mebibytes} MiB, starts in ${tookMs} ms`);
    return true;
  }
  print(`Cannot use the binary: \`version\` exited with ${exitCode} and printed ${JSON.stringify(stdout + stderr)}`);
  return false;
}

function run(command: readonly string[]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { cwd: ROOT });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
