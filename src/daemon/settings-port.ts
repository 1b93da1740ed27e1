// The config file, as control operations see it.
import type { ConfigValues, SettingsPort } from "../admin/settings-port.ts";
import { formatDiagnostic } from "../config/diagnostic.ts";
import { effectiveValues } from "../config/effective-values.ts";
import { changeSetting } from "./change-setting.ts";
import { configText, saveConfigText } from "./config-text.ts";
import { storedKeysOf } from "./data.ts";
import type { Instance } from "./instance.ts";
import { judgeConfigText } from "./judge-config-text.ts";

export function settingsPort(instance: Instance): SettingsPort {
  return {
    set: (edit) => changeSetting(edit, instance),
    text: (isPrevious) => configText(instance, isPrevious),
    check: (edited) => judgeConfigText(edited, instance).check,
    save: (edited) => saveConfigText(edited, instance),
    values: () => configValues(instance),
  };
}

function configValues({ configFile, options: { load, data } }: Instance): ConfigValues {
  const loaded = load(storedKeysOf(data));
  const diagnostics = (loaded.ok ? loaded.warnings : loaded.diagnostics).map(formatDiagnostic);
  return { file: configFile, values: loaded.ok ? effectiveValues(loaded) : undefined, diagnostics };
}
