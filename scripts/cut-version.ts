// `npm run cut -- VERSION`: every file that names the version gets it, one commit and one tag; pushing them releases.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version as before } from "../package.json";
import { cutChangelog } from "./changelog.ts";

const ROOT = join(import.meta.dir, "..");
const FILES = {
  manifest: "package.json",
  changelog: "CHANGELOG.md",
  pod: "deploy/kubernetes.yaml",
  readme: "README.md",
} as const;

const [version = ""] = process.argv.slice(2);
process.exitCode = main();

function main(): number {
  try {
    if (git("status", "--porcelain") !== "") throw new Error("there are changes that are not committed");
    const date = new Date().toISOString().slice(0, 10);
    const changelog = cutChangelog(read(FILES.changelog), version, date);
    if (Bun.semver.order(version, before) < 0) throw new Error(`${version} is older than ${before}, which is there`);
    if (git("tag", "--list", `v${version}`) !== "") throw new Error(`there is a tag v${version} already`);
    write(FILES.changelog, changelog);
    write(FILES.manifest, read(FILES.manifest).replace(/^ {2}"version": "[^"]*"/m, `  "version": "${version}"`));
    // What the daemon prints at its start is shown there.
    write(FILES.readme, read(FILES.readme).replace(`openai-balance ${before} `, `openai-balance ${version} `));
    write(FILES.pod, read(FILES.pod).replace(/(image: .*:).*/, `$1${version}`));
    git("commit", "--quiet", "--all", "--message", `chore(release): cut version ${version}`);
    git("tag", "--annotate", `v${version}`, "--message", `openai-balance ${version}`);
    process.stdout.write(`Cut v${version}. To release it: git push --follow-tags\n`);
    return 0;
  } catch (error: unknown) {
    process.stderr.write(`Cannot cut a version: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function read(name: string): string {
  return readFileSync(join(ROOT, name), "utf8");
}

function write(name: string, text: string): void {
  writeFileSync(join(ROOT, name), text);
}

/** @throws Error with what git said. */
function git(...args: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["git", ...args], { cwd: ROOT });
  if (exitCode !== 0) throw new Error(`git ${args[0]}: ${stderr.toString().trim()}`);
  return stdout.toString().trim();
}
