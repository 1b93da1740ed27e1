// Reads YAML into plain values and remembers where each of them stands.

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import type { DiagnosticList } from "./diagnostic.ts";
import { type FieldPath, pathForMessage } from "./field-path.ts";
import type { Source } from "./source.ts";

/** More than any sensible file needs, and few enough that nested aliases cannot fill the memory. */
const MAX_COPIES = 10_000;

/** The parser's own messages quote the text, which may be a secret: only its codes are used. */
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_ALIAS: "Invalid alias",
  BAD_DQ_ESCAPE: "Unknown escape in a double-quoted string",
  BAD_INDENT: "Wrong indentation, or a bracket that is not closed",
  BAD_SCALAR_START: "Begins with a character that needs quotes",
  BLOCK_AS_IMPLICIT_KEY: "Wrong indentation, or a missing space after a colon",
  BLOCK_IN_FLOW: "A list or map inside brackets needs brackets too",
  MISSING_CHAR: "Something is missing here: a colon, comma, quote or bracket",
  MULTILINE_IMPLICIT_KEY: "A field name must stand on one line; is a colon missing",
  MULTIPLE_DOCS: "More than one document; only one is expected",
  NON_STRING_KEY: "Field names must be strings",
  TAB_AS_INDENT: "Tabs cannot be used for indentation",
  TAG_RESOLVE_FAILED: "Unknown tag",
  UNEXPECTED_TOKEN: "Something stands here that does not belong",
};

/** A file's values; undefined where its text could not be understood. Diagnostics go to `list`, as do the places. */
export function readYaml(text: string, file: string, list: DiagnosticList): { readonly value: unknown } | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ""), {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
    uniqueKeys: false,
  });
  const place = (offset: number): Source => {
    const { line, col } = lines.linePos(offset);
    return { kind: "file", file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    list.add({ severity: "error", source: place(pos[0]), path: "", message: SYNTAX[code] ?? "Invalid YAML" });
  }
  if (document.errors.length > 0) return undefined;
  list.sources.set([], place(0));
  return new Reader(document, place, list).read();
}

class Reader {
  readonly #document: Document;
  readonly #place: (offset: number) => Source;
  readonly #list: DiagnosticList;
  /** The last node of each name before the place that is being read. */
  readonly #anchors = new Map<string, Node>();
  /** Nodes that are being read, to find aliases to what contains them. */
  readonly #open = new Set<Node>();
  #aliasDepth = 0;
  #copies = 0;

  constructor(document: Document, place: (offset: number) => Source, list: DiagnosticList) {
    this.#document = document;
    this.#place = place;
    this.#list = list;
  }

  read(): { readonly value: unknown } | undefined {
    const value = this.#value(this.#document.contents, []);
    if (this.#copies <= MAX_COPIES) return { value };
    this.#list.error([], "Aliases unfold to more values than a configuration can have");
    return undefined;
  }

  #value(node: unknown, path: FieldPath): unknown {
    if (this.#aliasDepth > 0 && ++this.#copies > MAX_COPIES) return null;
    if (isAlias(node)) return this.#alias(node.source, path);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return typeof node.value === "bigint" ? Number(node.value) : node.value;
    this.#open.add(node);
    const value = isMap(node) ? this.#map(node, path) : this.#items(node.items, path);
    this.#open.delete(node);
    return value;
  }

  #alias(name: string, path: FieldPath): unknown {
    const node = this.#anchors.get(name);
    if (node === undefined || this.#open.has(node)) {
      this.#list.error(path, "expected an alias to something that stands before it");
      return null;
    }
    this.#aliasDepth++;
    const value = this.#value(node, path);
    this.#aliasDepth--;
    return value;
  }

  #map(map: YAMLMap, path: FieldPath): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    for (const { key, value } of map.items) {
      const name = isScalar(key) && key.value !== null ? String(key.value) : undefined;
      const place = this.#place(startOf(key) ?? startOf(map) ?? 0);
      if (name === undefined || name === "__proto__") {
        const message = "expected field names that are plain strings";
        this.#list.add({ severity: "error", source: place, path: pathForMessage(path), message });
        continue;
      }
      const fieldPath = [...path, name];
      if (Object.hasOwn(fields, name)) {
        const message = "the field stands here twice";
        this.#list.add({ severity: "error", source: place, path: pathForMessage(fieldPath), message });
        continue;
      }
      this.#list.sources.set(fieldPath, place);
      fields[name] = this.#value(value, fieldPath);
    }
    return fields;
  }

  #items(items: readonly unknown[], path: FieldPath): unknown[] {
    return items.map((item, index) => {
      const itemPath = [...path, index];
      const start = startOf(item);
      if (start !== undefined) this.#list.sources.set(itemPath, this.#place(start));
      return this.#value(item, itemPath);
    });
  }
}

function startOf(node: unknown): number | undefined {
  const range = (node as Partial<Node> | null | undefined)?.range;
  return range?.[0];
}
