// Writes new YAML nodes on lines of their own, in the layout of the file that they are put into.

import { isMap, isSeq, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import { inlineText } from "./inline-text.ts";
import type { Layout } from "./yaml-source.ts";

/** A list or map on lines of its own. */
export function isBlock(node: unknown): node is YAMLMap | YAMLSeq {
  return (isMap(node) || isSeq(node)) && node.flow !== true && node.items.length > 0;
}

/** The lines of an entry of a map whose names begin at a column; the first without indentation. */
export function pairLines({ key, value }: Pair, column: number, layout: Layout): readonly string[] {
  const name = inlineText(key);
  if (!isBlock(value)) return [`${name}: ${inlineText(value)}`];
  const deeper = childColumn(value, column, layout);
  return [`${name}:`, ...indented(blockLines(value, deeper, layout), deeper)];
}

/** Where a list or map begins that stands below a name in a column. */
export function childColumn(node: YAMLMap | YAMLSeq, column: number, layout: Layout): number {
  return isMap(node) || layout.hasIndentedLists ? column + layout.indent : column;
}

/** The lines of an item of a list whose dashes stand in a column; the first without indentation. */
export function itemLines(node: unknown, column: number, layout: Layout): readonly string[] {
  if (!isBlock(node)) return [`- ${inlineText(node)}`];
  const [first, ...others] = blockLines(node, column + 2, layout);
  return [`- ${first}`, ...others];
}

/** The lines of a list or map that begins at a column; the first without indentation. */
export function blockLines(node: YAMLMap | YAMLSeq, column: number, layout: Layout): readonly string[] {
  const parts = isMap(node)
    ? node.items.map((pair) => pairLines(pair, column, layout))
    : node.items.map((item) => itemLines(item, column, layout));
  return parts.flatMap((lines, index) => (index === 0 ? lines : indented(lines, column)));
}

/** The lines with the first one indented as well. */
export function indented(lines: readonly string[], column: number): readonly string[] {
  return lines.map((line, index) => (index === 0 ? " ".repeat(column) + line : line));
}
