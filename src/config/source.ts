// Where a value of the configuration came from.

import { type FieldPath, pathText } from "./field-path.ts";

/**
 * `variable`: an environment variable. `keys-file`: a file that the configuration names. `key-store`: added by command.
 * `built-in`: a provider that the program brings, such as the demo.
 */
export type Source =
  | { readonly kind: "file"; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "flag"; readonly name: string }
  | { readonly kind: "preset"; readonly name: string }
  | { readonly kind: "keys-file"; readonly file: string }
  | { readonly kind: "key-store" }
  | { readonly kind: "built-in" }
  | { readonly kind: "default" };

/** As `config show --origin` and diagnostics write it, for example `config.yaml:12:5` or `--port`. */
export function sourceText(source: Source): string {
  switch (source.kind) {
    case "file":
      return `${source.file}:${source.line}:${source.column}`;
    case "variable":
      return source.name;
    case "flag":
      return source.name;
    case "preset":
      return `preset ${source.name}`;
    case "keys-file":
      return source.file;
    case "key-store":
      return "key store";
    case "built-in":
    case "default":
      return source.kind;
    default:
      return source satisfies never;
  }
}

/** Remembers the source of every value that was set; what is not remembered is a default. */
export class SourceMap {
  readonly #byPath = new Map<string, Source>();

  set(path: FieldPath, source: Source): void {
    this.#byPath.set(pathText(path), source);
  }

  /** The source of exactly this field; undefined if nobody set it. */
  get(path: FieldPath): Source | undefined {
    return this.#byPath.get(pathText(path));
  }

  /** The source of this field or of the nearest one around it. */
  nearest(path: FieldPath): Source | undefined {
    for (let length = path.length; length >= 0; length--) {
      const source = this.get(path.slice(0, length));
      if (source !== undefined) return source;
    }
    return undefined;
  }

  /** Forgets a field and everything inside it, before another source sets it. */
  forget(path: FieldPath): void {
    const text = pathText(path);
    for (const known of [...this.#byPath.keys()]) {
      if (known === text || known.startsWith(`${text}.`) || known.startsWith(`${text}[`)) this.#byPath.delete(known);
    }
  }
}
