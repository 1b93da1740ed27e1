// `service uninstall`: stops the service and takes its unit away; configuration and data stay.
import { existsSync, rmSync } from "node:fs";
import { SERVICE_FOLDER } from "../../config/data-folder.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { ioFault } from "../../core/io-fault.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext } from "../cli-context.ts";
import { dataFolderOf } from "../data-options.ts";
import { say } from "../say.ts";
import { must, needRoot, type ScopeOption, servicePlace, UNIT } from "./service-place.ts";
import { SERVICE_CONFIG_FOLDER, SERVICE_USER } from "./unit-text.ts";

/** What is in flight is finished first. @throws UserError. */
export async function serviceUninstall(context: CliContext, options: ScopeOption): Promise<number> {
  const host = await context.serviceHost();
  const place = servicePlace(context, options, host);
  needRoot(place, host, "uninstall");
  if (!existsSync(place.path)) {
    const path = place.path.slice(host.root.length);
    throw new UserError(`There is no service to take away: ${path} does not exist`, EXIT.failed);
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
      ? `${SERVICE_CONFIG_FOLDER}, ${SERVICE_FOLDER} and the user ${SERVICE_USER} stay`
      : `The configuration and ${dataFolderOf(context, {}).path} stay`;
  say(context, options, `Stopped the service and removed its unit. ${kept}`);
  return EXIT.ok;
}
