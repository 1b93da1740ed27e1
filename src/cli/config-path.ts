// `config path`: prints which config file is read.
import { readFileSync } from "node:fs";
import { findConfigFile } from "../config/find-config-file.ts";
import { EXIT } from "../core/exit-codes.ts";
import type { CliContext } from "./cli-context.ts";
import type { ConfigOptions } from "./read-config.ts";
import { note } from "./say.ts";

/** `EXIT.failed` when there is no config file. */
export function configPath(context: CliContext, options: ConfigOptions): number {
  const { env, cwd, home, platform } = context;
  const found = findConfigFile({
    file: options.config,
    env,
    cwd,
    home,
    platform,
    readFile: (path) => readFileSync(path, "utf8"),
  });
  if (found !== undefined) {
    context.out.write(`${found.path}\n`);
    return EXIT.ok;
  }
  note(
    context,
    "There is no config file: the environment and added keys are used. To write one:",
    "  openai-balance init",
  );
  return EXIT.failed;
}
