// The text of the config file for a browser: shown without secrets, and saved with them.
import type { ConfigText, EditedText, TextCheck, TextSave } from "../admin/settings-port.ts";
import { syntaxDiagnostics } from "../config/conceal/text-diagnostics.ts";
import { secretsOf } from "../config/secrets-of.ts";
import { UserError } from "../core/user-error.ts";
import { CONFIG_TURNS, NO_CONFIG_FILE, readPrevious, whyReadOnly, writeConfigFile } from "./config-file.ts";
import type { Instance } from "./instance.ts";
import { judgeConfigText } from "./judge-config-text.ts";
import { type ShownConfig, shownBefore, shownConfig, shownPrevious } from "./shown-config.ts";

const UNCHECKED: TextCheck = { isOk: false, diagnostics: [], changes: [], atStart: [], isStale: false };

/** `isPrevious`: the text of the version before, to be saved as an edit of the file as it is now. */
export function configText(instance: Instance, isPrevious: boolean): ConfigText {
  const none = { text: undefined, version: undefined, readOnly: undefined, hasPrevious: false, check: UNCHECKED };
  if (instance.configFile === undefined) return { ...none, file: undefined, fault: NO_CONFIG_FILE };
  const current = shownOrFault(instance);
  if (typeof current === "string") return { ...none, file: instance.configFile, fault: current };
  const { named, file, version } = current;
  const wanted = isPrevious ? shownPrevious(current, instance) : current;
  const text = wanted?.concealed?.text;
  return {
    file: named,
    text,
    version,
    fault: wanted === undefined ? `There is no version before ${named}` : wanted.fault,
    readOnly: whyReadOnly(file),
    hasPrevious: readPrevious(file) !== undefined,
    check: text === undefined ? unreadable(wanted) : judgeConfigText({ text, version }, instance, current).check,
  };
}

/** Says where it is no YAML, without quoting it. */
function unreadable(shown: Pick<ShownConfig, "plain"> | undefined): TextCheck {
  return shown?.plain === undefined ? UNCHECKED : { ...UNCHECKED, diagnostics: syntaxDiagnostics(shown.plain.text) };
}

/** In effect when it resolves, unless the outcome says otherwise. @throws UserError when it cannot be written. */
export function saveConfigText(edited: EditedText, instance: Instance): Promise<TextSave> {
  return CONFIG_TURNS.take(() => save(edited, instance));
}

async function save(edited: EditedText, instance: Instance): Promise<TextSave> {
  const current = shownBefore(instance);
  const { named, file, version, concealed } = current;
  const { check, ready } = judgeConfigText(edited, instance, current);
  if (check.isStale) return { outcome: "conflict", version, check };
  if (ready === undefined) return { outcome: "invalid", version, check };
  if (edited.text === concealed?.text) return { outcome: "unchanged", version, check };
  const readOnly = whyReadOnly(file);
  if (readOnly !== undefined) return { outcome: "read_only", version, check, readOnly };
  // Before anything can speak of them.
  instance.options.redactor.addSecrets(secretsOf(ready.loaded.config));
  await writeConfigFile(file, named, ready.text);
  const result = instance.reload("config save");
  const reload = {
    isOk: result.ok,
    changes: result.ok ? result.changes : [],
    diagnostics: result.ok ? [] : result.diagnostics,
  };
  return { outcome: "saved", version: shownConfig(instance).version, check, reload };
}

function shownOrFault(instance: Instance): ShownConfig | string {
  try {
    return shownConfig(instance);
  } catch (error: unknown) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
