// Opens what the daemon, or a command without one, keeps on disk: the folder, its lock, the key store.
import { join } from "node:path";
import { version } from "../../package.json";
import { AdminSessions } from "../admin/access/admin-sessions.ts";
import type { StoredKeys } from "../config/stored-key.ts";
import { EXIT } from "../core/exit-codes.ts";
import { noteVersion } from "../core/folder-version.ts";
import { UserError } from "../core/user-error.ts";
import { KeyStore } from "../keys/key-store.ts";
import { removeStaleCopies } from "../storage/database-copy.ts";
import { type FolderLock, type LockResult, lockFolder } from "../storage/folder-lock.ts";
import { FOLDER_FILES, type OpenFolder, openFolder, refuseFile } from "../storage/open-folder.ts";
import { finishCutShort, isCutShort } from "../storage/staged-files.ts";
import { TokenStore } from "../tokens/token-store.ts";

/** `notes`: what an operator must know, a sentence each without its final period. */
export interface Data {
  readonly folder: OpenFolder;
  /** Undefined where the folder cannot be written, or is only read. */
  readonly lock: FolderLock | undefined;
  readonly keyStore: KeyStore;
  readonly tokenStore: TokenStore;
  /** Who is logged in to the page. */
  readonly sessions: AdminSessions;
  readonly notes: readonly string[];
}

export interface DataOptions {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Says who has the folder, as far as that is known; asked when it is locked. */
  readonly whoHas: () => Promise<string | undefined>;
  /** True once there is no use in waiting any longer for a folder that is locked. */
  readonly isEnough?: () => Promise<boolean>;
}

/** Another process has the data folder. */
export class FolderInUse extends UserError {}

const CUT_SHORT =
  "A restore was cut short: what is shown may be half of before; the next start of the daemon finishes it";
/** A command holds the lock for some milliseconds; whoever holds it longer stays. */
const LOCK_TRIES = 50;
const LOCK_WAIT_MS = 100;

/**
 * Opens the folder for writing, and creates it. Where it cannot be written, nothing is kept, and the notes say so.
 * @throws FolderInUse when another process has it, and a UserError for a path that is that of a file.
 */
export async function openData(options: DataOptions): Promise<Data> {
  const folder = openFolder(options.path);
  const locked: LockResult = folder.fault === undefined ? await lock(options) : { kind: "fault", fault: folder.fault };
  if (locked.kind === "held") throw new FolderInUse(await heldText(options), EXIT.failed);
  if (locked.kind === "taken") return openLocked(options, folder, locked.lock);
  const stores = openStores(options, undefined);
  const note = `The data folder ${options.path} cannot be written (${locked.fault}): health is forgotten with this process, no key or client token can be added, and there is no daemon.log. Choose another with --data-dir`;
  return {
    folder: { ...folder, fault: locked.fault },
    lock: undefined,
    ...stores,
    notes: [note, ...folder.notes, ...storeNotes(stores)],
  };
}

async function openLocked(options: DataOptions, folder: OpenFolder, lock: FolderLock): Promise<Data> {
  try {
    const finished = finishCutShort(options.path);
    removeStaleCopies(join(options.path, FOLDER_FILES.database), options.now());
    const stores = openStores(options, lock);
    await noteVersion(options.path, version);
    return { folder, lock, ...stores, notes: [...folder.notes, ...finished, ...storeNotes(stores)] };
  } catch (error: unknown) {
    lock.release();
    throw error;
  }
}

/** Opens the folder for reading only; it need not exist. @throws UserError for a path that is that of a file. */
export function readData(options: StoreOptions): Data {
  refuseFile(options.path);
  const stores = openStores(options, undefined);
  return {
    folder: { path: options.path, fault: undefined, notes: [] },
    lock: undefined,
    ...stores,
    notes: [...(isCutShort(options.path) ? [CUT_SHORT] : []), ...storeNotes(stores)],
  };
}

/** What a configuration is told of the stores. */
export function storedKeysOf({ keyStore, tokenStore }: Omit<Stores, "sessions">): StoredKeys {
  const hasTokens = tokenStore.tokens.length > 0 || !tokenStore.isComplete;
  return { keys: keyStore.keys, isComplete: keyStore.fault === undefined, hasTokens };
}

type Stores = Pick<Data, "keyStore" | "tokenStore" | "sessions">;

async function lock({ path, sleep, isEnough }: DataOptions): Promise<LockResult> {
  for (let attempt = 1; ; attempt++) {
    const result = lockFolder(path);
    if (result.kind !== "held" || attempt === LOCK_TRIES || (await isEnough?.())) return result;
    await sleep(LOCK_WAIT_MS);
  }
}

async function heldText({ path, whoHas }: DataOptions): Promise<string> {
  const who = (await whoHas()) ?? "another process";
  return `The data folder ${path} is in use by ${who}; stop that, or choose another folder with --data-dir`;
}

type StoreOptions = Pick<DataOptions, "path" | "env" | "cwd" | "now">;

function openStores({ path, env, cwd, now }: StoreOptions, lock: FolderLock | undefined): Stores {
  const common = { folder: path, now, isReadOnly: lock === undefined, folderFault: () => lock?.fault };
  return {
    keyStore: new KeyStore({ ...common, env, cwd }),
    tokenStore: new TokenStore(common),
    sessions: new AdminSessions(common),
  };
}

function storeNotes({ keyStore, tokenStore, sessions }: Stores): readonly string[] {
  const stores = [keyStore, tokenStore].flatMap(({ notes, fault }) =>
    fault === undefined ? notes : [...notes, fault],
  );
  return [...stores, ...sessions.notes];
}
