// Reads the configuration again beside the running one: all of it is taken, or nothing.
import type { Config } from "../config/config.ts";
import { describeChanges } from "../config/describe-changes.ts";
import { type Diagnostic, formatDiagnostic } from "../config/diagnostic.ts";
import { SERVER_FIELDS_AT_START } from "../config/fields-at-start.ts";
import type { LoadResult } from "../config/load-config.ts";
import { isLoopbackHost } from "../config/loopback.ts";
import type { Logger } from "../core/logger.ts";
import { UserError } from "../core/user-error.ts";

export type ReloadResult =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly warnings: readonly Diagnostic[];
      /** What is different, without values. */
      readonly changes: readonly string[];
      /** Fields that are as they were until the next start. */
      readonly needRestart: readonly string[];
    }
  | { readonly ok: false; readonly diagnostics: readonly string[] };

export interface ReloadInput {
  readonly load: () => LoadResult;
  readonly old: Config;
  /** Client tokens were added by command. */
  readonly hasTokens: boolean;
  /** The warnings about the old configuration: what was said once is not repeated. */
  readonly oldWarnings: readonly Diagnostic[];
  readonly logger: Logger;
  readonly reason: string;
}

const REFUSED = "Reload refused, the old configuration stays";

/** The new configuration, with the address that is listened on already, or why the old one stays. */
export function reloadConfig({ load, old, oldWarnings, hasTokens, logger, reason }: ReloadInput): ReloadResult {
  const loaded = load();
  const diagnostics = loaded.ok ? exposure(loaded.config, old, hasTokens) : errorsOf(loaded.diagnostics);
  if (!loaded.ok || diagnostics.length > 0) {
    logger.error({ reason, diagnostics }, REFUSED);
    return { ok: false, diagnostics };
  }
  const fresh = loaded.warnings.filter((warning) => !oldWarnings.some((known) => isSame(known, warning)));
  for (const warning of fresh) logger.warn({ warning: formatDiagnostic(warning) }, "Configuration");
  const changed = SERVER_FIELDS_AT_START.filter((name) => old.server[name] !== loaded.config.server[name]);
  const needRestart = changed.map((name) => `server.${name}`);
  if (needRestart.length > 0) logger.warn({ fields: needRestart }, "These fields take effect at the next start");
  const changes = describeChanges(old, loaded.config);
  logger.info({ reason, changes }, "Reloaded");
  const { host, port } = old.server;
  const config = { ...loaded.config, server: { ...loaded.config.server, host, port } };
  return { ok: true, config, warnings: loaded.warnings, changes, needRestart };
}

function errorsOf(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.filter(({ severity }) => severity === "error").map(formatDiagnostic);
}

/** Its line in the file may have moved. */
function isSame(a: Diagnostic, b: Diagnostic): boolean {
  return a.path === b.path && a.message === b.message;
}

/** A reload that failed by an exception must not end the daemon: a file is missing, or it is our own bug. */
export function refuseReload(error: unknown, { logger, reason }: Pick<ReloadInput, "logger" | "reason">): ReloadResult {
  const isUsers = error instanceof UserError;
  const diagnostics = isUsers ? [error.message] : [];
  logger.error(isUsers ? { reason, diagnostics } : { reason, err: error }, REFUSED);
  return { ok: false, diagnostics };
}

/** Why the new one is not taken up: its host would be safe without a client token, but the socket stays that of the old one. */
export function exposure({ auth }: Config, { server }: Config, hasTokens: boolean): readonly string[] {
  if (auth.clientTokens.length > 0 || hasTokens || isLoopbackHost(server.host)) return [];
  return ["auth.client_tokens: other machines reach this daemon until it is restarted, expected a client token"];
}
