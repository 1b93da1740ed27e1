// `backup`: one encrypted file with everything of a data folder that is not made anew by itself.
import { existsSync, readFileSync } from "node:fs";
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
import type { CliContext, JsonOption } from "../cli-context.ts";
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
  if (existsSync(path) && options.force !== true)
    throw new UserError(`${file} exists already: choose another name, or replace it with --force`, EXIT.failed);
  const passphrase = await newPassphrase(context, options);
  await using daemon = await connectToDaemon(context, { ...options, profile: LOCAL });
  const folder = daemon?.folder ?? dataFolderOf(context, options).path;
  refuseNothing(folder);
  const keys = await storedKeys(folder, daemon, context, options);
  const config = configOf(await configFile(daemon, context, options));
  const now = context.now();
  using collected = collectBackup({ folder, keys, config, hasRecords: options.records === true, now });
  for (const text of collected.notes) note(context, text);
  const content = packBackup(collected.content);
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
    records: held.database !== undefined,
  };
  if (printedJson(context, options, facts)) return EXIT.ok;
  say(context, options, `Wrote ${file}: ${contentText(facts)}`);
  say(context, options, "It opens with its passphrase only, which is kept nowhere");
  return EXIT.ok;
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
