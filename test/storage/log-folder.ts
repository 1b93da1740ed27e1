// A folder for one log: its files as text, oldest first.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `path` is where the log goes. */
export interface LogFolder extends Disposable {
  readonly folder: string;
  readonly path: string;
  /** What stands in the folder, sorted. */
  names(): readonly string[];
  /** The text of the log's files, oldest first. */
  texts(): readonly string[];
}

export function logFolder(): LogFolder {
  const folder = mkdtempSync(join(tmpdir(), "log-file-"));
  const path = join(folder, "daemon.log");
  const names = () => readdirSync(folder).sort();
  return {
    folder,
    path,
    names,
    texts: () => {
      const ages = names().map((name) => Number(/^daemon\.log(?:\.(\d+))?$/.exec(name)?.[1] ?? 0));
      const oldestFirst = ages.sort((a, b) => b - a);
      return oldestFirst.map((age) => readFileSync(age === 0 ? path : `${path}.${age}`, "utf8"));
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
