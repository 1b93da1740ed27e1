// The admin sessions: who is logged in to the page, hashed on disk and in memory, and who may log in by a link.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AuthConfig } from "../../config/config.ts";
import { type FileCalls, removeLeftovers, replaceFile } from "../../core/atomic-file.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { newerAdvice } from "../../core/folder-version.ts";
import { errorCode, ioFault } from "../../core/io-fault.ts";
import { printable } from "../../core/printable.ts";
import { Turns } from "../../core/turns.ts";
import { UserError } from "../../core/user-error.ts";
import { type AdminSession, type LoginFacts, type StoredSession, sessionIdOf, sessionOf } from "./admin-session.ts";
import { OneTimeLinks } from "./one-time-links.ts";
import { digestOf, newSessionSecret } from "./page-secrets.ts";
import { isNewerSessionFile, parseSessionFile, sessionPieces } from "./session-file.ts";
import { newSalt } from "./token-mark.ts";
import { TokenRight } from "./token-right.ts";

export interface AdminSessionsOptions {
  /** The data folder. */
  readonly folder: string;
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  /** Changes nothing on the disk. */
  readonly isReadOnly: boolean;
  /** Why the folder may be written no more, in words. */
  readonly folderFault?: () => string | undefined;
  readonly calls?: FileCalls;
}

/** A session in use. `ended`: aborts when it ends, for what goes on with its right. */
export interface LiveSession extends AdminSession {
  readonly ended: AbortSignal;
}

/** Whoever may log in can make them; of more than this the one that was used the longest ago ends. */
const MOST_SESSIONS = 100;
/** So much of the last uses a crash may forget. */
const SAVE_USES_MS = 60_000;
const MOST_AGENT = 200;
/** Digits of the salt that tell the cookies of several daemons apart. */
const INSTANCE_DIGITS = 8;

type Limits = Pick<AuthConfig, "adminToken" | "sessionTtlMs" | "sessionMaxMs">;

interface Entry {
  stored: StoredSession;
  readonly ending: AbortController;
}

/**
 * What the file of a data folder says, as far as it can be read: without it nobody is logged in, and has to log in
 * again, which is all that is lost.
 */
export class AdminSessions {
  readonly path: string;
  /** What an operator must know about the reading, a sentence each without its final period. */
  readonly notes: readonly string[];
  /** They end with all sessions. */
  readonly links: OneTimeLinks;
  readonly #options: AdminSessionsOptions;
  readonly #turns = new Turns();
  /** By the digests of their secrets, the one that was used the longest ago first. */
  readonly #entries = new Map<string, Entry>();
  readonly #salt: string;
  readonly #right: TokenRight;
  /** What a newer version wrote is left as it is: sessions last as long as this process then. */
  readonly #isNewer: boolean;
  #ttlMs = 0;
  #maxMs = 0;
  #usesSavedAt = 0;
  #isDirty = false;
  /** Called whenever one has begun or ended. */
  onChange = () => {};

  constructor(options: AdminSessionsOptions) {
    this.#options = options;
    this.path = join(options.folder, "sessions.json");
    const { file, notes, isNewer } = readSessions(this.path);
    this.notes = notes;
    this.#isNewer = isNewer;
    this.links = new OneTimeLinks(options.now);
    this.#salt = file?.salt ?? newSalt();
    this.#right = new TokenRight({ salt: this.#salt, fileMark: file?.tokenMark });
    const now = options.now();
    this.#usesSavedAt = now;
    for (const stored of (file?.sessions ?? []).toSorted((a, b) => a.seen_at - b.seen_at)) {
      this.#entries.set(stored.digest, { stored: notAfter(now, stored), ending: new AbortController() });
    }
    if (!options.isReadOnly) removeLeftovers(this.path);
  }

  /** Tells its cookies apart from those of other daemons on the same host. */
  get instance(): string {
    return this.#salt.slice(0, INSTANCE_DIGITS);
  }

  /** A key for one purpose, that nobody can guess and that outlives the process as sessions do. */
  keyFor(purpose: string): string {
    return digestOf(`${purpose}\0${this.#salt}`);
  }

  /**
   * To be called with each configuration: another admin token than before ends all sessions. `isOffline`: a command asks,
   * whose configuration need not be that of the daemon, so that the daemon's next start has to judge that.
   */
  configure({ adminToken, sessionTtlMs, sessionMaxMs }: Limits, isOffline = false): void {
    this.#ttlMs = sessionTtlMs;
    this.#maxMs = sessionMaxMs;
    if (isOffline) return;
    const hadSessions = this.#entries.size > 0;
    if (!this.#right.use(adminToken, hadSessions)) return;
    this.#endAll();
    // A crash before it is written does no harm: the file has the mark of the old token.
    if (hadSessions) this.#saveLater();
  }

  /** Aborts when another admin token is in effect, for what goes on with the right of this one. */
  get tokenEnded(): AbortSignal | undefined {
    return this.#right.ended;
  }

  /** Begins one; gives its secret. On the disk when it resolves, as far as the disk can be written. */
  async create({ via, address, agent }: LoginFacts): Promise<string> {
    const secret = newSessionSecret();
    const now = this.#options.now();
    const digest = digestOf(secret);
    const shown = printable(agent).slice(0, MOST_AGENT);
    const stored = { digest, created_at: now, seen_at: now, via, address, agent: shown };
    this.#entries.set(digest, { stored, ending: new AbortController() });
    this.onChange();
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MOST_SESSIONS && oldest !== undefined) this.#end([oldest]);
    // Without a disk it lasts as long as this process, which is better than to lock the operator out.
    await this.#save().catch(() => {});
    return secret;
  }

  /** The session of a secret, which is used by this; `isUse`: false where it is only looked at. */
  use(secret: string, isUse = true): LiveSession | undefined {
    this.endExpired();
    const digest = digestOf(secret);
    const entry = this.#entries.get(digest);
    if (entry !== undefined && isUse) this.#noteUse(digest, entry);
    return entry && { ...sessionOf(entry.stored), ended: entry.ending.signal };
  }

  /** The last used first. */
  list(): readonly AdminSession[] {
    this.endExpired();
    return [...this.#entries.values()].map(({ stored }) => sessionOf(stored)).toReversed();
  }

  /** When a session ends that is not used any more. */
  expiryOf({ createdAt, seenAt }: Pick<AdminSession, "createdAt" | "seenAt">): number {
    return Math.min(seenAt + this.#ttlMs, createdAt + this.#maxMs);
  }

  /**
   * Ends those of these ids, on the disk when it resolves.
   * @throws UserError when that cannot be written: they have ended here, and would count again after a restart.
   */
  async remove(ids: readonly string[]): Promise<void> {
    const named = new Set(ids);
    this.#end([...this.#entries.keys()].filter((digest) => named.has(sessionIdOf(digest))));
    await this.#saveEnds();
  }

  /** Ends all, and every link that was not used; as `remove` does. */
  async removeAll(): Promise<void> {
    const hadSessions = this.#entries.size > 0;
    this.#endAll();
    if (hadSessions) await this.#saveEnds();
  }

  /** No session lasts longer for it. */
  clockWentBack(now: number): void {
    for (const entry of this.#entries.values()) entry.stored = notAfter(now, entry.stored);
  }

  /** Ends what was not used for too long, or is too old, and with it what goes on with its right. */
  endExpired(): void {
    const now = this.#options.now();
    const expired = [...this.#entries.values()].filter(({ stored }) => now >= this.expiryOf(sessionOf(stored)));
    if (expired.length > 0) this.#end(expired.map(({ stored }) => stored.digest));
  }

  /** Keeps the last uses. */
  async close(): Promise<void> {
    if (this.#isDirty) await this.#save().catch(() => {});
  }

  #endAll(): void {
    this.links.clear();
    this.#end([...this.#entries.keys()]);
  }

  #noteUse(digest: string, entry: Entry): void {
    const now = this.#options.now();
    entry.stored = { ...entry.stored, seen_at: now };
    this.#entries.delete(digest);
    this.#entries.set(digest, entry);
    this.#isDirty = true;
    if (Math.abs(now - this.#usesSavedAt) >= SAVE_USES_MS) this.#saveLater();
  }

  #end(digests: readonly string[]): void {
    for (const digest of digests) {
      this.#entries.get(digest)?.ending.abort();
      this.#entries.delete(digest);
    }
    if (digests.length === 0) return;
    this.#isDirty = true;
    this.onChange();
  }

  #saveLater(): void {
    this.#usesSavedAt = this.#options.now();
    void this.#save().catch(() => {});
  }

  async #saveEnds(): Promise<void> {
    if (this.#options.isReadOnly) throw this.#fault("its folder cannot be written");
    await this.#save();
  }

  async #save(): Promise<void> {
    const { isReadOnly, folderFault, now, calls } = this.#options;
    if (isReadOnly || this.#isNewer) return;
    await this.#turns.take(async () => {
      const fault = folderFault?.();
      if (fault !== undefined) throw this.#fault(fault);
      const tokenMark = await this.#right.mark();
      const sessions = [...this.#entries.values()].map(({ stored }) => stored);
      const file = { salt: this.#salt, tokenMark, sessions };
      this.#isDirty = false;
      // No generation before it is kept: it would bring back who was logged out.
      await replaceFile(this.path, sessionPieces(file, now()), calls && { calls }).catch((error: unknown) => {
        this.#isDirty = true;
        if (errorCode(error) === undefined) throw error;
        throw this.#fault(ioFault(error), error);
      });
    });
  }

  #fault(reason: string, cause?: unknown): UserError {
    const text = `Cannot write the sessions to ${this.path}: ${reason}; after a restart those that were ended would count again`;
    return new UserError(text, EXIT.failed, cause === undefined ? {} : { cause });
  }
}

/** A clock that was set back makes no session last longer. */
function notAfter(now: number, { created_at, seen_at, ...stored }: StoredSession): StoredSession {
  return { ...stored, created_at: Math.min(created_at, now), seen_at: Math.min(seen_at, now) };
}

/** Whatever is wrong with the file, nobody is logged in by it. */
function readSessions(path: string) {
  const none = { file: undefined, notes: [], isNewer: false };
  try {
    const text = readFileSync(path, "utf8");
    const file = parseSessionFile(text);
    if (file !== undefined) return { ...none, file };
    if (isNewerSessionFile(text)) return { ...none, notes: [newerNote(path)], isNewer: true };
    return { ...none, notes: [`${path} is damaged, or not of this version: nobody is logged in to the page`] };
  } catch (error: unknown) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    if (code === "ENOENT" || code === "ENOTDIR") return none;
    return { ...none, notes: [`${path} cannot be read: ${ioFault(error)}; nobody is logged in to the page`] };
  }
}

function newerNote(path: string): string {
  return `${path} was written by a newer version of openai-balance, and is left as it is: nobody is logged in to the page, and whoever logs in now is logged out by the next start. ${newerAdvice(path)}`;
}
