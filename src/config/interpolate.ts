// Replaces ${NAME} and ${NAME:-default} in the strings of a file.

import type { DiagnosticList } from "./diagnostic.ts";
import { type FieldPath, pathText } from "./field-path.ts";
import { nameForMessage } from "./name-for-message.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  readonly value: unknown;
  /** The strings in which something was replaced, by `pathText`. */
  readonly replaced: ReadonlySet<string>;
}

/** A dollar that is doubled, a reference, or a `${` that is none. */
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}|\$\{/g;

/** Written with an escape, so that no tool takes it for a template. */
const MALFORMED = "expected \x24{NAME} or \x24{NAME:-default}; a plain \x24{ is written $\x24{";

/**
 * The value with every reference replaced, in all strings at any depth but not in field names.
 * As in a shell the default also stands for an empty variable; `$${` is a plain `${`.
 * An unset variable without default is an error.
 */
export function interpolate(value: unknown, env: Environment, list: DiagnosticList): Interpolated {
  const replaced = new Set<string>();
  const walk = (node: unknown, path: FieldPath): unknown => {
    if (typeof node === "string") return replaceIn(node, path);
    if (Array.isArray(node)) return node.map((item, index) => walk(item, [...path, index]));
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([name, item]) => [name, walk(item, [...path, name])]));
  };
  const replaceIn = (text: string, path: FieldPath): string => {
    if (!text.includes("${")) return text;
    const faults: string[] = [];
    const filled = text.replace(REFERENCE, (match, name?: string, fallback?: string, standIn?: string) => {
      if (match === "$${") return "${";
      replaced.add(pathText(path));
      if (name === undefined) faults.push(MALFORMED);
      else if (env[name] === undefined && fallback === undefined) faults.push(unset(name));
      else return (fallback === undefined ? env[name] : env[name] || standIn) ?? "";
      return "";
    });
    for (const fault of new Set(faults)) list.alsoError(path, fault);
    return filled;
  };
  return { value: walk(value, []), replaced };
}

/** Says that a variable has no value. */
export function unset(name: string): string {
  return `the variable ${nameForMessage(name)} is not set`;
}
