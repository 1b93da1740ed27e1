// Compiles the executable, with the files of the page inside.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { BunPlugin } from "bun";
import type { BuiltPage } from "../src/dashboard/bundle-page.ts";
import { signAdHoc, signatureFault } from "./mach-signature.ts";

export interface CompileOptions {
  readonly page: BuiltPage;
  readonly outfile: string;
  /** What it is for, as Bun names it; this machine by default. Its runtime comes from the npm registry. */
  readonly target?: Bun.Build.CompileTarget;
}

const ROOT = join(import.meta.dir, "..");
// A thread is a program of its own inside the executable.
const ENTRIES = ["src/main.ts", "src/storage/database-worker.ts", "src/storage/records/reader-worker.ts"];
/** What holds the files of the page, once they are made. */
const PAGE_MODULE = /[/\\]dashboard[/\\]page-bundle\.ts$/;

const DEFINE = {
  // Undici leaves out its second parser, which a variable of the environment could switch on, where this is defined.
  esbuildDetection: "true",
  // Of modules that could start threads by files of their own; it would be the folder of the machine that compiles.
  __dirname: '"/"',
};
/**
 * What conf validates with where it is given a schema, more than a megabyte, and what asks for the home when it is loaded
 * and throws where there is none, in case that it is given no folder. It is given a folder, and no schema.
 */
const UNUSED_BY_CONF =
  /[/\\]node_modules[/\\](?:ajv[/\\]dist[/\\]2020|ajv-formats[/\\]dist[/\\]index|env-paths[/\\]index)\.js$/;
/** It has a letter beyond ASCII, in the name of somebody. */
const BEYOND_ASCII = /[/\\]undici[/\\]lib[/\\]web[/\\]fetch[/\\]body\.js$/;

/** Gives the paths of all sources that the bundler read, those of the page too. @throws AggregateError. */
export async function compileProgram({ page, outfile, target }: CompileOptions): Promise<readonly string[]> {
  const { metafile } = await Bun.build({
    entrypoints: ENTRIES.map((path) => join(ROOT, path)),
    // What src/storage/start-worker.ts calls threads by begins here.
    root: join(ROOT, "src"),
    // Whoever starts one command does not load the others.
    format: "esm",
    splitting: true,
    minify: true,
    bytecode: true,
    // Functions inside of functions are compiled when they are first called: 3 MB less, for about a tenth of a start.
    bytecodeDepth: 1,
    define: DEFINE,
    metafile: true,
    // The binary must not pick up a `.env` or a bunfig.toml from the folder in which it is started.
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false, ...(target && { target }) },
    plugins: [await pageInPlace(page), WITHOUT_UNUSED, IN_ASCII],
  });
  if (target?.startsWith("bun-darwin") ?? process.platform === "darwin") signWhereNeeded(outfile);
  return [...Object.keys(metafile?.inputs ?? {}), ...page.sources];
}

/** Bun signs for ARM only. */
function signWhereNeeded(outfile: string): void {
  const program = readFileSync(outfile);
  if (signatureFault(program) !== undefined) writeFileSync(outfile, signAdHoc(program, basename(outfile)));
}

const WITHOUT_UNUSED: BunPlugin = {
  name: "without-unused",
  setup: (build) =>
    void build.onLoad({ filter: UNUSED_BY_CONF }, () => ({
      contents: "export const Ajv2020 = undefined; export default {};",
      loader: "js",
    })),
};

/** One such letter makes two bytes of each letter of the file that it is bundled into: 0.9 MB. */
const IN_ASCII: BunPlugin = {
  name: "in-ascii",
  setup: (build) =>
    void build.onLoad({ filter: BEYOND_ASCII }, async ({ path }) => ({
      contents: (await Bun.file(path).text()).replace(/[^\0-\x7f]/g, escaped),
      loader: "js",
    })),
};

function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Has the files of the page inside the executable, and the module that finds them there. They come from memory: the
 * folder of a file on disk would be in the names of what is compiled, and no two builds would be equal.
 */
async function pageInPlace({ files, sources: _, ...names }: BuiltPage): Promise<BunPlugin> {
  const contents = new Map<string, Uint8Array>();
  const imports: string[] = [];
  const entries: string[] = [];
  for (const [index, { name, type, gzip, br }] of [...files.values()].entries()) {
    for (const [encoding, bytes] of Object.entries({ gzip: await gzip(), br: await br() })) {
      contents.set(`${name}.${encoding}`, bytes);
      imports.push(`import ${encoding}${index} from "page:${name}.${encoding}" with { type: "file" };`);
    }
    const facts = JSON.stringify({ name, type }).slice(1, -1);
    const bytes = `gzip: () => Bun.file(gzip${index}).bytes(), br: () => Bun.file(br${index}).bytes()`;
    entries.push(`[${JSON.stringify(name)}, { ${facts}, ${bytes} }],`);
  }
  const module = [
    ...imports,
    `const BUNDLE = { ...${JSON.stringify(names)}, files: new Map([`,
    ...entries,
    "]) };",
    "export async function pageBundle() { return BUNDLE; }",
  ].join("\n");
  return {
    name: "page",
    setup(build) {
      build.onLoad({ filter: PAGE_MODULE }, () => ({ contents: module, loader: "ts" }));
      build.onResolve({ filter: /^page:/ }, ({ path }) => ({ path: path.slice("page:".length), namespace: "page" }));
      build.onLoad({ filter: /./, namespace: "page" }, ({ path }) => ({
        contents: contents.get(path) ?? "",
        loader: "file",
      }));
    },
  };
}
