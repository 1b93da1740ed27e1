// Finds the row of the operation table that a path below /v1 belongs to.
import { OPERATION_ROWS, type OperationRow } from "./operation-table.ts";

export interface TemplateMatch {
  readonly row: OperationRow;
  /** The path in the table's spelling, parameters as they were given. */
  readonly segments: readonly string[];
}

/**
 * `exact`: literals as in the table. `any-case`: literals in any case. `with-holes`: in any case, and a parameter may be
 * empty, as when a client forgot to fill in an id.
 */
export type MatchMode = "exact" | "any-case" | "with-holes";

interface Template {
  readonly row: OperationRow;
  readonly parts: readonly string[];
  /** The last parameter takes all segments that are left. */
  readonly isOpen: boolean;
}

const BY_FIRST_PART = groupTemplates();

/** The most literal row that the segments fit; undefined where none does. */
export function matchTemplate(segments: readonly string[], mode: MatchMode = "exact"): TemplateMatch | undefined {
  const first = segments[0] ?? "";
  const templates = BY_FIRST_PART.get(mode === "exact" ? first : first.toLowerCase());
  const template = templates?.find((candidate) => fits(candidate, segments, mode));
  if (template === undefined) return undefined;
  const { row, parts } = template;
  return { row, segments: segments.map((segment, index) => canonical(parts[index], segment)) };
}

function fits({ parts, isOpen }: Template, segments: readonly string[], mode: MatchMode): boolean {
  if (isOpen && mode === "with-holes") return false;
  if (isOpen ? segments.length < parts.length : segments.length !== parts.length) return false;
  return parts.every((part, index) => fitsPart(part, segments[index] ?? "", mode));
}

function fitsPart(part: string, segment: string, mode: MatchMode): boolean {
  if (isParameter(part)) return segment !== "" || mode === "with-holes";
  return part === (mode === "exact" ? segment : segment.toLowerCase());
}

function canonical(part: string | undefined, segment: string): string {
  return part === undefined || isParameter(part) ? segment : part;
}

function isParameter(part: string): boolean {
  return part.startsWith("{");
}

function groupTemplates(): ReadonlyMap<string, readonly Template[]> {
  const templates = OPERATION_ROWS.map(toTemplate);
  const groups = Map.groupBy(templates, ({ parts }) => parts[0] ?? "");
  for (const group of groups.values()) group.sort((a, b) => countParameters(a) - countParameters(b));
  return groups;
}

function toTemplate(row: OperationRow): Template {
  return { row, parts: row.template.split("/"), isOpen: row.template.endsWith("...}") };
}

function countParameters({ parts }: Template): number {
  return parts.filter(isParameter).length;
}
