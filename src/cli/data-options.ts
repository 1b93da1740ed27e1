// Where a command finds what the program keeps on disk.
import { type FoundFolder, findDataFolder } from "../config/data-folder.ts";
import type { CliContext } from "./cli-context.ts";

export interface DataDirOption {
  readonly dataDir?: string;
}

/** The data folder that a command's options ask for. */
export function dataFolderOf({ env, cwd, home, platform }: CliContext, { dataDir }: DataDirOption): FoundFolder {
  return findDataFolder({ folder: dataDir, env, cwd, home, platform });
}
