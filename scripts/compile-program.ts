// Compiles the executable, with the files of the page inside.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BunPlugin } from "bun";
import type { PageBundle } from "../src/dashboard/page-files.ts";

export interface CompileOptions {
  readonly page: PageBundle;
  readonly outfile: string;
  /** What it is for, as Bun names it; this machine by default. Its runtime comes from the npm registry. */
  readonly target?: Bun.Build.CompileTarget;
}

const ROOT = join(import.meta.dir, "..");
// A thread is a program of its own inside the executable.
const ENTRIES = ["src/main.ts", "src/storage/database-worker.ts", "src/storage/records/reader-worker.ts"];
/** What holds the files of the page, once they are made. */
const PAGE_MODULE = /[/\\]dashboard[/\\]page-bundle\.ts$/;

/** What conf validates with where it is given a schema, which it is not: with its code more than a megabyte. */
const VALIDATOR = /[/\\]node_modules[/\\](?:ajv[/\\]dist[/\\]2020|ajv-formats[/\\]dist[/\\]index)\.js$/;

/** Gives the paths of all sources that went into it, from the project's root. @throws AggregateError. */
export async function compileProgram({ page, outfile, target }: CompileOptions): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "openai-balance-page-"));
  try {
    const { metafile } = await Bun.build({
      entrypoints: ENTRIES.map((path) => join(ROOT, path)),
      // What src/storage/start-worker.ts calls threads by begins here.
      root: join(ROOT, "src"),
      minify: true,
      bytecode: true,
      metafile: true,
      // The binary must not pick up a `.env` or a bunfig.toml from the folder in which it is started.
      compile: { outfile, autoloadDotenv: false, autoloadBunfig: false, ...(target && { target }) },
      plugins: [pageInPlace(await writePage(page, folder)), WITHOUT_VALIDATOR],
    });
    return Object.keys(metafile?.inputs ?? {});
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const WITHOUT_VALIDATOR: BunPlugin = {
  name: "without-validator",
  setup: (build) =>
    void build.onLoad({ filter: VALIDATOR }, () => ({
      contents: "export const Ajv2020 = undefined; export default {};",
      loader: "js",
    })),
};

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
    for (const [encoding, bytes] of Object.entries({ gzip: await gzip(), br: await br() })) {
      const path = join(folder, `${name}.${encoding}`);
      writeFileSync(path, bytes);
      imports.push(`import ${encoding}${index} from ${JSON.stringify(path)} with { type: "file" };`);
    }
    const facts = JSON.stringify({ name, type }).slice(1, -1);
    const bytes = `gzip: () => Bun.file(gzip${index}).bytes(), br: () => Bun.file(br${index}).bytes()`;
    entries.push(`[${JSON.stringify(name)}, { ${facts}, ${bytes} }],`);
  }
  return [
    ...imports,
    `const BUNDLE = { ...${JSON.stringify(names)}, files: new Map([`,
    ...entries,
    "]) };",
    "export async function pageBundle() { return BUNDLE; }",
  ].join("\n");
}
