// `npm run build`: compiles dist/openai-balance for this machine and checks that it starts.
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BunPlugin } from "bun";
import { version } from "../package.json";
import { bundlePage } from "../src/dashboard/bundle-page.ts";
import { ASSETS_PATH, type PageBundle } from "../src/dashboard/page-files.ts";

const ROOT = join(import.meta.dir, "..");
const BINARY = join(ROOT, "dist", process.platform === "win32" ? "openai-balance.exe" : "openai-balance");

// A thread is a program of its own inside the executable.
const ENTRIES = ["src/main.ts", "src/storage/database-worker.ts", "src/storage/records/reader-worker.ts"];
/** What holds the files of the page, once they are made. */
const PAGE_MODULE = /[/\\]dashboard[/\\]page-bundle\.ts$/;

process.exitCode = (await build()) && smokeTest() ? 0 : 1;

async function build(): Promise<boolean> {
  // After a failed build nothing must be left that looks like its result.
  rmSync(BINARY, { force: true });
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "openai-balance-page-"));
  try {
    const page = await bundlePage();
    const module = await writePage(page, folder);
    await Bun.build({
      entrypoints: ENTRIES.map((path) => join(ROOT, path)),
      minify: true,
      bytecode: true,
      // The binary must not pick up a `.env` or a bunfig.toml from the folder in which it is started.
      compile: { outfile: BINARY, autoloadDotenv: false, autoloadBunfig: false },
      plugins: [pageInPlace(module)],
    });
    print(await sizeOf(page));
    return true;
  } catch (error: unknown) {
    print(`Cannot build: ${error instanceof AggregateError ? error.errors.map(String).join("\n") : String(error)}`);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function pageInPlace(contents: string): BunPlugin {
  return {
    name: "page",
    setup: (build) => void build.onLoad({ filter: PAGE_MODULE }, () => ({ contents, loader: "ts" })),
  };
}

/** Puts the files of the page into a folder; gives the module that has them from there, inside the executable. */
async function writePage({ files, ...names }: PageBundle, folder: string): Promise<string> {
  const imports: string[] = [];
  const entries: string[] = [];
  for (const [index, { name, type, gzip, br }] of [...files.values()].entries()) {
    for (const [encoding, bytes] of [
      ["gzip", await gzip()],
      ["br", await br()],
    ] as const) {
      const path = join(folder, `${name}.${encoding}`);
      writeFileSync(path, bytes);
      imports.push(`import ${encoding}${index} from ${JSON.stringify(path)} with { type: "file" };`);
    }
    entries.push(
      `[${JSON.stringify(name)}, { name: ${JSON.stringify(name)}, type: ${JSON.stringify(type)}, gzip: () => Bun.file(gzip${index}).bytes(), br: () => Bun.file(br${index}).bytes() }],`,
    );
  }
  return [
    ...imports,
    `const BUNDLE = { ...${JSON.stringify(names)}, files: new Map([`,
    ...entries,
    "]) };",
    "export async function pageBundle() { return BUNDLE; }",
  ].join("\n");
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
