// Where the saved profiles are.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { userConfigFolder } from "../config/find-config-file.ts";
import type { CliContext } from "./cli-context.ts";

/** The file's name without its extension. */
export const PROFILES_NAME = "profiles";

/** The file, whether it exists or not. */
export function profileFile(context: CliContext): string {
  return join(userConfigFolder(context), `${PROFILES_NAME}.json`);
}

export function hasProfiles(context: CliContext): boolean {
  return existsSync(profileFile(context));
}
