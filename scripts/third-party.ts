// The licences of what goes into the executable and into the page.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
/** The package of Bun has no text, and its program holds more than Bun. Source: LICENSE.md of its repository. */
const BUN_NOTICE = (version: string) =>
  `Bun is under the MIT licence. Linked into it are JavaScriptCore (LGPL 2), TinyCC (LGPL 2.1) and other libraries:
https://github.com/oven-sh/bun/blob/bun-v${version}/LICENSE.md names them with their licences and sources,
and says how they are linked anew.`;
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/** The texts for all packages that these sources are of, and for Bun. @throws Error for a package without a text. */
export function thirdPartyLicences(sources: readonly string[]): string {
  const names = new Set(["bun", ...sources.flatMap((path) => packageOf(path) ?? [])]);
  return [...names]
    .sort()
    .map(licenceOf)
    .join(`\n${"-".repeat(80)}\n\n`);
}

/** The innermost package that a source belongs to; undefined for one of ours. */
export function packageOf(path: string): string | undefined {
  return [...path.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].at(-1)?.[1];
}

function licenceOf(name: string): string {
  const folder = join(ROOT, "node_modules", name);
  const facts = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Facts;
  const files = readdirSync(folder).filter((file) => LICENCE_FILE.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  if (name === "bun") texts.push(BUN_NOTICE(facts.version));
  if (facts.license === undefined || texts.length === 0) throw new Error(`Cannot tell the licence of ${name}`);
  return [`${name} ${facts.version} (${facts.license})`, ...texts].join("\n\n").concat("\n");
}

interface Facts {
  readonly version: string;
  readonly license?: string;
}
