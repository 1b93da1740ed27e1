// Puts the secrets back into an edited text, where it is beyond doubt which one is meant, and where it stays unseen.
import { Redactor } from "../../core/redaction.ts";
import type { Span } from "../../core/secret-search.ts";
import { secretKindOf } from "../secret-fields.ts";
import {
  type ConcealOptions,
  concealText,
  type HeldSecret,
  type ParsedText,
  parseYaml,
  type SecretUse,
} from "./conceal-text.ts";
import { type PlacedScalar, placedScalars } from "./placed-scalars.ts";
import { remnantsIn } from "./placeholder.ts";
import { isSamePlace, mayMove, type Place, type PlacedPlaceholder, placedPlaceholders } from "./places.ts";
import { writtenSpans } from "./secret-spans.ts";

/** What of the edited text cannot stay so. */
export interface PlaceholderFault extends Span {
  readonly message: string;
}

/** A stretch of the edited text, and where it is in the other. */
export interface Replaced {
  readonly edited: Span;
  readonly real: Span;
}

export type PutBack =
  | { readonly ok: true; readonly text: string; readonly replaced: readonly Replaced[] }
  | { readonly ok: false; readonly faults: readonly PlaceholderFault[] };

/** What a placeholder stood for, by its id. */
export type Lookup = (id: string) => HeldSecret | undefined;

const FAULTS = {
  aliases: "Aliases unfold to more values than a configuration can have",
  cut: "This is a part of a placeholder: undo the change, or type the whole secret in its place",
  unknown: "This placeholder stands for no secret of the file: type the secret itself",
  changed: "This placeholder was changed: undo that, or type the whole secret in its place",
  again: "This placeholder stands here more often than before: a secret can be moved, a second time it must be typed",
  moved:
    "The secret cannot be moved here, where it would not be hidden or mean something else: type it anew, or undo that",
  unfit: "The secret cannot be written here: undo the change, or type the whole secret in its place",
} as const;

/** What is wrong with the values of the edited text is for others to say. */
export function putBack({ text: edited, document }: ParsedText, lookup: Lookup, options: ConcealOptions): PutBack {
  const placed = placedPlaceholders(edited, document);
  if (placed === undefined) return { ok: false, faults: [fault({ start: 0, end: 0 }, FAULTS.aliases)] };
  const faults = [...cutOnes(edited), ...faultsOf(placed, lookup)];
  if (faults.length > 0) return { ok: false, faults: faults.toSorted((a, b) => a.start - b.start) };
  const written = placed.filter(({ isByAlias }) => !isByAlias);
  const pieces = written.map((placeholder): Piece => ({ placeholder, use: useFor(placeholder, lookup) }));
  const scalars = writtenSpans(placedScalars(document) ?? []);
  for (const quoteAll of [false, true]) {
    const result = assemble(edited, pieces, quoteAll);
    if (saysTheSame(scalars, pieces, result.text))
      return exposed(pieces, edited, result, options.key) ?? { ok: true, ...result };
  }
  return { ok: false, faults: written.map((span) => fault(span, FAULTS.unfit)) };
}

interface Piece {
  readonly placeholder: PlacedPlaceholder;
  readonly use: SecretUse;
}

function fault({ start, end }: Span, message: string): PlaceholderFault {
  return { start, end, message };
}

/** One for each line: of what was cut several parts may be left. */
function cutOnes(edited: string): readonly PlaceholderFault[] {
  const byLine = Map.groupBy(remnantsIn(edited), ({ start }) => edited.lastIndexOf("\n", start - 1));
  return [...byLine.values()].map((remnants) =>
    fault({ start: remnants[0]?.start ?? 0, end: remnants.at(-1)?.end ?? 0 }, FAULTS.cut),
  );
}

function faultsOf(placed: readonly PlacedPlaceholder[], lookup: Lookup): readonly PlaceholderFault[] {
  const single = placed.flatMap((found) => {
    const held = lookup(found.id);
    if (held === undefined) return [fault(found, FAULTS.unknown)];
    if (!held.placeholders.has(found.text)) return [fault(found, FAULTS.changed)];
    return held.uses.some((use) => isLikeBefore(use, found)) ? [] : [fault(found, FAULTS.moved)];
  });
  const told = new Set(single.map(({ start }) => start));
  const again = [...Map.groupBy(placed, ({ id }) => id).values()].flatMap((found) => tooMany(found, lookup));
  return [...single, ...again.filter(({ start }) => !told.has(start))];
}

/** An alias shows a secret wherever it stands, so that it may come only where one stood. */
function isLikeBefore(use: SecretUse, { place, isByAlias }: PlacedPlaceholder): boolean {
  return mayMove(use.place, place) && (!isByAlias || use.isByAlias);
}

/** Those that stand where they stood before are not to blame. */
function tooMany(found: readonly PlacedPlaceholder[], lookup: Lookup): readonly PlaceholderFault[] {
  const written = found.filter(({ isByAlias }) => !isByAlias);
  const uses = lookup(found[0]?.id ?? "")?.uses.filter(({ isByAlias }) => !isByAlias) ?? [];
  const surplus = written.length - uses.length;
  if (surplus <= 0 || uses.length === 0) return [];
  const isOld = ({ place }: PlacedPlaceholder) => uses.some((use) => isSamePlace(use.place, place));
  const newOnesLast = [...written.filter(isOld), ...written.filter((one) => !isOld(one))];
  return newOnesLast.slice(-surplus).map((span) => fault(span, FAULTS.again));
}

/** The use at the same place, else one that may move here. */
function useFor(placeholder: PlacedPlaceholder, lookup: Lookup): SecretUse {
  const uses = lookup(placeholder.id)?.uses.filter(({ isByAlias }) => !isByAlias) ?? [];
  const use =
    uses.find(({ place }) => isSamePlace(place, placeholder.place)) ??
    uses.find(({ place }) => mayMove(place, placeholder.place));
  if (use === undefined) throw new Error("Cannot put back a secret that is not known");
  return use;
}

function assemble(edited: string, pieces: readonly Piece[], quoteAll: boolean) {
  const replaced: Replaced[] = [];
  let text = "";
  let done = 0;
  for (const { placeholder, use } of pieces) {
    const isWhole = placeholder.place.kind === "field" && placeholder.place.isWhole;
    const { start, end } = (isWhole && placeholder.scalar) || placeholder;
    text += edited.slice(done, start);
    const source = isWhole && quoteAll ? JSON.stringify(wanted(use)) : use.source;
    replaced.push({ edited: { start, end }, real: { start: text.length, end: text.length + source.length } });
    text += source;
    done = end;
  }
  return { text: text + edited.slice(done), replaced };
}

/** What a scalar says whose whole text the secret is. */
function wanted({ value, source }: SecretUse): unknown {
  return value === undefined ? source : value;
}

/** Every name and value is that of the edited text, or the secret that it stands for. */
function saysTheSame(edited: readonly PlacedScalar[], pieces: readonly Piece[], text: string): boolean {
  const document = parseYaml(text);
  const real = document && placedScalars(document);
  const written = real === undefined ? [] : writtenSpans(real);
  if (real === undefined || written.length !== edited.length) return false;
  const byScalar = new Map(pieces.map((piece) => [piece.placeholder.scalar?.start, piece]));
  return edited.every(({ node, start }, index) => {
    const piece = byScalar.get(start);
    const found = written[index]?.node.value;
    if (piece === undefined) return Object.is(found, node.value);
    const { place } = piece.placeholder;
    return place.kind !== "field" || !place.isWhole || Object.is(found, wanted(piece.use));
  });
}

/**
 * Whoever reads the file next must not see a secret that this edit brought out of what hid it, whatever is known then: a
 * comment, or the text around it, may be another one. What stands open in the edited text was seen before.
 */
function exposed(pieces: readonly Piece[], edited: string, { text }: { readonly text: string }, key: string) {
  const atRisk = pieces.filter(({ placeholder, use }) => !isHiddenByField(placeholder.place, use.place));
  if (atRisk.length === 0) return undefined;
  const shown = concealText(text, { key, redactor: new Redactor() })?.text;
  const faults = atRisk.flatMap(({ placeholder, use }) => {
    const secret = String(wanted(use));
    const isOut = shown === undefined || (shown.includes(secret) && !edited.includes(secret));
    const isCut = placeholder.place.kind !== use.place.kind && use.source.includes("\n");
    return isOut || isCut ? [fault(placeholder, FAULTS.moved)] : [];
  });
  return faults.length === 0 ? undefined : { ok: false as const, faults };
}

/** All of a field that is hidden by what it is. */
function isHiddenByField(now: Place, before: Place): boolean {
  return now.kind === "field" && before.kind === "field" && now.isWhole && secretKindOf(now.path) !== undefined;
}
