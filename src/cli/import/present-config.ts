// A config file that is there: shown without its secrets, edited, and saved with them, by whoever has it.
import type { Control } from "../../admin/control-client.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import type { ConfigTarget } from "./import-target.ts";

/** As `config.text` told it. */
export interface FileState {
  readonly file: string;
  readonly text: string;
  readonly version: string;
}

export function presentConfig(control: Control, { file, text: before, version: first }: FileState): ConfigTarget {
  let version = first;
  const undo = async () => void (await control.call("config.save", { text: before, version }));
  return {
    file,
    isNew: false,
    text: before,
    undo,
    async check(text) {
      const { ok, diagnostics } = await control.call("config.check", { text, version });
      if (!ok) throw refused(file, diagnostics);
    },
    async write(text) {
      const saved = await control.call("config.save", { text, version });
      if (saved.outcome === "invalid") throw refused(file, saved.diagnostics);
      if (saved.outcome === "conflict")
        throw new UserError(`${file} was changed meanwhile; nothing was imported, try again`, EXIT.failed);
      if (saved.outcome === "read_only")
        throw new UserError(`Cannot write ${file}: ${saved.read_only}; nothing was imported`, EXIT.failed);
      version = saved.version;
      if (saved.reload?.ok !== false) return;
      await undo();
      const title = `The daemon does not take ${file} as it would be; nothing was imported:`;
      throw new UserError([title, ...saved.reload.diagnostics].join("\n  "), EXIT.failed);
    },
  };
}

interface Found {
  readonly severity: string;
  readonly path: string;
  readonly message: string;
}

function refused(file: string, diagnostics: readonly Found[]): UserError {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const lines = errors.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  const title = `Cannot add to ${file}, the configuration would be wrong; nothing was imported:`;
  return new UserError([title, ...lines].join("\n  "));
}
