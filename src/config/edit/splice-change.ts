// Turns one change of a YAML document into the least change of its text.

import { isMap, isScalar, type Node, Pair, type YAMLMap, type YAMLSeq } from "yaml";
import { blockLines, childColumn, indented, isBlock, itemLines, pairLines } from "./block-lines.ts";
import type { Added, Change } from "./change.ts";
import { nodeAt, pairAt, type Slot } from "./child-node.ts";
import { flowText, inlineText } from "./inline-text.ts";
import { applySplices, insertion, type Splice } from "./splice.ts";
import { spliceRemoval } from "./splice-removal.ts";
import { startOf, type YamlSource } from "./yaml-source.ts";

type Replacement = Extract<Change, { readonly kind: "replace" }>;
type Addition = Extract<Change, { readonly kind: "add" }>;

/**
 * The text after a change. Undefined or wrong where the file is written in an unusual way, with question marks before
 * names, say: whoever calls compares what the text means.
 */
export function spliceChange(source: YamlSource, change: Change): string | undefined {
  const splices = splicesOf(source, change);
  return splices && applySplices(source.text, splices);
}

function splicesOf(source: YamlSource, change: Change): readonly Splice[] | undefined {
  switch (change.kind) {
    case "replace":
      if (change.slot.parent.flow) return replaceInFlow(source, change);
      return pairAt(change.slot) === undefined ? replaceItem(source, change) : replaceValue(source, change);
    case "add":
      return change.parent.flow ? addToFlow(source, change) : addToBlock(source, change);
    case "fill":
      return [fill(source, change.node)];
    case "remove":
      return spliceRemoval(source, change);
    default:
      return change satisfies never;
  }
}

/** Nothing stands in the slot, not even a word for nothing. */
function isVacant(node: unknown): boolean {
  return node === null || (isScalar(node) && node.range?.[0] === node.range?.[1]);
}

function replaceInFlow(source: YamlSource, { slot, node }: Replacement): readonly Splice[] | undefined {
  const old = nodeAt(slot);
  const start = startOf(old);
  if (start !== undefined && !isVacant(old)) return [{ start, end: source.contentEnd(old), text: flowText(node) }];
  const colon = source.valueStart(slot);
  return [insertion(colon ?? source.slotEnd(slot), `${colon === undefined ? ":" : ""} ${flowText(node)}`)];
}

/** In a map that is not in brackets: comments on the line of the name stay there. */
function replaceValue(source: YamlSource, { slot, node }: Replacement): readonly Splice[] | undefined {
  const { lineBreak } = source.layout;
  const old = nodeAt(slot);
  const nameStart = source.slotStart(slot);
  const start = source.valueStart(slot);
  if (start === undefined || nameStart === undefined) return undefined;
  const end = isVacant(old) ? start : source.contentEnd(old);
  if (!isBlock(node)) {
    const text = inlineText(node);
    if (isBlock(old)) return [insertion(start, ` ${text}`), cut(source.lineEnd(start), source.lineEnd(end))];
    return isVacant(old) ? [insertion(start, ` ${text}`)] : [{ start: startOf(old) ?? start, end, text }];
  }
  const column =
    isBlock(old) && isMap(old) === isMap(node)
      ? source.column(startOf(old) ?? 0)
      : childColumn(node, source.column(nameStart), source.layout);
  const lines = indented(blockLines(node, column, source.layout), column);
  const text = lines.map((line) => lineBreak + line).join("");
  if (isBlock(old)) return [{ start: source.lineEnd(start), end: source.lineEnd(end), text }];
  return [cut(start, end), insertion(source.lineEnd(end), text)];
}

/** In a list that is not in brackets. */
function replaceItem(source: YamlSource, { slot, node }: Replacement): readonly Splice[] | undefined {
  const old = nodeAt(slot);
  const dash = source.slotStart(slot);
  const start = source.valueStart(slot);
  if (start === undefined || dash === undefined) return undefined;
  const oldStart = isVacant(old) ? undefined : startOf(old);
  const column = oldStart === undefined ? source.column(dash) + 2 : source.column(oldStart);
  const text = isBlock(node) ? blockLines(node, column, source.layout).join(source.layout.lineBreak) : inlineText(node);
  if (oldStart === undefined) return [insertion(start, ` ${text}`)];
  const end = source.contentEnd(old);
  return [{ start: oldStart, end: isBlock(old) ? source.lineEnd(end) : end, text }];
}

function addToBlock(source: YamlSource, { parent, added }: Addition): readonly Splice[] | undefined {
  const { lineBreak } = source.layout;
  const last: Slot = { parent, index: parent.items.length - 1 };
  const start = source.slotStart(last);
  const first = source.slotStart({ parent, index: 0 });
  if (start === undefined || first === undefined) return undefined;
  const column = source.column(first);
  const end =
    parent === source.root
      ? source.documentEnd()
      : source.endOfDeeperComments(source.lineEnd(source.slotEnd(last)), column);
  const isSetApart = last.index > 0 && source.isSetApart(start);
  const lines = added.flatMap(({ key, node }) => [
    ...(isSetApart && isBlock(node) ? [""] : []),
    ...indented(
      isMap(parent) ? pairLines(new Pair(key, node), column, source.layout) : itemLines(node, column, source.layout),
      column,
    ),
  ]);
  return [insertion(end, lines.map((line) => lineBreak + line).join(""))];
}

/** Each on a line of its own where the last one has that, else behind it. */
function addToFlow(source: YamlSource, { parent, added }: Addition): readonly Splice[] | undefined {
  const last: Slot = { parent, index: parent.items.length - 1 };
  const start = source.slotStart(last);
  if (start === undefined) return undefined;
  const texts = added.map(addedText);
  const end = source.slotEnd(last);
  const comma = /^\s*,/.exec(source.text.slice(end))?.[0];
  const afterComma = end + (comma?.length ?? 0);
  const lead = comma === undefined ? [insertion(end, ",")] : [];
  const trail = comma === undefined ? "" : ",";
  if (!source.isFirstOnLine(start)) return [...lead, insertion(afterComma, ` ${texts.join(", ")}${trail}`)];
  const indent = source.text.slice(source.lineStart(start), start);
  const lineEnd = source.lineEnd(afterComma);
  const hasOnlyComment = /^\s*(?:#|$)/.test(source.text.slice(afterComma, lineEnd));
  const at = hasOnlyComment ? lineEnd : afterComma;
  const lines = texts.map((text) => `${source.layout.lineBreak}${indent}${text}`);
  return [...lead, insertion(at, lines.join(",") + trail)];
}

function addedText({ key, node }: Added): string {
  return key === undefined ? flowText(node) : `${flowText(key)}: ${flowText(node)}`;
}

/** A file that is empty or only has comments ends in a line break afterwards if it did before. */
function fill(source: YamlSource, node: Node): Splice {
  const { text, root, layout } = source;
  const written = blockLines(node as YAMLMap | YAMLSeq, 0, layout).join(layout.lineBreak);
  const start = startOf(root);
  if (start !== undefined && !isVacant(root)) return { start, end: source.contentEnd(root), text: written };
  const end = source.documentEnd();
  return insertion(end, end === 0 ? written + (text === "" ? layout.lineBreak : "") : layout.lineBreak + written);
}

function cut(start: number, end: number): Splice {
  return { start, end, text: "" };
}
