// Takes an entry or item out of the text of a YAML document.

import { isMap } from "yaml";
import type { Change } from "./change.ts";
import type { Slot } from "./child-node.ts";
import { insertion, type Splice } from "./splice.ts";
import type { YamlSource } from "./yaml-source.ts";

type Removal = Extract<Change, { readonly kind: "remove" }>;

/** Whole lines where the entry or item has them, with what belongs to it; comments above it stay. */
export function spliceRemoval(source: YamlSource, removal: Removal): readonly Splice[] | undefined {
  const { slot, holder } = removal;
  const start = source.slotStart(slot);
  if (start === undefined) return undefined;
  if (slot.parent.flow) return removeFromFlow(source, slot, start);
  if (!source.isFirstOnLine(start)) return [removeBehindDash(source, slot, start)];
  const lines = lineRemoval(source, start, ownEnd(source, slot, start));
  if (slot.parent.items.length > 1 || holder === undefined) return [lines];
  const value = source.valueStart(holder);
  return value === undefined ? undefined : [insertion(value, ` ${emptyText(slot)}`), lines];
}

/** A map or list has comments of its own beside its only entry or item, which go if it goes. */
export function hasOwnComments(source: YamlSource, holder: Slot, only: Slot): boolean {
  const holderStart = source.slotStart(holder);
  const start = source.slotStart(only);
  if (only.parent.flow || holderStart === undefined || start === undefined) return false;
  const above = source.text.slice(source.lineEnd(holderStart), source.lineStart(start));
  const end = source.lineEnd(source.slotEnd(only));
  return above.trim() !== "" || source.endOfDeeperComments(end, source.column(holderStart)) > end;
}

function emptyText({ parent }: Slot): string {
  return isMap(parent) ? "{}" : "[]";
}

/** The end of the last line that belongs to an entry or item. */
function ownEnd(source: YamlSource, slot: Slot, start: number): number {
  return source.endOfDeeperComments(source.lineEnd(source.slotEnd(slot)), source.column(start));
}

function removeFromFlow(source: YamlSource, slot: Slot, start: number): readonly Splice[] {
  const { parent, index } = slot;
  const end = source.slotEnd(slot);
  if (parent.items.length === 1) {
    return [{ start: parent.range?.[0] ?? 0, end: source.contentEnd(parent), text: emptyText(slot) }];
  }
  const lineEnd = source.lineEnd(end);
  const next = source.slotStart({ parent, index: index + 1 });
  if (source.isFirstOnLine(start) && /^\s*,?[ \t]*(?:#.*)?$/.test(source.text.slice(end, lineEnd))) {
    const lines = { start: source.lineStart(start), end: source.nextLine(end), text: "" };
    return next === undefined ? [...lastComma(source, slot, end), lines] : [lines];
  }
  return [
    { start: next === undefined ? source.slotEnd({ parent, index: index - 1 }) : start, end: next ?? end, text: "" },
  ];
}

/** What takes out the comma before the last one, unless that has a comma too. */
function lastComma(source: YamlSource, { parent, index }: Slot, end: number): readonly Splice[] {
  const before = source.slotEnd({ parent, index: index - 1 });
  const comma = /^\s*,/.exec(source.text.slice(before));
  if (comma === null || /^\s*,/.test(source.text.slice(end))) return [];
  return [{ start: before, end: before + comma[0].length, text: "" }];
}

/** The first entry of a map in a list stands on the line of the dash, where the next one moves. */
function removeBehindDash(source: YamlSource, slot: Slot, start: number): Splice {
  const { parent, index } = slot;
  const end = source.slotEnd(slot);
  const next = source.slotStart({ parent, index: index + 1 });
  if (next === undefined) return { start, end, text: emptyText(slot) };
  const lineEnd = source.lineEnd(end);
  if (source.text.slice(lineEnd, next).trim() === "") return { start, end: next, text: "" };
  return { start: source.text.slice(0, start).trimEnd().length, end: lineEnd, text: "" };
}

/** Blank lines before and after what goes become one, and none at the end of the file. */
function lineRemoval(source: YamlSource, first: number, last: number): Splice {
  const { text } = source;
  const end = source.nextLine(last);
  let start = source.lineStart(first);
  const before = source.lineStart(Math.max(start - 1, 0));
  const isBlankAfter = text.slice(end, source.lineEnd(end)).trim() === "";
  if (isBlankAfter && start > 0 && text.slice(before, start).trim() === "") start = before;
  // A file without a line break at its end stays one.
  if (end === text.length && !text.endsWith("\n") && start > 0) start -= text.endsWith("\r\n", start) ? 2 : 1;
  return { start, end, text: "" };
}
