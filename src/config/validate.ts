// Checks a tree of values against the schema, and keeps what is sound for further checks.

import type { z } from "zod";
import { describeValue } from "./describe-value.ts";
import type { DiagnosticList } from "./diagnostic.ts";
import type { FieldPath } from "./field-path.ts";
import { nearestName } from "./nearest-name.ts";
import { configSchema, type RawConfig } from "./schema.ts";
import { fieldNames, schemaInside } from "./schema-shape.ts";

type Issue = z.core.$ZodIssue;

/** Stands in for the name of a provider that has none that is usable. */
const NO_NAME = "unnamed-provider-";

/** Stands in for a secret that is unusable; its path is known to be broken, so that nobody looks at it. */
const NO_SECRET = "-";

/** Stands in for what a rule does where that is unusable. */
const NO_ACTION = "client";

/**
 * The validated configuration with defaults. Where fields are wrong each is reported and taken out,
 * so that the rest can still be checked; undefined only if nothing sound is left.
 */
export function validate(tree: unknown, list: DiagnosticList): RawConfig | undefined {
  let sound = tree;
  for (let round = 0; round < 10; round++) {
    const parsed = configSchema.safeParse(sound);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) {
      report(issue, sound, list);
      if (issue.path.length === 0 && issue.code !== "unrecognized_keys") return undefined;
    }
    sound = prune(sound, parsed.error.issues);
  }
  return undefined;
}

function report(given: Issue, tree: unknown, list: DiagnosticList): void {
  const issue = given as Issue & { path: FieldPath };
  if (issue.code === "unrecognized_keys") {
    for (const name of issue.keys) list.error([...issue.path, name], unknownField(name, issue.path));
  } else if (issue.code === "invalid_key") {
    list.error(issue.path, `expected ${issue.issues[0]?.message ?? "another name"} as the name of the field`);
  } else if (issue.code === "invalid_union" && bestBranch(issue.errors) !== undefined) {
    for (const inner of bestBranch(issue.errors) ?? []) {
      report({ ...inner, path: [...issue.path, ...inner.path] }, tree, list);
    }
  } else if (valueAt(tree, issue.path) !== undefined || !list.touchesBroken(issue.path)) {
    // What was wrong was said, and taken out.
    list.error(issue.path, `expected ${issue.message}, got ${describeActual(issue, tree)}`);
  }
}

function describeActual(issue: Issue, tree: unknown): string {
  const value = valueAt(tree, issue.path);
  if (typeof value !== "number") return describeValue(value);
  if (issue.code === "too_small") return "a smaller one";
  if (issue.code === "too_big") return "a larger one";
  return Number.isInteger(value) ? describeValue(value) : "a number that is not whole";
}

function unknownField(name: string, path: FieldPath): string {
  let schema: z.core.$ZodType | undefined = configSchema;
  for (const step of path) schema = schema && schemaInside(schema, step);
  const known = schema === undefined ? [] : fieldNames(schema);
  const near = nearestName(name, known);
  return near === undefined
    ? `unknown field${known.length > 0 ? `, known are ${known.join(", ")}` : ""}`
    : `unknown field, did you mean ${near}`;
}

/** The map that was probably meant: the one with the fewest unknown and wrong fields; undefined if none fits in kind. */
function bestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = branches.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === "unrecognized_keys"),
  );
  const weight = (issues: readonly Issue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length * 100 : 1), 0);
  return fitting.toSorted((a, b) => weight(b) - weight(a)).at(-1);
}

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  let value = tree;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return value;
}

/** A copy without the fields that have issues. */
function prune(tree: unknown, issues: readonly Issue[]): unknown {
  const copy = structuredClone(tree);
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") takeOut(copy, issue.path);
    else for (const key of issue.keys) takeOut(copy, [...issue.path, key]);
  }
  return copy;
}

/** What has to be there is replaced, so that what stands beside them can be checked; a list with another wrong item goes. */
function takeOut(tree: unknown, path: readonly PropertyKey[]): void {
  const [first, second, third] = path;
  const isName = first === "providers" && third === "name" && path.length === 3;
  const isToken = first === "auth" && second === "client_tokens" && path.length >= 3;
  const isKey = first === "providers" && third === "api_keys" && path.length >= 4;
  const isAction = path.at(-3) === "rules" && path.at(-1) === "then";
  const end = path.findLastIndex((step) => typeof step !== "number");
  if (isName) put(tree, path, `${NO_NAME}${String(second)}`);
  else if (isToken) put(tree, path.slice(0, 3), NO_SECRET);
  else if (isKey) put(tree, path.slice(0, 4), NO_SECRET);
  else put(tree, path.slice(0, end + 1), isAction ? NO_ACTION : undefined);
}

/** `undefined` removes the field. */
function put(tree: unknown, path: readonly PropertyKey[], value: unknown): void {
  const parent = valueAt(tree, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined || typeof parent !== "object" || parent === null) return;
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else Reflect.set(parent, last, value);
}
