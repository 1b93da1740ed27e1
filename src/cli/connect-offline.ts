// Opens the data folder for one command while no daemon runs.

import type { LoadResult } from "../config/load-config.ts";
import type { StoredKeys } from "../config/stored-key.ts";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import { openData, readData, storedKeysOf } from "../daemon/data.ts";
import { openOffline } from "../daemon/open-offline.ts";
import type { CliContext } from "./cli-context.ts";
import type { Connection, Purpose, TargetOptions } from "./connection.ts";
import { printDiagnostics } from "./diagnostic-output.ts";
import { environment, readConfig } from "./read-config.ts";
import { note } from "./say.ts";
import { silentLog } from "./silent-log.ts";
import { answers, whoRunsIn } from "./socket-line.ts";

/** `path`: the data folder. */
export interface OfflineTarget {
  readonly path: string;
  readonly purpose: Exclude<Purpose, "daemon">;
}

/** @throws UserError when the configuration is wrong, and FolderInUse when another process has the folder. */
export async function connectOffline(
  context: CliContext,
  options: TargetOptions,
  { path, purpose }: OfflineTarget,
): Promise<Connection> {
  const { cwd } = context;
  const env = environment(context, options);
  const data =
    purpose === "write"
      ? await openData({
          path,
          env,
          cwd,
          now: Date.now,
          sleep,
          whoHas: () => whoRunsIn(path),
          isEnough: () => answers(path),
        })
      : readData({ path, env, cwd, now: Date.now });
  const first = firstConfig(context, options, { purpose, stored: withTokens(storedKeysOf(data)) });
  if (!first.ok) {
    data.lock?.release();
    printDiagnostics(first, context, options);
    throw new UserError("Until that is mended, this command cannot do anything", EXIT.usage);
  }
  const { logger, redactor } = silentLog();
  const instance = openOffline({
    data,
    first,
    load: (stored, replaced) => readConfig(context, options, { stored, replaced }),
    logger,
    redactor,
    version: "",
    demo: false,
    now: Date.now,
    random: Math.random,
  });
  for (const text of instance.notes) note(context, text);
  return { control: instance.control, folder: path, [Symbol.asyncDispose]: () => instance.close() };
}

/** Nothing listens here: that a host needs a client token must not stand before the command that makes one. */
function withTokens(stored: StoredKeys): StoredKeys {
  return { ...stored, hasTokens: true };
}

/** The log says why a daemon did not start: a configuration that is wrong must not stand before it. */
function firstConfig(
  context: CliContext,
  options: TargetOptions,
  { purpose, stored }: Pick<OfflineTarget, "purpose"> & { readonly stored: StoredKeys },
): LoadResult {
  const first = readConfig(context, options, { stored });
  if (first.ok || purpose !== "log") return first;
  const { config: _wrong, ...others } = options;
  return readConfig(context, { ...others, demo: true }, { stored });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
