// `npm run build`: compiles dist/openai-balance for this machine and checks that it starts.
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import { bundlePage } from "../src/dashboard/bundle-page.ts";
import { ASSETS_PATH, type PageBundle } from "../src/dashboard/page-files.ts";
import { compileProgram } from "./compile-program.ts";

const ROOT = join(import.meta.dir, "..");
const BINARY = join(ROOT, "dist", process.platform === "win32" ? "openai-balance.exe" : "openai-balance");

process.exitCode = (await build()) && smokeTest() ? 0 : 1;

async function build(): Promise<boolean> {
  // After a failed build nothing must be left that looks like its result.
  rmSync(BINARY, { force: true });
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  try {
    const page = await bundlePage();
    await compileProgram({ page, outfile: BINARY });
    print(await sizeOf(page));
    return true;
  } catch (error: unknown) {
    print(`Cannot build: ${error instanceof AggregateError ? error.errors.map(String).join("\n") : String(error)}`);
    return false;
  }
}

/** What a browser loads before it shows the first page. */
async function sizeOf({ script, style, icon, files }: PageBundle): Promise<string> {
  const first = [script, style, icon].map((name) => files.get(name)?.br());
  const bytes = (await Promise.all(first)).reduce((sum, found) => sum + (found?.length ?? 0), 0);
  return `The page: ${files.size} files below ${ASSETS_PATH}, ${Math.round(bytes / 1024)} KiB before the first one is shown`;
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
