// Reads the files of `--env-file`.

import { parseEnv } from "node:util";
import type { Environment } from "./interpolate.ts";

/** The variables of a dotenv text: `NAME=value`, quotes, `export`, comments. No references are replaced. */
export function parseEnvFile(text: string): Environment {
  return parseEnv(text.replace(/^\uFEFF/, ""));
}
