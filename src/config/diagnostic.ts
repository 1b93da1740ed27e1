// What is wrong or doubtful in a configuration: said with its place, never with a value.

import { type FieldPath, pathForMessage } from "./field-path.ts";
import { type Source, SourceMap, sourceText } from "./source.ts";

export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** Undefined when no place can be named. */
  readonly source: Source | undefined;
  /** For example `providers[0].base_url`; empty when it is about no single field. */
  readonly path: string;
  readonly message: string;
}

/** One line: `config.yaml:12:5 providers[0].base_url: expected an http or https URL, got a string of 9 characters`. */
export function formatDiagnostic({ source, path, message }: Diagnostic): string {
  const where = [source === undefined ? "" : sourceText(source), path].filter((part) => part !== "");
  return where.length === 0 ? message : `${where.join(" ")}: ${message}`;
}

/** Collects diagnostics by field, and keeps a mistake from being reported a second time as its consequences. */
export class DiagnosticList {
  readonly #all: Diagnostic[] = [];
  readonly #broken = new Set<string>();
  readonly sources: SourceMap;

  constructor(sources: SourceMap = new SourceMap()) {
    this.sources = sources;
  }

  /** Reports an error about a field, unless the field or one around it is already known to be broken. */
  error(path: FieldPath, message: string): void {
    if (this.isInsideBroken(path)) return;
    this.markBroken(path);
    this.#add("error", path, message);
  }

  /** Reports an error in addition to others about the same field. */
  alsoError(path: FieldPath, message: string): void {
    this.markBroken(path);
    this.#add("error", path, message);
  }

  warning(path: FieldPath, message: string): void {
    if (!this.isInsideBroken(path)) this.#add("warning", path, message);
  }

  add(diagnostic: Diagnostic): void {
    this.#all.push(diagnostic);
  }

  markBroken(path: FieldPath): void {
    this.#broken.add(pathForMessage(path));
  }

  /** The field itself or one around it has an error. */
  isInsideBroken(path: FieldPath): boolean {
    return path.some((_, index) => this.#broken.has(pathForMessage(path.slice(0, index + 1))));
  }

  /** The field, one around it or one inside it has an error. */
  touchesBroken(path: FieldPath): boolean {
    const text = pathForMessage(path);
    const isInside = (broken: string) => broken.startsWith(`${text}.`) || broken.startsWith(`${text}[`);
    return this.isInsideBroken(path) || [...this.#broken].some(isInside);
  }

  /** Some field whose path looks like this has an error. */
  hasBroken(pattern: RegExp): boolean {
    return [...this.#broken].some((broken) => pattern.test(broken));
  }

  get hasErrors(): boolean {
    return this.#all.some((diagnostic) => diagnostic.severity === "error");
  }

  /** In the order of the file; what has no place there comes last, in the order of discovery. */
  sorted(): readonly Diagnostic[] {
    return this.#all.toSorted((a, b) => position(a) - position(b));
  }

  #add(severity: Diagnostic["severity"], path: FieldPath, message: string): void {
    this.#all.push({ severity, source: this.sources.nearest(path), path: pathForMessage(path), message });
  }
}

function position({ source }: Diagnostic): number {
  return source?.kind === "file" ? source.line * 10_000 + Math.min(source.column, 9_999) : Number.MAX_SAFE_INTEGER;
}
