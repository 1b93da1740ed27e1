// Changes one value of the config file: validated first, written in one step, the version before kept beside it.
import { constants, readFileSync, realpathSync, statSync } from "node:fs";
import { access, chown } from "node:fs/promises";
import type { SettingChange, SettingEdit } from "../admin/ports.ts";
import { type Diagnostic, formatDiagnostic } from "../config/diagnostic.ts";
import { editConfig } from "../config/edit-config.ts";
import { replaceFile } from "../core/atomic-file.ts";
import { EXIT } from "../core/exit-codes.ts";
import { previousOf } from "../core/generations.ts";
import { ioFault } from "../core/io-fault.ts";
import { Turns } from "../core/turns.ts";
import { UserError } from "../core/user-error.ts";
import { storedKeysOf } from "./data.ts";
import type { Instance } from "./instance.ts";

const NO_FILE =
  "There is no config file to change: openai-balance init writes one. Until then the environment and the key store configure everything";

/** Two changes at once must not undo each other. */
const turns = new Turns();

/** In effect when it resolves. @throws UserError; the file is as before then. */
export function changeSetting(edit: SettingEdit, instance: Instance): Promise<SettingChange> {
  return turns.take(() => change(edit, instance));
}

async function change(edit: SettingEdit, instance: Instance): Promise<SettingChange> {
  const named = instance.configFile;
  if (named === undefined) throw new UserError(NO_FILE);
  // What a link leads to is changed, not the link.
  const file = real(named);
  const result = editConfig(read(file, named), edit);
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
  await write(file, named, result.text);
  // What would open a daemon that listens already is refused until it starts anew.
  const isInEffect = instance.reload("config set").ok;
  return { file: named, path, isChanged: true, isSecret, needsRestart: hasEffectAtStart || !isInEffect, warnings };
}

/** What was to be warned of before is no news. */
function newOnes(warnings: readonly Diagnostic[], before: readonly Diagnostic[]): readonly Diagnostic[] {
  const known = new Set(before.map(({ path, message }) => `${path}\0${message}`));
  return warnings.filter(({ path, message }) => !known.has(`${path}\0${message}`));
}

function real(named: string): string {
  try {
    return realpathSync(named);
  } catch (error: unknown) {
    throw new UserError(`Cannot read ${named}: ${ioFault(error)}`, EXIT.failed, { cause: error });
  }
}

function read(file: string, named: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error: unknown) {
    throw new UserError(`Cannot read ${named}: ${ioFault(error)}`, EXIT.failed, { cause: error });
  }
}

async function write(file: string, named: string, text: string): Promise<void> {
  try {
    const { mode, uid, gid } = statSync(file);
    await access(file, constants.W_OK);
    // The administrator may write everything, but a file that is read-only is meant to be.
    if ((mode & 0o222) === 0) throw Object.assign(new Error("read-only"), { code: "EACCES" });
    await replaceFile(file, text, { previous: previousOf(file), mode: mode & 0o777 });
    // Done by now: where an administrator may not give it back, as on some network file systems, it stays theirs.
    if (process.geteuid?.() === 0) await chown(file, uid, gid).catch(() => {});
  } catch (error: unknown) {
    throw new UserError(`Cannot write ${named}: ${ioFault(error)}; nothing was changed`, EXIT.failed, { cause: error });
  }
}
