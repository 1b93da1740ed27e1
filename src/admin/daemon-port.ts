// What the control operations need of the running daemon.

/** The running daemon. */
export interface DaemonPort {
  status(): DaemonStatus;
  reload(): Promise<ReloadOutcome>;
  /** A link that logs in to the page once. */
  openLink(): { readonly url: string; readonly expiresAt: number };
  /** Begins to stop; what is in flight is finished first. */
  stop(): void;
}

export interface DaemonStatus {
  readonly pid: number;
  readonly startedAt: number;
  readonly url: string;
  readonly configFile: string | undefined;
  readonly folder: string;
  readonly inFlight: number;
  readonly isDraining: boolean;
  readonly logDropped: number;
  /** When the state was last written, and why it cannot be. */
  readonly savedAt: number | undefined;
  readonly saveFault: string | undefined;
  /** Why nothing can be kept in the data folder. */
  readonly folderFault: string | undefined;
  /** Requests that wait for a key, and how long the one that waits longest does. */
  readonly waiting: number;
  readonly longestWaitMs: number;
  /** The last time that the configuration was read anew. */
  readonly lastReload: ReloadReport | undefined;
}

/** `reason`: who or what asked for it, as in the log. */
export interface ReloadReport {
  readonly at: number;
  readonly reason: string;
  /** False: what was read is wrong, and the configuration before stays. */
  readonly isOk: boolean;
  /** What is wrong; empty for a bug, which the log has. */
  readonly diagnostics: readonly string[];
  /** Fields that are as they were until the next start. */
  readonly needRestart: readonly string[];
}

export interface ReloadOutcome {
  readonly ok: boolean;
  readonly diagnostics: readonly string[];
  readonly changes: readonly string[];
}
