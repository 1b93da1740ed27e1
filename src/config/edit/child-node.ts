// Steps from a list or map of a YAML document to what is inside.

import { isMap, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from "yaml";

/** One item of a list or entry of a map, by its position there. */
export interface Slot {
  readonly parent: YAMLMap | YAMLSeq;
  readonly index: number;
}

/** The items of a list or entries of a map; none for everything else. */
export function itemsOf(node: unknown): readonly unknown[] {
  return isSeq(node) || isMap(node) ? node.items : [];
}

/** Where a field or item stands; undefined if there is none. */
export function slotOf(node: unknown, step: string | number): Slot | undefined {
  if (isSeq(node) && typeof step === "number")
    return step < node.items.length ? { parent: node, index: step } : undefined;
  if (!isMap(node) || typeof step !== "string") return undefined;
  const index = node.items.findIndex(({ key }) => isScalar(key) && String(key.value) === step);
  return index === -1 ? undefined : { parent: node, index };
}

/** The entry of a map that a slot is; undefined for an item of a list. */
export function pairAt({ parent, index }: Slot): Pair | undefined {
  return isMap(parent) ? parent.items[index] : undefined;
}

/** What stands in a slot: null where a field has no value. */
export function nodeAt(slot: Slot): unknown {
  const { parent, index } = slot;
  return (isMap(parent) ? parent.items[index]?.value : parent.items[index]) ?? null;
}

/** The value of a field or item; undefined if there is none, null if it has no value. */
export function childNode(node: unknown, step: string | number): unknown {
  const slot = slotOf(node, step);
  return slot && nodeAt(slot);
}
