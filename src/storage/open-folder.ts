// Opens the data folder: creates it, and says what is wrong with it.
import { mkdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { setRights } from "../core/file-rights.ts";
import { previousOf } from "../core/generations.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import { giveBackAtExit } from "./give-back.ts";

/** Everything that the program keeps in it. */
export const FOLDER_FILES = {
  keys: "keys.json",
  masterKey: "master.key",
  tokens: "tokens.json",
  sessions: "sessions.json",
  state: "state.json",
  log: "daemon.log",
  database: "requests.sqlite",
  version: "version.json",
  lock: "daemon.lock",
  socket: "daemon.sock",
} as const;

const OWN_FOLDER = 0o700;
const OWN_FILE = 0o600;
const OF_OTHERS = 0o077;
const WRITABLE_BY_OTHERS = 0o022;

/** `fault`: why nothing can be kept there. `notes`: what an operator should know, without final periods. */
export interface OpenFolder {
  readonly path: string;
  readonly fault: string | undefined;
  readonly notes: readonly string[];
}

/** Creates the folder where it is missing. @throws UserError when the path is that of a file. */
export function openFolder(path: string): OpenFolder {
  try {
    makeFolder(path);
    const stats = statSync(path);
    if (stats.isDirectory())
      return { path, fault: undefined, notes: [...folderNotes(path, stats), ...fileNotes(path)] };
  } catch (error: unknown) {
    if (errorCode(error) === undefined) throw error;
    return { path, fault: ioFault(error), notes: [] };
  }
  throw new UserError(fileText(path));
}

/** For who only reads, and creates nothing. @throws UserError when the path is that of a file. */
export function refuseFile(path: string): void {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch {
    // What is read next says why it cannot be.
  }
  if (stats?.isFile()) throw new UserError(fileText(path));
}

function fileText(path: string): string {
  return `Cannot use ${path} as data folder: it is a file`;
}

/** What is there already may be a file, or a link to nowhere. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: OWN_FOLDER });
  } catch (error: unknown) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}

function folderNotes(path: string, { mode, uid, gid }: Stats): readonly string[] {
  const self = process.geteuid?.();
  if (self === undefined) return [];
  const isRoot = self === 0;
  if (isRoot && uid !== self) giveBackAtExit(path, { uid, gid });
  const outcome = isRoot
    ? "what this one writes is given to that one at its end"
    : "one of them may not read what the other writes";
  const owner =
    uid === self ? [] : [`The data folder ${path} belongs to user ${uid}, and this is user ${self}: ${outcome}`];
  const others = (mode & WRITABLE_BY_OTHERS) !== 0 ? "change" : "look into";
  const open = (mode & OF_OTHERS) === 0 ? [] : [`Others may ${others} the data folder ${path}: chmod 700 ${path}`];
  return [...owner, ...open];
}

/** Files that others could read are closed; what was read meanwhile may need to be replaced. */
function fileNotes(folder: string): readonly string[] {
  if (process.geteuid === undefined) return [];
  const kept = [FOLDER_FILES.keys, FOLDER_FILES.tokens, FOLDER_FILES.state];
  const names = [
    FOLDER_FILES.masterKey,
    ...kept,
    ...kept.map(previousOf),
    FOLDER_FILES.sessions,
    FOLDER_FILES.database,
  ];
  const open = names.map((name) => join(folder, name)).filter(isOpen);
  return open.map((path) => {
    try {
      setRights(path, { mode: OWN_FILE });
      return `${path} was open to others: its mode is 0600 now`;
    } catch (error: unknown) {
      return `${path} is open to others, and its mode cannot be changed: ${ioFault(error)}`;
    }
  });
}

/** Files that this process may not even look at are told of where they are needed. */
function isOpen(path: string): boolean {
  try {
    const stats = statSync(path);
    return stats.isFile() && (stats.mode & OF_OTHERS) !== 0;
  } catch {
    return false;
  }
}
