// `service status`: what systemd knows of the service.
import { EXIT } from "../../core/exit-codes.ts";
import type { CliContext, JsonOption } from "../cli-context.ts";
import { renderFields } from "../field-list.ts";
import { widthOf } from "../paint.ts";
import { printedJson } from "../print-json.ts";
import { note } from "../say.ts";
import { must, type ScopeOption, servicePlace, UNIT } from "./service-place.ts";

const FIELDS = ["LoadState", "ActiveState", "SubState", "UnitFileState", "MainPID", "NRestarts", "Result"] as const;

/** `EXIT.unreachable` where it does not run. @throws UserError where systemd does not answer. */
export async function serviceStatus(context: CliContext, options: ScopeOption & JsonOption): Promise<number> {
  const host = await context.serviceHost();
  const place = servicePlace(context, options, host);
  const shown = await place.systemctl("show", UNIT, `--property=${FIELDS.join(",")}`);
  must(shown, "ask systemd");
  const found = fieldsOf(shown.stdout);
  const isInstalled = found.LoadState === "loaded";
  const isActive = found.ActiveState === "active";
  const facts = {
    installed: isInstalled,
    unit: place.path.slice(host.root.length),
    enabled: found.UnitFileState === "enabled",
    active: isActive,
    state: [found.ActiveState, found.SubState].filter(Boolean).join(", "),
    pid: Number(found.MainPID) || undefined,
    restarts: Number(found.NRestarts) || 0,
    result: found.Result,
  };
  const exitCode = isActive ? EXIT.ok : EXIT.unreachable;
  if (printedJson(context, options, facts)) return exitCode;
  const rows: readonly (readonly [string, string])[] = [
    ["unit", isInstalled ? facts.unit : `none, openai-balance service install makes one`],
    ["state", facts.state],
    [`starts with ${place.scope === "system" ? "the machine" : "your session"}`, facts.enabled ? "yes" : "no"],
    ...(facts.pid === undefined ? [] : [["process", String(facts.pid)] as const]),
    ...(facts.restarts === 0 ? [] : [["restarts", `${facts.restarts} after failures`] as const]),
  ];
  context.out.write(renderFields(rows, widthOf(context)));
  if (isInstalled && !isActive)
    note(context, "Its log ends so:", ...(await place.lastLines()).map((line) => `  ${line}`));
  return exitCode;
}

function fieldsOf(text: string): Partial<Record<(typeof FIELDS)[number], string>> {
  const lines = text.trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
