// `backup`: one encrypted file with everything of a data folder that is not made anew by itself.
import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { version } from "../../../package.json";
import { packBackup } from "../../backup/backup-content.ts";
import { sealBackup } from "../../backup/backup-seal.ts";
import { collectBackup } from "../../backup/collect-backup.ts";
import { findConfigFile } from "../../config/find-config-file.ts";
import type { StoredKey } from "../../config/stored-key.ts";
import { createFile, replaceFile } from "../../core/atomic-file.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { fileStamp } from "../../core/file-stamp.ts";
import { errorCode, ioFault } from "../../core/io-fault.ts";
import { UserError } from "../../core/user-error.ts";
import { KeyStore } from "../../keys/key-store.ts";
import { type CliContext, Interrupted, type JsonOption } from "../cli-context.ts";
import { connectToDaemon } from "../connect.ts";
import type { Connection } from "../connection.ts";
import { dataFolderOf } from "../data-options.ts";
import { printedJson } from "../print-json.ts";
import { type ConfigOptions, environment } from "../read-config.ts";
import { LOCAL } from "../remote-line.ts";
import { note, say } from "../say.ts";
import { isForbidden } from "../socket-line.ts";
import { withSpinner } from "../spinner.ts";
import { contentText } from "./content-text.ts";
import { newPassphrase, type PassphraseOptions } from "./passphrase.ts";

export interface BackupOptions extends ConfigOptions, JsonOption, PassphraseOptions {
  readonly records?: boolean;
  readonly force?: boolean;
}

/** @throws UserError for what cannot be read: there is no backup of a part. */
export async function backup(context: CliContext, target: string | undefined, options: BackupOptions): Promise<number> {
  const file = target ?? `openai-balance-${fileStamp(context.now())}.backup`;
  const path = resolve(context.cwd, file);
  refuseTarget(path, file, options.force === true);
  await using daemon = await connectToDaemon(context, { ...options, profile: LOCAL });
  const folder = daemon?.folder ?? dataFolderOf(context, options).path;
  refuseNothing(folder);
  const passphrase = await newPassphrase(context, options);
  const interruption = context.interruption();
  const keys = await storedKeys(folder, daemon, context, options);
  const config = configOf(await configFile(daemon, context, options));
  const now = context.now();
  using collected = collectBackup({ folder, keys, config, hasRecords: options.records === true, now });
  for (const text of collected.notes) note(context, text);
  const content = interruptible(packBackup(collected.content, collected.database), interruption);
  const sealed = sealBackup(content, { passphrase, writtenBy: version, now });
  await withSpinner("Encrypting", context, options, () => write(path, file, sealed, options.force === true));
  const { counts, content: held } = collected;
  const facts = {
    file: path,
    data_folder: folder,
    keys: keys.length,
    tokens: counts.tokens,
    health: counts.health,
    config_file: config?.path,
    config: config !== undefined,
    records: held.databaseBytes !== undefined,
  };
  if (printedJson(context, options, facts)) return EXIT.ok;
  say(context, options, `Wrote ${file}: ${contentText(facts)}`);
  say(context, options, "It opens with its passphrase only, which is kept nowhere");
  return EXIT.ok;
}

/** @throws UserError for what nobody wants to be replaced: a device, a folder, or without --force a file. */
function refuseTarget(path: string, file: string, isForced: boolean): void {
  if (file === "-") throw new UserError("Cannot write a backup to standard output: name a file");
  const present = statSync(path, { throwIfNoEntry: false });
  if (present === undefined) return;
  if (!present.isFile())
    throw new UserError(`Cannot write ${file}: it is ${present.isDirectory() ? "a folder" : "no file"}`, EXIT.failed);
  if (!isForced)
    throw new UserError(`${file} exists already: choose another name, or replace it with --force`, EXIT.failed);
}

/** Ends with Ctrl-C, so that nothing half-written is left. */
async function* interruptible<T>(pieces: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const piece of pieces) {
    if (signal.aborted) throw new Interrupted("Ctrl-C");
    yield piece;
  }
}

/** @throws UserError where there is nothing, or nothing that this user may read. */
function refuseNothing(folder: string): void {
  if (isForbidden(folder))
    throw new UserError(
      `Cannot back up the data folder ${folder}: only its own user may use it (try sudo)`,
      EXIT.failed,
    );
  if (!existsSync(folder)) throw new UserError(`There is no data folder ${folder}: nothing was written`, EXIT.failed);
}

/** The daemon may be the only one that has the master key. */
async function storedKeys(
  folder: string,
  daemon: Connection | undefined,
  context: CliContext,
  options: BackupOptions,
): Promise<readonly StoredKey[]> {
  const { cwd, now } = context;
  const store = new KeyStore({ folder, env: environment(context, options), cwd, now, isReadOnly: true });
  for (const text of store.notes) note(context, text);
  if (store.fault === undefined) return store.keys;
  if (daemon === undefined) throw new UserError(store.fault, EXIT.failed);
  const { keys } = await daemon.control.call("keys.export", {});
  const added_at = new Date(now()).toISOString();
  return keys.map(({ key: secret, ...settings }) => ({ ...settings, secret, added_at }) as StoredKey);
}

/** That of the daemon, where one runs. */
async function configFile(
  daemon: Connection | undefined,
  context: CliContext,
  options: BackupOptions,
): Promise<string | undefined> {
  if (daemon !== undefined) return (await daemon.control.call("status", {})).config_file;
  const { cwd, home, platform } = context;
  const readFile = (path: string) => readFileSync(path, "utf8");
  return findConfigFile({ file: options.config, env: environment(context, options), cwd, home, platform, readFile })
    ?.path;
}

function configOf(path: string | undefined): { readonly path: string; readonly text: string } | undefined {
  if (path === undefined) return undefined;
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (error: unknown) {
    throw new UserError(`Cannot back up ${path}: ${ioFault(error)}`, EXIT.failed, { cause: error });
  }
}

async function write(path: string, file: string, content: AsyncIterable<Uint8Array>, isForced: boolean): Promise<void> {
  try {
    await (isForced ? replaceFile(path, content) : createFile(path, content));
  } catch (error: unknown) {
    if (errorCode(error) === undefined) throw error;
    const reason = errorCode(error) === "ENOENT" ? "its folder does not exist" : ioFault(error);
    throw new UserError(`Cannot write ${file}: ${reason}`, EXIT.failed, { cause: error });
  }
}
