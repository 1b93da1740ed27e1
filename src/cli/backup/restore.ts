// `restore`: puts what a backup holds in place of what a data folder has, while no daemon runs on it.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { version } from "../../../package.json";
import { type BackupContent, unpackBackup } from "../../backup/backup-content.ts";
import { type BackupFacts, factsOf } from "../../backup/backup-facts.ts";
import {
  type BackupHeader,
  type OpenedBackup,
  openBackup,
  readBackupHeader,
  UnreadableBackup,
} from "../../backup/backup-seal.ts";
import { restoreBackup } from "../../backup/restore-backup.ts";
import { findConfigFile, userConfigFolder } from "../../config/find-config-file.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { isNewer } from "../../core/folder-version.ts";
import { DamagedFile } from "../../core/generations.ts";
import { errorCode, ioFault } from "../../core/io-fault.ts";
import { UserError } from "../../core/user-error.ts";
import { openForRestore } from "../../daemon/open-for-restore.ts";
import { NewerTokenFile } from "../../tokens/token-file.ts";
import { type CliContext, Interrupted, type JsonOption } from "../cli-context.ts";
import { dataFolderOf } from "../data-options.ts";
import { printedJson } from "../print-json.ts";
import { type ConfigOptions, environment } from "../read-config.ts";
import { note, say } from "../say.ts";
import { answers, isForbidden, whoRunsIn } from "../socket-line.ts";
import { withSpinner } from "../spinner.ts";
import { contentText } from "./content-text.ts";
import { knownPassphrase, type PassphraseOptions } from "./passphrase.ts";
import { present } from "./present.ts";

export interface RestoreCommandOptions extends ConfigOptions, JsonOption, PassphraseOptions {
  readonly dryRun?: boolean;
  readonly keepConfig?: boolean;
  readonly yes?: boolean;
}

/** A backup that is whole, and what it holds. */
interface Opened {
  readonly header: BackupHeader;
  readonly content: BackupContent;
  readonly facts: BackupFacts;
  /** Writes the database that is in it. */
  readonly writeDatabase: (path: string) => Promise<void>;
}

interface Restored {
  readonly folder: string;
  readonly opened: Opened;
}

/** @throws UserError for a backup that does not open, a daemon that runs, and what cannot be written. */
export async function restore(context: CliContext, file: string, options: RestoreCommandOptions): Promise<number> {
  const path = resolve(context.cwd, file);
  const { path: folder } = dataFolderOf(context, options);
  // A file that is none is told of before anybody is asked.
  await guarded(file, () => readBackupHeader(path));
  if (options.dryRun) {
    const passphrase = await knownPassphrase(context, options);
    return dryRun(context, options, { folder, opened: await opening(context, options, { path, file, passphrase }) });
  }
  if (isForbidden(folder))
    throw new UserError(`Cannot restore into ${folder}: only its own user may use it (try sudo)`, EXIT.failed);
  await using places = new AsyncDisposableStack();
  const take = async () => {
    const place = places.use(await openForRestore({ path: folder, whoHas: () => whoRunsIn(folder) }));
    for (const text of place.notes) note(context, text);
  };
  // One that is there is taken before anybody is asked; another one is made only for what can be restored.
  const isThere = existsSync(folder);
  if (isThere) await take();
  const passphrase = await knownPassphrase(context, options);
  const interruption = context.interruption();
  const opened = await opening(context, options, { path, file, passphrase });
  if (!(await isMeant(context, options, planOf(context, options, { folder, opened })))) return EXIT.failed;
  if (interruption.aborted) throw new Interrupted("Ctrl-C");
  if (!isThere) await take();
  return replace(context, options, { folder, opened });
}

async function replace(context: CliContext, options: RestoreCommandOptions, restored: Restored): Promise<number> {
  const { folder, opened } = restored;
  const { content, facts, writeDatabase } = opened;
  const plan = planOf(context, options, restored);
  const env = environment(context, options);
  const master = { folder, env, cwd: context.cwd };
  const configFile = plan.config_file;
  const writing = { writeDatabase, configFile, now: context.now() };
  const kept = await withSpinner("Restoring", context, options, () =>
    restoreBackup({ folder, master, content, facts, ...writing }),
  );
  if (printedJson(context, options, { ...plan, dry_run: false, kept })) return EXIT.ok;
  say(context, options, `Restored ${contentText({ ...plan, config: configFile !== undefined })} into ${folder}`);
  if (plan.config) say(context, options, `The config file ${configFile ? `is ${configFile}` : "stays as it is"}`);
  if (kept.length > 0) note(context, "What was there is kept:", ...kept.map((name) => `  ${name}`));
  return EXIT.ok;
}

async function dryRun(context: CliContext, options: RestoreCommandOptions, restored: Restored): Promise<number> {
  const plan = planOf(context, options, restored);
  if (await answers(restored.folder).catch(() => true))
    note(context, `A daemon runs on ${restored.folder}: stop it before you restore`);
  if (printedJson(context, options, { ...plan, dry_run: true, kept: [] })) return EXIT.ok;
  context.out.write(`${linesOf(plan).join("\n")}\n`);
  return EXIT.ok;
}

type Plan = ReturnType<typeof planOf>;

/** What a restore would do, in the words of `--json`. */
function planOf(context: CliContext, options: RestoreCommandOptions, { folder, opened }: Restored) {
  const { header, content, facts } = opened;
  const { config: text } = content.texts;
  const wanted =
    text === undefined || options.keepConfig ? undefined : configTarget(context, options, content.configFile);
  const config = wanted === undefined || holds(wanted, text) ? undefined : wanted;
  return {
    data_folder: folder,
    written_by: header.written_by,
    written_at: header.written_at,
    keys: facts.keys.length,
    tokens: facts.tokens,
    health: facts.health,
    config: text !== undefined,
    config_file: config,
    records: content.databaseBytes !== undefined,
    replaced: present({ folder, configFile: config, content, facts }),
  };
}

function holds(path: string, text: string | undefined): boolean {
  try {
    return readFileSync(path, "utf8") === text;
  } catch {
    return false;
  }
}

function linesOf(plan: Plan): readonly string[] {
  const { data_folder: folder, written_by: writer, written_at: at, config_file: config, replaced } = plan;
  return [
    `The backup was written on ${at} by openai-balance ${writer}: ${contentText(plan)}`,
    `Into    ${folder}`,
    `Config  ${config ?? "stays as it is"}`,
    ...(replaced.length === 0 ? ["Nothing is there that it would replace"] : ["It would replace, and keep beside:"]),
    ...replaced.map((name) => `  ${name}`),
  ];
}

async function isMeant(context: CliContext, { yes }: RestoreCommandOptions, plan: Plan): Promise<boolean> {
  if (yes === true) return true;
  if (!context.input.isTerminal)
    throw new UserError("There is nobody to ask whether it may replace what is there: use --yes, or --dry-run first");
  note(context, ...linesOf(plan));
  if (await context.ask.confirm("Restore it?")) return true;
  note(context, "Nothing was changed");
  return false;
}

/** The file that is read here; else where it was, where such a folder is; else the user's own. */
function configTarget(context: CliContext, options: RestoreCommandOptions, before: string | undefined): string {
  const { cwd, home, platform } = context;
  const env = environment(context, options);
  const readFile = (path: string) => readFileSync(path, "utf8");
  const found = findConfigFile({ file: options.config, env, cwd, home, platform, readFile });
  if (found !== undefined) return found.path;
  if (before !== undefined && existsSync(resolve(before, ".."))) return before;
  return join(userConfigFolder({ env, home, platform }), "config.yaml");
}

/** `file`: what messages call it. */
interface Source {
  readonly path: string;
  readonly file: string;
  readonly passphrase: string;
}

function opening(context: CliContext, options: RestoreCommandOptions, source: Source): Promise<Opened> {
  return withSpinner("Decrypting", context, options, () => guarded(source.file, () => open(source)));
}

/** Reads all of it: only its end says that it is whole. */
async function open({ path, file, passphrase }: Source): Promise<Opened> {
  const backup = await openBackup(path, passphrase);
  const content = await unpackBackup(backup.content(), undefined);
  return {
    header: backup.header,
    content,
    facts: factsIn(backup, content),
    writeDatabase: (to) => guarded(file, async () => void (await unpackBackup(backup.content(), to))),
  };
}

/** What is whole and still not understood is of a newer version. */
function factsIn({ header }: OpenedBackup, { texts }: BackupContent): BackupFacts {
  try {
    return factsOf(texts);
  } catch (error: unknown) {
    const { written_by: writer } = header;
    const isOfNewer = error instanceof NewerTokenFile || error instanceof UserError;
    if (!isOfNewer && !(error instanceof DamagedFile && isNewer(writer, version))) throw error;
    const text = `openai-balance ${writer} wrote it, with more in it than this version (${version}) knows`;
    throw new UnreadableBackup(`${text}; restore it with that version`, { cause: error });
  }
}

/** @throws UserError for everything that is wrong with the file. */
async function guarded<T>(file: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error: unknown) {
    const isOfFile = error instanceof UnreadableBackup || error instanceof DamagedFile;
    if (error instanceof UserError || (!isOfFile && errorCode(error) === undefined)) throw error;
    const reason = isOfFile ? error.message : ioFault(error);
    throw new UserError(`Cannot restore ${file}: ${reason}; nothing was changed`, EXIT.failed, { cause: error });
  }
}
