// Opens the data folder for one command while no daemon runs.

import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import { openData, readData, storedKeysOf } from "../daemon/data.ts";
import { openOffline } from "../daemon/open-offline.ts";
import type { CliContext } from "./cli-context.ts";
import type { Connection, TargetOptions } from "./connection.ts";
import { printDiagnostics } from "./diagnostic-output.ts";
import { environment, readConfig } from "./read-config.ts";
import { note } from "./say.ts";
import { silentLog } from "./silent-log.ts";
import { answers, whoRunsIn } from "./socket-line.ts";

/** `path`: the data folder. */
export interface OfflineTarget {
  readonly path: string;
  readonly purpose: "read" | "write";
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
  const first = readConfig(context, options, { stored: storedKeysOf(data.keyStore) });
  if (!first.ok) {
    data.lock?.release();
    printDiagnostics(first, context, options);
    throw new UserError("Until that is mended, keys cannot be looked at or changed", EXIT.usage);
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

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
