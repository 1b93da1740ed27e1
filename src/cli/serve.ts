// `serve`: runs the daemon in the foreground.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { version } from "../../package.json";
import type { LoadedConfig } from "../config/load-config.ts";
import { EXIT } from "../core/exit-codes.ts";
import { ioFault } from "../core/io-fault.ts";
import { createLogger } from "../core/logger.ts";
import { Redactor } from "../core/redaction.ts";
import { UserError } from "../core/user-error.ts";
import { type Data, openData, storedKeysOf } from "../daemon/data.ts";
import { startDaemon } from "../daemon/start-daemon.ts";
import { openLogFile } from "../storage/log-file.ts";
import { FOLDER_FILES } from "../storage/open-folder.ts";
import { banner, listeningLine } from "./banner.ts";
import type { CliContext } from "./cli-context.ts";
import { dataFolderOf } from "./data-options.ts";
import { printDiagnostics } from "./diagnostic-output.ts";
import { hasColor } from "./paint.ts";
import { type ConfigOptions, environment, readConfig } from "./read-config.ts";
import { whoRunsIn } from "./socket-line.ts";

/** Nothing that the daemon writes is for others to read. */
const OWN_FILES = 0o077;

/** Resolves once the daemon listens, or with `EXIT.usage` when the configuration is wrong. */
export async function serve(context: CliContext, options: ConfigOptions): Promise<number> {
  process.umask(OWN_FILES);
  const data = await openFolderOf(context, options);
  const first = readConfig(context, options, { stored: storedKeysOf(data) });
  if (!first.ok) {
    printDiagnostics(first, context, options);
    return EXIT.usage;
  }
  const redactor = new Redactor();
  const daemon = startDaemon({
    data,
    first,
    load: (stored, replaced) => readConfig(context, options, { stored, replaced }),
    logger: loggerOf(first, data, { redactor, context, options }),
    redactor,
    version,
    demo: options.demo === true,
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
  });
  const facts = {
    version,
    url: daemon.url,
    config: daemon.config,
    file: first.file,
    folder: data.folder.path,
    storedTokens: data.tokenStore.tokens.length,
    takesKeys: data.lock !== undefined && data.keyStore.fault === undefined,
    takesCommands: data.lock !== undefined,
    needsFolder: options.dataDir !== undefined || options.demo === true,
    isDemo: options.demo === true,
    warnings: first.warnings,
    notes: daemon.notes,
  };
  // Requests are served, whether or not there is room to say where.
  context.out.doWithout?.();
  context.out.write(options.quiet ? `${listeningLine(facts)}\n` : banner(facts));
  return EXIT.ok;
}

function openFolderOf(context: CliContext, options: ConfigOptions): Promise<Data> {
  const path = options.demo && options.dataDir === undefined ? demoFolder() : dataFolderOf(context, options).path;
  const env = environment(context, options);
  return openData({
    path,
    env,
    cwd: context.cwd,
    now: Date.now,
    sleep: (ms) => sleep(ms),
    whoHas: () => whoRunsIn(path),
  });
}

/** The demo must not stand in the way of a real daemon, nor leave anything behind. */
function demoFolder(): string {
  const folder = temporaryFolder();
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function temporaryFolder(): string {
  const place = tmpdir();
  try {
    return mkdtempSync(join(place, "openai-balance-demo-"));
  } catch (error: unknown) {
    const reason = ioFault(error);
    throw new UserError(`Cannot make a folder for the demo in ${place}: ${reason}`, EXIT.failed, { cause: error });
  }
}

interface LogParts {
  readonly redactor: Redactor;
  readonly context: CliContext;
  readonly options: ConfigOptions;
}

function loggerOf({ config }: LoadedConfig, { folder, lock }: Data, { redactor, context, options }: LogParts) {
  const { level, format } = config.logging;
  const isPretty = format === "auto" ? context.err.isTerminal : format === "pretty";
  const file = lock === undefined ? undefined : openLogFile(join(folder.path, FOLDER_FILES.log));
  return createLogger({
    level,
    format: isPretty ? "pretty" : "json",
    color: hasColor(context.err, context, options),
    redactor,
    ...(file && { file: (lines: string) => file.write(lines) }),
  });
}
