// What the steps of loading a configuration share.

import type { DiagnosticList } from "./diagnostic.ts";
import { type FieldPath, pathText } from "./field-path.ts";
import type { Environment } from "./interpolate.ts";
import type { FileAccess } from "./read-named-file.ts";
import { type Source, SourceMap } from "./source.ts";
import type { StoredKeys } from "./stored-key.ts";

export interface LoadContextOptions {
  /** The values that were set, before defaults. */
  readonly tree: unknown;
  /** Strings of the file in which variables were replaced, by `pathText`. */
  readonly replaced: ReadonlySet<string>;
  readonly env: Environment;
  readonly files: FileAccess;
  readonly hasFile: boolean;
  readonly stored: StoredKeys;
  readonly operations: readonly string[] | undefined;
  readonly now: number | undefined;
  readonly list: DiagnosticList;
}

/** Answers where values come from; values that are derived from others are noted here. */
export class LoadContext {
  readonly env: Environment;
  readonly files: FileAccess;
  readonly hasFile: boolean;
  readonly stored: StoredKeys;
  /** The names of all operations, where they are known. */
  readonly operations: readonly string[] | undefined;
  /** Wall-clock milliseconds, where the time counts. */
  readonly now: number | undefined;
  readonly list: DiagnosticList;
  /** Sources of values that nobody wrote: from presets, usual variables, or inherited. */
  readonly derived = new SourceMap();
  readonly #tree: unknown;
  readonly #replaced: ReadonlySet<string>;

  constructor({ tree, replaced, env, files, hasFile, stored, list, ...facts }: LoadContextOptions) {
    this.env = env;
    this.files = files;
    this.hasFile = hasFile;
    this.stored = stored;
    this.list = list;
    this.operations = facts.operations;
    this.now = facts.now;
    this.#tree = tree;
    this.#replaced = replaced;
  }

  /** The field was written somewhere, as opposed to having a default. */
  isSet(path: FieldPath): boolean {
    let value = this.#tree;
    for (const step of path) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return false;
      value = (value as Record<string | number, unknown>)[step];
    }
    return true;
  }

  /** The text stood in a variable that the file refers to. */
  isReplaced(path: FieldPath): boolean {
    return this.#replaced.has(pathText(path));
  }

  originOf(path: FieldPath): Source {
    const written = this.isSet(path) ? this.list.sources.nearest(path) : undefined;
    return written ?? this.derived.nearest(path) ?? { kind: "default" };
  }
}
