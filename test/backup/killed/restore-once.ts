// A process that restores, and is killed before one of its changes of the disk if its last argument says so.
import { plugin } from "bun";

/** What is taken from another file than the program says. */
const COUNTED: Readonly<Record<string, { readonly file: string; readonly names: readonly string[] }>> = {
  "node:fs": { file: "counted-fs.ts", names: ["renameSync", "rmSync", "fsyncSync"] },
  "node:fs/promises": { file: "counted-fs-promises.ts", names: ["open", "rename", "link", "rm"] },
};
const IMPORT = /^import \{([^}]+)\} from "(node:fs(?:\/promises)?)";$/gm;

plugin({
  name: "counts the changes that the program makes",
  setup: (build) => {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      const text = await Bun.file(path).text();
      return {
        contents: text.replace(IMPORT, (_all, names: string, from: string) => split(names, from)),
        loader: "ts",
      };
    });
  },
});

function split(list: string, from: string): string {
  const { file = "", names = [] } = COUNTED[from] ?? {};
  const all = list.split(",").map((name) => name.trim());
  const counted = all.filter((name) => names.includes(name));
  const others = all.filter((name) => !names.includes(name));
  return `import { ${others} } from "${from}"; import { ${counted} } from "${import.meta.dir}/${file}";`;
}

const [folder = "", from = ""] = process.argv.slice(2);
const { restoreFrom } = await import("./restore-from.ts");
await restoreFrom(from, folder);
