// Checks what an operation is given, and says what is wrong without quoting it: it may be a secret.
import type { z } from "zod";
import { count, describeValue } from "../config/describe-value.ts";
import { type FieldPath, pathForMessage } from "../config/field-path.ts";
import { nearestName } from "../config/nearest-name.ts";
import { fieldNames, schemaInside } from "../config/schema-shape.ts";

/** `message`: every mistake by the name of its field, up to a few. */
export type CheckedInput =
  | { readonly ok: true; readonly input: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly message: string };

type Issue = z.core.$ZodIssue;

const MOST_PROBLEMS = 10;

/** The input with its defaults, or what is wrong with it. */
export function checkInput({ input: schema }: { readonly input: z.ZodObject }, given: unknown): CheckedInput {
  const parsed = schema.safeParse(given);
  if (parsed.success) return { ok: true, input: parsed.data };
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, given, schema));
  const more = problems.length > MOST_PROBLEMS ? [`and ${problems.length - MOST_PROBLEMS} more`] : [];
  return { ok: false, message: [...problems.slice(0, MOST_PROBLEMS), ...more].join("; ") };
}

function problemsOf(issue: Issue, given: unknown, schema: z.ZodObject): readonly string[] {
  const path = issue.path as FieldPath;
  if (issue.code === "unrecognized_keys") return issue.keys.map((name) => unknownField(name, path, schema));
  const field = path.length === 0 ? "the input" : pathForMessage(path);
  return [`${field}: expected ${expectedOf(issue)}, got ${actualOf(issue, valueAt(given, path))}`];
}

function unknownField(name: string, path: FieldPath, schema: z.ZodObject): string {
  let place: z.core.$ZodType | undefined = schema;
  for (const step of path) place = place && schemaInside(place, step);
  const near = nearestName(name, place === undefined ? [] : fieldNames(place));
  return `${pathForMessage([...path, name])}: unknown field${near === undefined ? "" : `, did you mean ${near}`}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map of fields",
};

function expectedOf(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return KINDS[issue.expected] ?? issue.expected;
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${amount(issue.origin, Number(issue.minimum))}`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${amount(issue.origin, Number(issue.maximum))}`;
    case "invalid_format":
      return issue.format === "datetime" ? "a time such as 2026-01-31T12:00:00Z" : issue.message;
    default:
      return issue.message;
  }
}

function amount(origin: string, limit: number): string {
  if (origin === "string") return count(limit, "character");
  return origin === "array" ? count(limit, "item") : String(limit);
}

function actualOf({ code }: Issue, value: unknown): string {
  if (typeof value !== "number") return describeValue(value);
  if (code === "too_small") return "a smaller one";
  if (code === "too_big") return "a larger one";
  return Number.isInteger(value) ? describeValue(value) : "a number that is not whole";
}

function valueAt(tree: unknown, path: FieldPath): unknown {
  let value = tree;
  for (const step of path) value = (value as Record<string | number, unknown> | null | undefined)?.[step];
  return value;
}
