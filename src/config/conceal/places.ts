// Says where placeholders stand in a YAML document, and whether a secret may move from one place to another.
import type { Document } from "yaml";
import type { Span } from "../../core/secret-search.ts";
import type { FieldPath } from "../field-path.ts";
import { secretKindOf } from "../secret-fields.ts";
import { commentsIn } from "./comments.ts";
import { type PlacedScalar, placedScalars } from "./placed-scalars.ts";
import { type Placeholder, placeholdersIn } from "./placeholder.ts";
import { writtenSpans } from "./secret-spans.ts";

/** `isWhole`: the scalar is nothing but the placeholder. `other`: such as the name of an anchor. */
export type Place =
  | { readonly kind: "field"; readonly path: FieldPath; readonly isName: boolean; readonly isWhole: boolean }
  | { readonly kind: "comment" }
  | { readonly kind: "other" };

/** A placeholder where it stands. */
export interface PlacedPlaceholder extends Placeholder {
  readonly place: Place;
  /** The scalar around it, with its quotes. */
  readonly scalar: Span | undefined;
  /** An alias brings it here, which stands at `start`. */
  readonly isByAlias: boolean;
}

/** Those that are written in their order, then those by alias; undefined for a document that the reader refuses. */
export function placedPlaceholders(text: string, document: Document): readonly PlacedPlaceholder[] | undefined {
  const scalars = placedScalars(document);
  if (scalars === undefined) return undefined;
  const written = writtenSpans(scalars);
  const comments = commentsIn(text, written);
  const direct = placeholdersIn(text).map((found): PlacedPlaceholder => {
    const scalar = spanAround(written, found.start);
    if (scalar !== undefined) return inScalar(found, scalar);
    const kind = spanAround(comments, found.start) === undefined ? "other" : "comment";
    return { ...found, place: { kind }, scalar: undefined, isByAlias: false };
  });
  return [...direct, ...scalars.flatMap((scalar) => byAlias(text, scalar))];
}

/** The same secret there would be as little seen as here, and nothing else could be meant. */
export function mayMove(from: Place, to: Place): boolean {
  if (from.kind === "field" && to.kind === "field") {
    if (from.isName !== to.isName || from.isWhole !== to.isWhole) return false;
    const kind = from.isName ? undefined : secretKindOf(from.path);
    return kind === undefined ? fieldOf(from.path) === fieldOf(to.path) : kind === secretKindOf(to.path);
  }
  if (from.kind === "comment" && to.kind === "field") {
    return to.isWhole && !to.isName && secretKindOf(to.path) !== undefined;
  }
  if (from.kind === "field" && to.kind === "comment") {
    return from.isWhole && !from.isName && secretKindOf(from.path) !== undefined;
  }
  return from.kind === to.kind;
}

/** Exactly the same. */
export function isSamePlace(a: Place, b: Place): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The same for all items of a list. */
function fieldOf(path: FieldPath): string {
  return JSON.stringify(path.map((step) => (typeof step === "number" ? 0 : step)));
}

function inScalar(found: Placeholder, { node, path, isName, start, end }: PlacedScalar): PlacedPlaceholder {
  const place: Place = { kind: "field", path, isName, isWhole: node.value === found.text };
  return { ...found, place, scalar: { start, end }, isByAlias: false };
}

function byAlias(text: string, scalar: PlacedScalar): readonly PlacedPlaceholder[] {
  const { alias, start, end } = scalar;
  if (alias === undefined) return [];
  const [aliasStart, aliasEnd] = alias.range ?? [0, 0];
  return placeholdersIn(text.slice(start, end)).map((found) => ({
    ...inScalar(found, scalar),
    start: aliasStart,
    end: aliasEnd,
    isByAlias: true,
  }));
}

/** By bisection: `spans` are apart and in order. */
function spanAround<Item extends Span>(spans: readonly Item[], offset: number): Item | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.end ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const found = spans[low];
  return found !== undefined && found.start <= offset ? found : undefined;
}
