// What the operations on the config file act on.
import type { TextDiagnostic } from "../config/conceal/text-diagnostics.ts";
import type { Diagnostic } from "../config/diagnostic.ts";
import type { EffectiveValue } from "../config/effective-values.ts";

/** The config file. */
export interface SettingsPort {
  /**
   * Changes one value of the file, after the whole of it was validated; in effect when it resolves.
   * @throws UserError; the file is as before then.
   */
  set(edit: SettingEdit): Promise<SettingChange>;
  /** The text without its secrets; `isPrevious`: that of the version before. */
  text(isPrevious: boolean): ConfigText;
  /** What an edited text would come to. */
  check(edited: EditedText): TextCheck;
  /** Writes an edited text, and has it read. @throws UserError when it cannot be written; nothing is changed then. */
  save(edited: EditedText): Promise<TextSave>;
  /** The values of the file as it is now, secrets masked. */
  values(): ConfigValues;
}

export type SettingEdit =
  | { readonly path: string; readonly value: string }
  | { readonly path: string; readonly remove: true };

export interface SettingChange {
  readonly file: string;
  /** The field that was meant, as messages write it. */
  readonly path: string;
  readonly isChanged: boolean;
  /** It holds a credential. */
  readonly isSecret: boolean;
  /** A running daemon heeds it only after a restart. */
  readonly needsRestart: boolean;
  /** Those that the change brings. */
  readonly warnings: readonly Diagnostic[];
}

/** `version`: of the file that was edited. */
export interface EditedText {
  readonly text: string;
  readonly version: string;
}

/** `file`: undefined where there is none. */
export interface ConfigText {
  readonly file: string | undefined;
  /** With placeholders for secrets; undefined where it cannot be shown, and `fault` says why. */
  readonly text: string | undefined;
  readonly version: string | undefined;
  readonly fault: string | undefined;
  /** Why it cannot be written. */
  readonly readOnly: string | undefined;
  readonly hasPrevious: boolean;
  /** What the text would come to, as it is. */
  readonly check: Omit<TextCheck, "isStale">;
}

export interface TextCheck {
  readonly isOk: boolean;
  readonly diagnostics: readonly TextDiagnostic[];
  /** What would be different from what runs, without values. */
  readonly changes: readonly string[];
  /** Fields of it that take effect after a restart. */
  readonly atStart: readonly string[];
  /** The file is not the one any more that was edited. */
  readonly isStale: boolean;
}

export type TextSave =
  | { readonly outcome: "saved"; readonly version: string; readonly check: TextCheck; readonly reload: ReloadFacts }
  | { readonly outcome: "unchanged" | "conflict" | "invalid"; readonly version: string; readonly check: TextCheck }
  | {
      readonly outcome: "read_only";
      readonly version: string;
      readonly check: TextCheck;
      readonly readOnly: string;
    };

/** `diagnostics`: why the old configuration stays. */
export interface ReloadFacts {
  readonly isOk: boolean;
  readonly changes: readonly string[];
  readonly diagnostics: readonly string[];
}

export interface ConfigValues {
  readonly file: string | undefined;
  /** Undefined for a configuration that is wrong. */
  readonly values: readonly EffectiveValue[] | undefined;
  /** What is wrong or doubtful with it, a line each. */
  readonly diagnostics: readonly string[];
}
