// Finds the config file that an import adds to: that of the daemon, that of the next start, or a new one.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { findConfigFile } from "../../config/find-config-file.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext } from "../cli-context.ts";
import { connect, connectToDaemon } from "../connect.ts";
import type { Connection, TargetOptions } from "../connection.ts";
import type { ImportTarget } from "./import-target.ts";
import { newConfigTarget } from "./new-config.ts";
import { presentConfig } from "./present-config.ts";

/** `names`: of the providers that come first in a new file. `isOfKeysOnly`: no config file is asked for. */
export interface TargetNeeds {
  readonly names: readonly string[];
  readonly isOfKeysOnly: boolean;
}

/** @throws UserError. */
export async function openTarget(
  context: CliContext,
  options: TargetOptions & { readonly dryRun?: boolean },
  { names, isOfKeysOnly }: TargetNeeds,
): Promise<ImportTarget> {
  const purpose = options.dryRun ? "read" : "write";
  if (isOfKeysOnly) return targetOf(await connect(context, options, purpose), undefined);
  const running = await connectToDaemon(context, options);
  const place = placeOf(context, options);
  if (running === undefined && !existsSync(place.path)) return newConfigTarget(context, options, { ...place, names });
  const connection = running ?? (await connect(context, options, purpose));
  try {
    return targetOf(connection, await configOf(connection, place, options.config !== undefined));
  } catch (error: unknown) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

interface FilePlace {
  readonly path: string;
  /** What messages call it. */
  readonly shown: string;
}

function placeOf(context: CliContext, { config }: TargetOptions): FilePlace {
  const { cwd, env, home, platform } = context;
  const readFile = (path: string) => readFileSync(path, "utf8");
  const usual = resolve(cwd, "config.yaml");
  const path = findConfigFile({ file: config, env, cwd, home, platform, readFile })?.path ?? usual;
  return { path, shown: path === usual ? "config.yaml" : (config ?? path) };
}

/** @throws UserError where another file is meant than the one that counts, or it cannot be shown. */
async function configOf({ control }: Connection, place: FilePlace, isNamed: boolean): Promise<ImportTarget["config"]> {
  const { file, text, version, fault } = await control.call("config.text", {});
  if (file === undefined) return undefined;
  if (isNamed && control.kind === "daemon" && resolve(file) !== place.path)
    throw new UserError(`The daemon that runs has the config file ${file}: leave --config out, or stop it first`);
  if (text === undefined || version === undefined)
    throw new UserError(`Nothing was imported: ${fault ?? `${file} cannot be shown`}`, EXIT.failed);
  return presentConfig(control, { file: file === place.path ? place.shown : file, text, version });
}

function targetOf(connection: Connection, config: ImportTarget["config"]): ImportTarget {
  return {
    connection,
    config,
    connectionForKeys: async () => connection,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
