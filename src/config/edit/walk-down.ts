// Follows a path through the nodes of a file, as far as it goes and nothing is shared with other places.

import { type Document, isAlias, isCollection, isMap, isNode, isScalar, isSeq, visit } from "yaml";
import { type FieldPath, pathForMessage } from "../field-path.ts";
import { nodeAt, type Slot, slotOf } from "./child-node.ts";

export type Walk =
  /** `slots`: where each step of the path stands, fewer than there are steps where the file has no more. */
  { readonly ok: true; readonly slots: readonly Slot[] } | { readonly ok: false; readonly message: string };

const SHARED = "is shared by an alias, what changes here would change there; edit the file itself";
const ROOT = "the file is no plain map of settings; edit the file itself";
const MERGED = "has a merge key (<<), which a configuration does not know; edit the file itself";

/** Ends before what is missing or empty; refuses what could not be changed in one place only. */
export function walkDown(document: Document, path: FieldPath): Walk {
  const shared = sharedAnchors(document);
  const slots: Slot[] = [];
  let node: unknown = document.contents;
  for (const [depth, step] of path.entries()) {
    const fault = faultOfContainer(node, step, shared);
    if (fault !== undefined && depth === 0) return { ok: false, message: ROOT };
    if (fault !== undefined) return refuse(path.slice(0, depth), fault);
    const slot = slotOf(node, step);
    if (slot === undefined) return { ok: true, slots };
    slots.push(slot);
    node = nodeAt(slot);
  }
  return hasShared(node, shared) ? refuse(path, SHARED) : { ok: true, slots };
}

function refuse(path: FieldPath, fault: string): Walk {
  return { ok: false, message: `${pathForMessage(path)}: ${fault}` };
}

/** Why nothing inside of a node can be changed. */
function faultOfContainer(node: unknown, step: string | number, shared: ReadonlySet<string>): string | undefined {
  if (isAlias(node) || isShared(node, shared)) return SHARED;
  if (node === null || (isScalar(node) && node.value === null) || isEmpty(node)) return undefined;
  if (typeof step === "number" ? !isSeq(node) : !isMap(node)) {
    return `is no ${typeof step === "number" ? "list" : "map"} in the file, set it as a whole`;
  }
  return isMap(node) && node.items.some(({ key }) => isMergeKey(key)) ? MERGED : undefined;
}

function isEmpty(node: unknown): boolean {
  return isCollection(node) && node.items.length === 0;
}

/** A symbol in documents of YAML 1.1. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && (key.value === "<<" || typeof key.value === "symbol");
}

/** The names of all anchors that aliases refer to. */
function sharedAnchors(document: Document): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, { Alias: (_, { source }) => void names.add(source) });
  return names;
}

function isShared(node: unknown, shared: ReadonlySet<string>): boolean {
  return isNode(node) && "anchor" in node && node.anchor !== undefined && shared.has(node.anchor);
}

function hasShared(node: unknown, shared: ReadonlySet<string>): boolean {
  let isFound = false;
  if (isNode(node) && !isAlias(node)) {
    visit(node, {
      Node: (_, inside) => {
        isFound ||= isShared(inside, shared);
        return isFound ? visit.BREAK : undefined;
      },
    });
  }
  return isFound;
}
