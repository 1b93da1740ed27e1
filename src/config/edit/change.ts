// One change of a YAML document, and how the document's nodes take it.

import { type Document, isMap, type Node, Pair, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import { pairAt, type Slot } from "./child-node.ts";

/** An entry of a map or, without `key`, an item of a list. */
export interface Added {
  readonly key: Scalar | undefined;
  readonly node: Node;
}

export type Change =
  /** Puts a value in the place of another. */
  | { readonly kind: "replace"; readonly slot: Slot; readonly node: Node }
  /** Appends entries to a map or items to a list; neither is empty. */
  | { readonly kind: "add"; readonly parent: YAMLMap | YAMLSeq; readonly added: readonly Added[] }
  /** Gives a document without settings its first ones. */
  | { readonly kind: "fill"; readonly node: Node }
  /** Takes an item or entry out; `holder` is where its list or map stands, undefined at the top. */
  | { readonly kind: "remove"; readonly slot: Slot; readonly holder: Slot | undefined };

/** Does to the nodes what the change says. */
export function changeDocument(document: Document, change: Change): void {
  switch (change.kind) {
    case "replace":
      replaceNode(change.slot, change.node);
      break;
    case "add":
      for (const { key, node } of change.added) {
        if (isMap(change.parent)) change.parent.items.push(new Pair(key, node));
        else change.parent.items.push(node);
      }
      break;
    case "fill":
      document.contents = change.node;
      break;
    case "remove":
      removeNode(document, change);
      break;
    default:
      change satisfies never;
  }
}

/** Without settings a document is empty, unless it has brackets. */
function removeNode(document: Document, { slot, holder }: Extract<Change, { readonly kind: "remove" }>): void {
  const { parent } = slot;
  parent.items.splice(slot.index, 1);
  if (parent.items.length === 0 && holder === undefined && !parent.flow) document.contents = null;
}

function replaceNode(slot: Slot, node: Node): void {
  const pair = pairAt(slot);
  const old = (pair === undefined ? slot.parent.items[slot.index] : pair.value) as Partial<Node> | null | undefined;
  for (const part of ["comment", "commentBefore", "spaceBefore"] as const) {
    if (old?.[part] !== undefined) Object.assign(node, { [part]: old[part] });
  }
  if (pair === undefined) slot.parent.items[slot.index] = node;
  else pair.value = node;
}
