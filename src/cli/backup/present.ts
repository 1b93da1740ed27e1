// What a restore would replace.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FOLDER_FILES } from "../../storage/open-folder.ts";

/** The paths of files that are there, and that a restore puts others in place of. */
export function present(folder: string, configFile: string | undefined): readonly string[] {
  const { keys, tokens, state, database } = FOLDER_FILES;
  const paths = [keys, tokens, state, database].map((name) => join(folder, name));
  return [...paths, ...(configFile === undefined ? [] : [configFile])].filter((path) => existsSync(path));
}
