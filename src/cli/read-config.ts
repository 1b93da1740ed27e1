// Loads the configuration that a command's options ask for.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { parseEnvFile } from "../config/env-file.ts";
import { type LoadResult, loadConfig } from "../config/load-config.ts";
import type { StoredKeys } from "../config/stored-key.ts";
import { errorCode } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import { operationNames } from "../daemon/operation-names.ts";
import { demoProvider } from "../demo/demo-provider.ts";
import type { CliContext, GlobalOptions } from "./cli-context.ts";
import type { DataDirOption } from "./data-options.ts";

/** The options that have a say in the configuration. */
export interface ConfigOptions extends GlobalOptions, DataDirOption {
  readonly config?: string;
  readonly envFile?: string;
  readonly host?: string;
  readonly port?: string;
  readonly logLevel?: Config["logging"]["level"];
  readonly demo?: boolean;
}

/** `stored`: the keys that were added by command. `replaced`: a text in place of that of one file. */
export interface ReadOptions {
  readonly stored?: StoredKeys;
  readonly replaced?: { readonly path: string; readonly text: string } | undefined;
}

/**
 * Reads everything anew, as a reload does. The demo alone stands for itself: without `--config` no file is read and no
 * variable with a key is used, so that trying it never calls, or costs, anything real.
 * @throws UserError when the file of `--env-file` cannot be read.
 */
export function readConfig(
  context: CliContext,
  options: ConfigOptions,
  { stored, replaced }: ReadOptions = {},
): LoadResult {
  const { cwd, home, platform } = context;
  const { config: file, host, port, logLevel, demo: isDemo } = options;
  const env = environment(context, options);
  const isAlone = isDemo === true && file === undefined;
  return loadConfig({
    file,
    env: isAlone ? ownVariables(env) : env,
    flags: { host, port, logLevel },
    cwd,
    home,
    platform,
    readFile: isAlone ? readNothing : (path) => (path === replaced?.path ? replaced.text : readFileSync(path, "utf8")),
    extraProviders: isDemo ? [demoProvider()] : [],
    operations: operationNames(),
    now: context.now(),
    ...(stored && { stored }),
  });
}

/** The variables that count; what is set in the environment wins over `--env-file`. @throws UserError. */
export function environment({ env, cwd }: CliContext, { envFile }: Pick<ConfigOptions, "envFile">): CliContext["env"] {
  if (envFile === undefined) return env;
  try {
    return { ...parseEnvFile(readFileSync(resolve(cwd, envFile), "utf8")), ...env };
  } catch (error: unknown) {
    const code = errorCode(error);
    const reason = code === "ENOENT" ? "the file does not exist" : (code ?? "unknown reason");
    throw new UserError(`Cannot read ${envFile} (named by --env-file): ${reason}`, undefined, { cause: error });
  }
}

function ownVariables(env: CliContext["env"]): CliContext["env"] {
  const own = Object.entries(env).filter(([name]) => name.startsWith("OPENAI_BALANCE_"));
  return Object.fromEntries(own.filter(([name]) => name !== "OPENAI_BALANCE_CONFIG"));
}

function readNothing(path: string): never {
  throw Object.assign(new Error(`Cannot read ${path}: the demo reads no file`), { code: "ENOENT" });
}
