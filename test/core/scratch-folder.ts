// A folder for one test: gone when the test ends, and to be compared byte for byte.
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ScratchFolder extends Disposable {
  readonly path: string;
  /** The path of a file in it. */
  at(name: string): string;
  /** What stands in it, sorted. */
  names(): readonly string[];
  /** The text of a file; undefined where there is none. */
  text(name: string): string | undefined;
  /** Everything in it: what each name is, its mode and its bytes. */
  snapshot(): Readonly<Record<string, string>>;
}

export function scratchFolder(): ScratchFolder {
  const path = mkdtempSync(join(tmpdir(), "ob-scratch-"));
  const at = (name: string) => join(path, name);
  const names = () => readdirSync(path).sort();
  return {
    path,
    at,
    names,
    text: (name) => (names().includes(name) ? readFileSync(at(name), "utf8") : undefined),
    snapshot: () => Object.fromEntries(names().map((name) => [name, describe(at(name))])),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

function describe(path: string): string {
  const stats = lstatSync(path);
  const mode = (stats.mode & 0o777).toString(8);
  if (stats.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
  if (stats.isDirectory()) return `folder ${mode} ${readdirSync(path).join()}`;
  return `file ${mode} ${readFileSync(path, "latin1")}`;
}
