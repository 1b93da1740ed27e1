// Writes new YAML nodes on one line, in brackets where they are lists or maps.

import { Document, isMap, isScalar, isSeq, Scalar, type ToStringOptions, YAMLMap, YAMLSeq } from "yaml";

const SCALAR: ToStringOptions = { lineWidth: 0, flowCollectionPadding: false, blockQuote: false };

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
