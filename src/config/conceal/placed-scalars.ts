// Goes through the names and values of a YAML document, with the field that each of them stands in.
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { FieldPath } from "../field-path.ts";

/** As the reader of the configuration has it: nested aliases must not fill the memory. */
const MAX_COPIES = 10_000;

/** A scalar with its place in the text. */
export interface PlacedScalar {
  readonly node: Scalar;
  readonly start: number;
  readonly end: number;
  /** Of a name: with the name itself. */
  readonly path: FieldPath;
  readonly isName: boolean;
  /** Stands here by this alias only; undefined for where it is written. */
  readonly alias: Alias | undefined;
}

/** In the order of the text, those by alias where the alias stands; undefined for what the reader refuses. */
export function placedScalars(document: Document): readonly PlacedScalar[] | undefined {
  const walk = new Walk();
  walk.visit(document.contents, [], undefined);
  return walk.copies > MAX_COPIES ? undefined : walk.found;
}

class Walk {
  readonly found: PlacedScalar[] = [];
  copies = 0;
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();

  visit(node: unknown, path: FieldPath, alias: Alias | undefined): void {
    if (alias !== undefined && ++this.copies > MAX_COPIES) return;
    if (isAlias(node)) {
      this.#follow(node, path, alias ?? node);
    } else if (isScalar(node)) {
      this.#note(node, alias);
      this.#add(node, path, { isName: false, alias });
    } else if ((isMap(node) || isSeq(node)) && !this.#open.has(node)) {
      this.#note(node, alias);
      this.#open.add(node);
      if (isSeq(node)) for (const [index, item] of node.items.entries()) this.#item(item, [...path, index], alias);
      else for (const pair of node.items) this.#entry(pair, path, alias);
      this.#open.delete(node);
    }
  }

  /** An item of `!!omap` and `!!pairs`, which YAML 1.1 has, is an entry. */
  #item(item: unknown, path: FieldPath, alias: Alias | undefined): void {
    if (isPair(item)) this.#entry(item, path, alias);
    else this.visit(item, path, alias);
  }

  #entry({ key, value }: Pair, path: FieldPath, alias: Alias | undefined): void {
    const inside = [...path, isScalar(key) && key.value !== null ? String(key.value) : ""];
    if (isScalar(key)) {
      this.#note(key, alias);
      this.#add(key, inside, { isName: true, alias });
    } else {
      this.visit(key, inside, alias);
    }
    this.visit(value, inside, alias);
  }

  #note(node: Scalar | YAMLMap | YAMLSeq, alias: Alias | undefined): void {
    if (node.anchor !== undefined && alias === undefined) this.#anchors.set(node.anchor, node);
  }

  #follow(node: Alias, path: FieldPath, alias: Alias): void {
    const target = this.#anchors.get(node.source);
    if (target !== undefined) this.visit(target, path, alias);
  }

  #add(node: Scalar, path: FieldPath, facts: Pick<PlacedScalar, "isName" | "alias">): void {
    const [start, end] = node.range ?? [0, 0];
    this.found.push({ node, start, end, path, ...facts });
  }
}
