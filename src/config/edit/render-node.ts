// Writes new YAML nodes in the layout of the file that they are put into.

import { Document, isMap, isScalar, isSeq, type Pair, Scalar, type ToStringOptions, YAMLMap, YAMLSeq } from "yaml";
import type { Layout } from "./yaml-source.ts";

const SCALAR: ToStringOptions = { lineWidth: 0, flowCollectionPadding: false, blockQuote: false };

/** A list or map on lines of its own. */
export function isBlock(node: unknown): node is YAMLMap | YAMLSeq {
  return (isMap(node) || isSeq(node)) && node.flow !== true && node.items.length > 0;
}

/** `{ a: [1, 2] }`, or a scalar that may stand inside of brackets. */
export function flowText(node: unknown): string {
  if (isSeq(node)) return `[${node.items.map(flowText).join(", ")}]`;
  if (!isMap(node)) return scalarText(node, true);
  const entries = node.items.map(({ key, value }) => `${flowText(key)}: ${flowText(value)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** What stands on one line after a colon or dash. */
export function inlineText(node: unknown): string {
  return isMap(node) || isSeq(node) ? flowText(node) : scalarText(node, false);
}

/** The lines of an entry of a map whose names begin at a column; the first without indentation. */
export function pairLines({ key, value }: Pair, column: number, layout: Layout): readonly string[] {
  const name = scalarText(key, false);
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

function scalarText(node: unknown, isInFlow: boolean): string {
  const scalar = isScalar(node) ? node : new Scalar(node ?? null);
  // Two lines in one string would be folded or need indentation.
  if (typeof scalar.value === "string" && /[\r\n]/.test(scalar.value)) return JSON.stringify(scalar.value);
  const document = new Document();
  if (isInFlow) {
    const list = new YAMLSeq();
    list.flow = true;
    list.items.push(scalar);
    document.contents = list as typeof document.contents;
    return document.toString(SCALAR).trimEnd().slice(1, -1);
  }
  const map = new YAMLMap();
  map.set("k", scalar);
  document.contents = map as typeof document.contents;
  return document.toString(SCALAR).trimEnd().slice("k: ".length);
}
