// What a restore would replace.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { BackupContent } from "../../backup/backup-content.ts";
import type { BackupFacts } from "../../backup/backup-facts.ts";
import { FOLDER_FILES } from "../../storage/open-folder.ts";

export interface Replacing {
  readonly folder: string;
  readonly configFile: string | undefined;
  readonly content: BackupContent;
  readonly facts: BackupFacts;
}

/** The paths of files that are there, and that a restore puts others in place of, or takes away. */
export function present({ folder, configFile, content, facts }: Replacing): readonly string[] {
  const { keys, tokens, state, database } = FOLDER_FILES;
  const hasDatabase = content.databaseBytes !== undefined || facts.objects.length > 0;
  const paths = [keys, tokens, state, ...(hasDatabase ? [database] : [])].map((name) => join(folder, name));
  return [...paths, ...(configFile === undefined ? [] : [configFile])].filter((path) => existsSync(path));
}
