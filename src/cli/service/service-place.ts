// Which service is meant, where its unit is, and how systemd is asked about it.
import { join } from "node:path";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext, GlobalOptions } from "../cli-context.ts";
import type { HostAnswer, ServiceHost } from "./service-host.ts";

export interface ScopeOption extends GlobalOptions {
  /** Of the user's own service manager. */
  readonly user?: boolean;
}

export const UNIT = "openai-balance.service";

export interface ServicePlace {
  readonly scope: "system" | "user";
  /** Where the unit is. */
  readonly path: string;
  /** Asks systemd. */
  systemctl(...args: readonly string[]): Promise<HostAnswer>;
  /** The last lines of its log, one each; `since`: wall-clock milliseconds. */
  lastLines(since?: number): Promise<readonly string[]>;
}

/** @throws UserError where there is no systemd. */
export function servicePlace(context: CliContext, { user }: ScopeOption, host: ServiceHost): ServicePlace {
  if (context.platform !== "linux" || !host.hasSystemd) {
    throw new UserError(
      "Cannot manage a service: systemd does not run here. Start `openai-balance serve` by what starts services on this machine",
      EXIT.failed,
    );
  }
  const flags = user === true ? ["--user"] : [];
  const folder = user === true ? join(userFolder(context), "systemd/user") : "/etc/systemd/system";
  return {
    scope: user === true ? "user" : "system",
    path: host.root + join(folder, UNIT),
    systemctl: (...args) => host.run("systemctl", ...flags, ...args),
    lastLines: async (since) => {
      const unit = user === true ? ["--user-unit", UNIT] : ["--unit", UNIT];
      const from = since === undefined ? [] : ["--since", `@${Math.floor(since / 1_000)}`];
      const shown = ["--lines", "12", "--no-pager", "--output", "cat"];
      const { stdout } = await host.run("journalctl", ...unit, ...from, ...shown);
      return stdout.trimEnd().split("\n");
    },
  };
}

/** @throws UserError for whoever may not change the services of the machine. */
export function needRoot({ scope }: ServicePlace, { uid }: ServiceHost, command: string): void {
  if (scope === "system" && uid !== 0) {
    throw new UserError(
      `Cannot change the services of this machine: sudo openai-balance service ${command} does, and openai-balance service ${command} --user makes it a service of your own`,
      EXIT.failed,
    );
  }
}

/** @throws UserError with what systemd said. */
export function must({ code, stderr, stdout }: HostAnswer, what: string): void {
  if (code !== 0)
    throw new UserError(`Cannot ${what}: ${(stderr || stdout).trim() || `exit code ${code}`}`, EXIT.failed);
}

function userFolder({ env, home }: CliContext): string {
  return env.XDG_CONFIG_HOME || join(home, ".config");
}
