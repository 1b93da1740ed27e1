// Reads the configuration again beside the running one: all of it is taken, or nothing.
import type { Config } from "../config/config.ts";
import { describeChanges } from "../config/describe-changes.ts";
import { formatDiagnostic } from "../config/diagnostic.ts";
import type { LoadResult } from "../config/load-config.ts";
import { isLoopbackHost } from "../config/loopback.ts";
import type { Logger } from "../core/logger.ts";

export type ReloadResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly diagnostics: readonly string[] };

export interface ReloadInput {
  readonly load: () => LoadResult;
  readonly old: Config;
  readonly logger: Logger;
  readonly reason: string;
}

/** The new configuration, with the address that is listened on already, or why the old one stays. */
export function reloadConfig({ load, old, logger, reason }: ReloadInput): ReloadResult {
  const loaded = load();
  const diagnostics = loaded.ok ? exposure(loaded.config, old) : loaded.diagnostics.map(formatDiagnostic);
  if (!loaded.ok || diagnostics.length > 0) {
    logger.error({ reason, diagnostics }, "reload refused, the old configuration stays");
    return { ok: false, diagnostics };
  }
  for (const warning of loaded.warnings) logger.warn({ warning: formatDiagnostic(warning) }, "config");
  const needRestart = (["host", "port"] as const).filter((name) => old.server[name] !== loaded.config.server[name]);
  if (needRestart.length > 0) {
    logger.warn({ fields: needRestart.map((name) => `server.${name}`) }, "these take effect at the next start");
  }
  logger.info({ reason, changes: describeChanges(old, loaded.config) }, "reloaded");
  const { host, port } = old.server;
  return { ok: true, config: { ...loaded.config, server: { ...loaded.config.server, host, port } } };
}

/** The new host would be safe without a client token, but the socket stays that of the old one. */
function exposure({ auth }: Config, { server }: Config): readonly string[] {
  if (auth.clientTokens.length > 0 || isLoopbackHost(server.host)) return [];
  return ["auth.client_tokens: other machines reach this daemon until it is restarted, expected a client token"];
}
