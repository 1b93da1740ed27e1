// Changes one value of the config file: validated first, written in one step, the version before kept beside it.
import type { SettingChange, SettingEdit } from "../admin/settings-port.ts";
import { type Diagnostic, formatDiagnostic } from "../config/diagnostic.ts";
import { editConfig } from "../config/edit-config.ts";
import { UserError } from "../core/user-error.ts";
import { CONFIG_TURNS, NO_CONFIG_FILE, readConfigFile, realPath, writeConfigFile } from "./config-file.ts";
import { storedKeysOf } from "./data.ts";
import type { Instance } from "./instance.ts";

/** In effect when it resolves. @throws UserError; the file is as before then. */
export function changeSetting(edit: SettingEdit, instance: Instance): Promise<SettingChange> {
  return CONFIG_TURNS.take(() => change(edit, instance));
}

async function change(edit: SettingEdit, instance: Instance): Promise<SettingChange> {
  const named = instance.configFile;
  if (named === undefined) throw new UserError(NO_CONFIG_FILE);
  // What a link leads to is changed, not the link.
  const file = realPath(named);
  const result = editConfig(readConfigFile(file, named).toString("utf8"), edit);
  // The path is not quoted: it may be a value that was put in the wrong place.
  if (!result.ok) throw new UserError(`Cannot change ${named}: ${result.message}`);
  const { load, data } = instance.options;
  const stored = storedKeysOf(data);
  const before = load(stored);
  const loaded = load(stored, { path: named, text: result.text });
  if (!loaded.ok) {
    const errors = loaded.diagnostics.filter(({ severity }) => severity === "error").map(formatDiagnostic);
    throw new UserError(
      [`Cannot change ${result.path}, the configuration would be wrong; nothing was written:`, ...errors].join("\n  "),
    );
  }
  const warnings = before.ok ? newOnes(loaded.warnings, before.warnings) : loaded.warnings;
  const { isSecret, path, hasEffectAtStart } = result;
  if (!result.changed) return { file: named, path, isChanged: false, isSecret, needsRestart: false, warnings };
  await writeConfigFile(file, named, result.text);
  // What would open a daemon that listens already is refused until it starts anew.
  const isInEffect = instance.reload("config set").ok;
  return { file: named, path, isChanged: true, isSecret, needsRestart: hasEffectAtStart || !isInEffect, warnings };
}

/** What was to be warned of before is no news. */
function newOnes(warnings: readonly Diagnostic[], before: readonly Diagnostic[]): readonly Diagnostic[] {
  const known = new Set(before.map(({ path, message }) => `${path}\0${message}`));
  return warnings.filter(({ path, message }) => !known.has(`${path}\0${message}`));
}
