// Writes the files that are generated from the code; with `--check` it only says which of them are stale.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildProgram } from "../src/cli/build-program.ts";
import { processContext } from "../src/cli/process-context.ts";
import { renderCommands } from "../src/cli/reference/commands-reference.ts";
import { renderControlApi } from "../src/cli/reference/control-api-reference.ts";
import { renderReference } from "../src/config/reference.ts";

const ROOT = join(import.meta.dir, "..");

/** The text of each generated file, by its path. */
const FILES: readonly { readonly path: string; readonly render: () => string }[] = [
  { path: "docs/config.md", render: renderReference },
  { path: "docs/commands.md", render: () => renderCommands(buildProgram(processContext(), () => {})) },
  { path: "docs/control-api.md", render: renderControlApi },
];

const isCheck = process.argv.includes("--check");
const stale = FILES.filter(({ path, render }) => read(path) !== render());
for (const { path, render } of stale) {
  if (isCheck) {
    process.stderr.write(`${path} is stale: run \`bun scripts/generate.ts\`\n`);
    continue;
  }
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), render());
  process.stdout.write(`Wrote ${path}\n`);
}
process.exitCode = isCheck && stale.length > 0 ? 1 : 0;

function read(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch {
    return undefined;
  }
}
