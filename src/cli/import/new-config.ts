// A config file that an import makes; what the environment configures counts until then.
import { rm } from "node:fs/promises";
import { formatDiagnostic } from "../../config/diagnostic.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext } from "../cli-context.ts";
import { connect } from "../connect.ts";
import type { Connection, TargetOptions } from "../connection.ts";
import { newConfigText, writeNewConfig } from "../init.ts";
import { readConfig } from "../read-config.ts";
import type { ConfigTarget, ImportTarget } from "./import-target.ts";

/** `shown`: what messages call it. `names`: of the providers that come first in it. */
export interface NewPlace {
  readonly path: string;
  readonly shown: string;
  readonly names: readonly string[];
}

/** @throws UserError. */
export async function newConfigTarget(
  context: CliContext,
  { config: _, ...options }: TargetOptions,
  place: NewPlace,
): Promise<ImportTarget> {
  const without = { ...context, env: { ...context.env, OPENAI_BALANCE_CONFIG: undefined } };
  const connection = await connect(without, options, "read");
  let forKeys: Connection | undefined;
  return {
    connection,
    config: newConfig(context, options, place),
    async connectionForKeys() {
      forKeys ??= await connect(context, { ...options, config: place.path }, "write");
      return forKeys;
    },
    async [Symbol.asyncDispose]() {
      await forKeys?.[Symbol.asyncDispose]();
      await connection[Symbol.asyncDispose]();
    },
  };
}

function newConfig(context: CliContext, options: TargetOptions, { path, shown, names }: NewPlace): ConfigTarget {
  const check = async (text: string) => {
    const loaded = readConfig(context, { ...options, config: path }, { replaced: { path, text } });
    if (loaded.ok) return;
    const lines = loaded.diagnostics.filter(({ severity }) => severity === "error").map(formatDiagnostic);
    throw new UserError([`Cannot write ${shown}, it would be wrong; nothing was imported:`, ...lines].join("\n  "));
  };
  return {
    file: shown,
    isNew: true,
    text: newConfigText(context, options, names),
    check,
    write: (text) => writeNewConfig(context, path, text),
    undo: () => rm(path, { force: true }),
  };
}
