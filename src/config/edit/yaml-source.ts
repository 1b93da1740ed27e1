// The text of a YAML file by lines and columns, with the layout that it uses.

import { type Document, isMap, isPair, isSeq, type Node, visit } from "yaml";
import { nodeAt, pairAt, type Slot } from "./child-node.ts";

/** How a file is laid out. */
export interface Layout {
  readonly lineBreak: "\n" | "\r\n";
  /** Columns from a map to a map inside it. */
  readonly indent: number;
  /** Lists are indented below the field that they belong to. */
  readonly hasIndentedLists: boolean;
}

/** From the end of a name or from a dash up to the value: an anchor and a tag stand before it. */
const BEFORE_VALUE = /\s*[:-](?:[ \t]+[&!]\S*)*/y;

/** Where lines begin and end, and what of them a node takes up. Offsets are in UTF-16 units. */
export class YamlSource {
  readonly text: string;
  readonly root: Node | null;
  readonly layout: Layout;

  /** The document must have been parsed from the text, with `keepSourceTokens`. */
  constructor(text: string, document: Document) {
    this.text = text;
    this.root = document.contents;
    this.layout = { lineBreak: /^[^\n]*\r\n/.test(text) ? "\r\n" : "\n", ...this.#indentation(document) };
  }

  lineStart(offset: number): number {
    return offset === 0 ? 0 : this.text.lastIndexOf("\n", offset - 1) + 1;
  }

  /** The end of the line without its line break. */
  lineEnd(offset: number): number {
    const end = this.text.indexOf("\n", offset);
    if (end === -1) return this.text.length;
    return end > offset && this.text[end - 1] === "\r" ? end - 1 : end;
  }

  nextLine(offset: number): number {
    const end = this.text.indexOf("\n", offset);
    return end === -1 ? this.text.length : end + 1;
  }

  column(offset: number): number {
    return offset - this.lineStart(offset);
  }

  isFirstOnLine(offset: number): boolean {
    return this.text.slice(this.lineStart(offset), offset).trim() === "";
  }

  /** A blank line stands before the line and the comments above it. */
  isSetApart(offset: number): boolean {
    let start = this.lineStart(offset);
    while (start > 0) {
      const before = this.lineStart(start - 1);
      const line = this.text.slice(before, start).trim();
      if (!line.startsWith("#")) return line === "";
      start = before;
    }
    return false;
  }

  /** Where an entry or item begins: at its name, in brackets at its value, else at its dash. */
  slotStart(slot: Slot): number | undefined {
    const pair = pairAt(slot);
    if (pair !== undefined) return startOf(pair.key);
    return slot.parent.flow ? startOf(nodeAt(slot)) : dashOf(slot);
  }

  /** Where the value of a slot may begin: after the colon or dash and what describes the value. */
  valueStart(slot: Slot): number | undefined {
    const pair = pairAt(slot);
    BEFORE_VALUE.lastIndex = (pair === undefined ? dashOf(slot) : (pair.key as Node).range?.[1]) ?? 0;
    return BEFORE_VALUE.test(this.text) ? BEFORE_VALUE.lastIndex : undefined;
  }

  /** The end of what an entry or item consists of, without comments and line breaks after it. */
  slotEnd(slot: Slot): number {
    return this.contentEnd(nodeAt(slot) ?? pairAt(slot)?.key);
  }

  /** The same for a node. */
  contentEnd(node: unknown): number {
    const last = (isMap(node) || isSeq(node)) && !node.flow ? node.items.at(-1) : undefined;
    if (last !== undefined) return this.contentEnd(isPair(last) ? (last.value ?? last.key) : last);
    return this.text.slice(0, (node as Node).range?.[1]).trimEnd().length;
  }

  /** The end of the last comment below a line that is indented deeper than a column; the end of the line if none is. */
  endOfDeeperComments(lineEnd: number, column: number): number {
    let end = lineEnd;
    for (let start = this.nextLine(lineEnd); start < this.text.length; start = this.nextLine(start)) {
      const line = this.text.slice(start, this.lineEnd(start));
      const indent = line.search(/\S/);
      if (indent !== -1 && (line[indent] !== "#" || indent <= column)) break;
      if (indent !== -1) end = start + line.length;
    }
    return end;
  }

  /** The end of everything that is written, before a mark that ends the document. */
  documentEnd(): number {
    const mark = this.text.search(/^\.\.\.(?=\s|$)/m);
    return this.text.slice(0, mark === -1 ? undefined : mark).trimEnd().length;
  }

  #indentation(document: Document): Omit<Layout, "lineBreak"> {
    let indent: number | undefined;
    let hasIndentedLists: boolean | undefined;
    visit(document, {
      Pair: (_, { key, value }) => {
        if (!(isMap(value) || isSeq(value)) || value.flow) return;
        const deeper = this.column(startOf(value) ?? 0) - this.column(startOf(key) ?? 0);
        if (isSeq(value)) hasIndentedLists ??= deeper > 0;
        else if (deeper > 0) indent ??= deeper;
      },
    });
    return { indent: indent ?? 2, hasIndentedLists: hasIndentedLists ?? true };
  }
}

/** Where a node begins, without an anchor or tag before it. */
export function startOf(node: unknown): number | undefined {
  return (node as Partial<Node> | null | undefined)?.range?.[0];
}

/** Only the tokens know where the dash of an item is. */
function dashOf({ parent, index }: Slot): number | undefined {
  const token = parent.srcToken;
  if (token?.type !== "block-seq") return undefined;
  return token.items[index]?.start.find(({ type }) => type === "seq-item-ind")?.offset;
}
