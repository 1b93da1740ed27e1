// `release-notes.ts TAG` prints what the tagged version brings; it fails unless the tag is the version of package.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import { notesOf } from "./changelog.ts";

const ROOT = join(import.meta.dir, "..");

const [tag = ""] = process.argv.slice(2);
process.exitCode = main();

function main(): number {
  try {
    if (tag !== `v${version}`) throw new Error(`The tag is "${tag}", but package.json has the version ${version}`);
    process.stdout.write(`${notesOf(readFileSync(join(ROOT, "CHANGELOG.md"), "utf8"), version)}\n`);
    return 0;
  } catch (error: unknown) {
    process.stderr.write(`Cannot release: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
