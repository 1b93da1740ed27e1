// Compares what YAML nodes say, however they are written.

import { isAlias, isMap, isScalar, isSeq } from "yaml";

/** A text that is the same for nodes with the same values in the same order; aliases are not followed. */
export function meaningOf(node: unknown): string {
  return JSON.stringify(plain(node));
}

/** Lists, maps and scalars in a form that JSON can hold, with the kinds of what JSON would not tell apart. */
function plain(node: unknown): unknown {
  if (isAlias(node)) return { alias: node.source };
  if (isSeq(node)) return node.items.map(plain);
  if (isMap(node)) return { map: node.items.map(({ key, value }) => [plain(key), plain(value)]) };
  const value = isScalar(node) ? node.value : undefined;
  return value === undefined || value === null ? null : [typeof value, String(value)];
}

/** The value of nodes as data, to find what is inside; an alias is a text. */
export function dataOf(node: unknown): unknown {
  if (isSeq(node)) return node.items.map(dataOf);
  if (isMap(node)) return Object.fromEntries(node.items.map(({ key, value }) => [String(key), dataOf(value)]));
  return isAlias(node) ? node.source : isScalar(node) ? node.value : null;
}
