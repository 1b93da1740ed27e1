// The licences of what goes into the executable and into the page.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/** The texts for all packages that these sources are of, and for Bun. @throws Error for a package without a licence. */
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
  if (facts.license === undefined) throw new Error(`Cannot tell the licence of ${name}`);
  const more = texts.length > 0 ? texts : [`See ${facts.homepage ?? `https://www.npmjs.com/package/${name}`}`];
  return [`${name} ${facts.version} (${facts.license})`, ...more].join("\n\n").concat("\n");
}

interface Facts {
  readonly version: string;
  readonly license?: string;
  readonly homepage?: string;
}
