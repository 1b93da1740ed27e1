// Says what an edited config text would come to: what is wrong with it, and what would be different from what runs.
import type { EditedText, TextCheck } from "../admin/settings-port.ts";
import { parseYaml } from "../config/conceal/conceal-text.ts";
import { putBack } from "../config/conceal/put-back.ts";
import {
  faultDiagnostics,
  inText,
  syntaxDiagnostics,
  type TextDiagnostic,
} from "../config/conceal/text-diagnostics.ts";
import { describeChanges } from "../config/describe-changes.ts";
import type { Diagnostic } from "../config/diagnostic.ts";
import { SERVER_FIELDS_AT_START } from "../config/fields-at-start.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import { storedKeysOf } from "./data.ts";
import type { Instance } from "./instance.ts";
import { exposure } from "./reload-config.ts";
import { concealOptions, type ShownConfig, secretsOfBoth, shownBefore } from "./shown-config.ts";

/** `ready`: what would be written, where nothing is wrong. */
export interface Judgement {
  readonly check: TextCheck;
  readonly ready: { readonly text: string; readonly loaded: LoadedConfig } | undefined;
}

/** @throws UserError where there is no file, or none that can be read. */
export function judgeConfigText(edited: EditedText, instance: Instance, current = shownBefore(instance)): Judgement {
  const isStale = current.version !== edited.version;
  const text = edited.text.replace(/\r\n?/g, "\n");
  const refused = (diagnostics: readonly TextDiagnostic[]): Judgement => ({
    check: { isOk: false, diagnostics, changes: [], atStart: [], isStale },
    ready: undefined,
  });
  const document = parseYaml(text);
  if (document === undefined) return refused(syntaxDiagnostics(text));
  const parsed = { text, document };
  const back = putBack(parsed, secretsOfBoth(current, instance), concealOptions(instance));
  if (!back.ok) return refused(faultDiagnostics(text, back.faults));
  const real = restored(back.text, current);
  const { load, data } = instance.options;
  const loaded = load(storedKeysOf(data), { path: current.named, text: real });
  const located = (all: readonly Diagnostic[]) =>
    inText(all, { edited: parsed, real: back.text, replaced: back.replaced });
  if (!loaded.ok) return refused(located(loaded.diagnostics));
  const diagnostics = [...located(loaded.warnings), ...openDoors(loaded, instance)];
  return {
    check: { isOk: true, diagnostics, ...comparedTo(instance, loaded), isStale },
    ready: { text: real, loaded },
  };
}

function restored(text: string, { plain }: ShownConfig): string {
  return plain === undefined ? text : plain.restore(text);
}

function comparedTo({ config }: Instance, loaded: LoadedConfig): Pick<TextCheck, "changes" | "atStart"> {
  const atStart = SERVER_FIELDS_AT_START.filter((name) => config.server[name] !== loaded.config.server[name]);
  return { changes: describeChanges(config, loaded.config), atStart: atStart.map((name) => `server.${name}`) };
}

/** What a daemon that listens already will not take up. */
function openDoors({ config }: LoadedConfig, instance: Instance): readonly TextDiagnostic[] {
  const hasTokens = storedKeysOf(instance.options.data).hasTokens === true;
  return exposure(config, instance.config, hasTokens).map((message) => ({
    severity: "warning",
    path: "",
    message,
    start: undefined,
    end: undefined,
  }));
}
