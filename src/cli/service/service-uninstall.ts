// `service uninstall`: stops the service and takes its unit away; configuration and data stay.
import { existsSync, rmSync } from "node:fs";
import { EXIT } from "../../core/exit-codes.ts";
import { ioFault } from "../../core/io-fault.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext } from "../cli-context.ts";
import { say } from "../say.ts";
import { must, needRoot, type ScopeOption, servicePlace, UNIT } from "./service-place.ts";
import { SERVICE_CONFIG_FOLDER } from "./unit-text.ts";

/** What is in flight is finished first. @throws UserError. */
export async function serviceUninstall(context: CliContext, options: ScopeOption): Promise<number> {
  const host = await context.serviceHost();
  const place = servicePlace(context, options, host);
  needRoot(place, host, "uninstall");
  if (!existsSync(place.path)) {
    throw new UserError(`There is no service to take away: ${place.path.slice(host.root.length)} does not exist`);
  }
  must(await place.systemctl("disable", "--now", UNIT), "stop the service");
  try {
    rmSync(place.path);
  } catch (error: unknown) {
    throw new UserError(`Cannot remove ${place.path}: ${ioFault(error)}`, EXIT.failed, { cause: error });
  }
  must(await place.systemctl("daemon-reload"), "let systemd forget the unit");
  const kept =
    place.scope === "system"
      ? `${SERVICE_CONFIG_FOLDER}, /var/lib/openai-balance and the user openai-balance stay`
      : "Configuration and data stay";
  say(context, options, `Stopped the service and removed its unit. ${kept}`);
  return EXIT.ok;
}
