// Makes the files that browsers get of the browser program: bundled, minified, compressed, named by their content.
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { ASSETS_PATH, type PageBundle, type PageFile, typeOf } from "./page-files.ts";
import { PAGE_NAMES, type PageName } from "./page-names.ts";

const SOURCE = join(import.meta.dir, "../page");
/** The program, how it looks, and how the pages without script look. */
const ENTRIES = { script: "main.tsx", style: "page.css", plainStyle: "plain.css" } as const;
const ICON = "icon.svg";

export interface BuiltPage extends PageBundle {
  /** The paths of what the bundler read, from the working folder. */
  readonly sources: readonly string[];
}

/** @throws AggregateError where the source of the page is wrong. */
export async function bundlePage(): Promise<BuiltPage> {
  const { outputs, metafile } = await Bun.build({
    entrypoints: Object.values(ENTRIES).map((name) => join(SOURCE, name)),
    target: "browser",
    format: "esm",
    splitting: true,
    minify: true,
    publicPath: ASSETS_PATH,
    naming: { entry: "[name]-[hash].[ext]", chunk: "[name]-[hash].[ext]", asset: "[name]-[hash].[ext]" },
    define: { "process.env.NODE_ENV": '"production"' },
    metafile: true,
  });
  const built = await Promise.all(
    outputs.map(async (output) => ({
      name: nameOf(output.path),
      isEntry: output.kind === "entry-point" || output.path.endsWith(".css"),
      text: Buffer.from(await output.arrayBuffer()),
    })),
  );
  const icon = Buffer.from(await Bun.file(join(SOURCE, ICON)).arrayBuffer());
  const iconName = `icon-${Bun.hash(icon).toString(36)}.svg`;
  const files = await Promise.all([...built, { name: iconName, text: icon }].map(toFile));
  const entries = built.filter(({ isEntry }) => isEntry);
  const find = (pattern: RegExp) => entries.find(({ name }) => pattern.test(name))?.name ?? missing(pattern);
  const scriptOf = (page: PageName) => {
    const pattern = new RegExp(`^${page}-page-.*\\.js$`);
    return built.find(({ name }) => pattern.test(name))?.name ?? missing(pattern);
  };
  return {
    script: find(/^main-.*\.js$/),
    style: find(/^page-.*\.css$/),
    plainStyle: find(/^plain-.*\.css$/),
    icon: iconName,
    pages: Object.fromEntries(PAGE_NAMES.map((page) => [page, scriptOf(page)])) as Record<PageName, string>,
    files: new Map(files.map((file) => [file.name, file])),
    sources: Object.keys(metafile?.inputs ?? {}),
  };
}

async function toFile({ name, text }: { readonly name: string; readonly text: Buffer }): Promise<PageFile> {
  const [zipped, brotli] = await Promise.all([
    promisify(gzip)(text, { level: constants.Z_BEST_COMPRESSION }),
    promisify(brotliCompress)(text),
  ]);
  return { name, type: typeOf(name), gzip: async () => zipped, br: async () => brotli };
}

function nameOf(path: string): string {
  return path.replace(/^.*[/\\]/, "");
}

function missing(pattern: RegExp): never {
  throw new Error(`Cannot bundle the page: nothing that was made is called ${pattern.source}`);
}
