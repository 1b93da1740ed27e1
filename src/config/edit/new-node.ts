// Makes the nodes of a new value, in the style of what stands around them.

import { type Document, isCollection, isMap, isScalar, type Node, Scalar, visit } from "yaml";
import type { FieldPath } from "../field-path.ts";

export interface NodeStyle {
  /** Lists and maps of the value stand in brackets. */
  readonly isFlow: boolean;
  /** The outermost one does too. */
  readonly isRootFlow: boolean;
}

/** The nodes of a value, which stands in new lists and maps for the steps that lead to it. */
export function newNode(document: Document, value: unknown, steps: FieldPath, style: NodeStyle): Node {
  const inner = document.createNode(value);
  if (style.isFlow) visit(inner, { Collection: (_, node) => setFlow(node, true) });
  setFlow(inner, style.isRootFlow);
  const outer: unknown = steps.reduceRight<unknown>(
    (inside, step) => (typeof step === "number" ? [inside] : { [step]: inside }),
    inner,
  );
  const node = document.createNode(outer) as Node;
  if (isJson(document)) quoteAll(node);
  return node;
}

function setFlow(node: unknown, isFlow: boolean): void {
  if (isCollection(node)) node.flow = isFlow;
}

/** The name of a new entry. */
export function newKey(document: Document, name: string): Scalar {
  const key = new Scalar(name);
  if (isJson(document)) key.type = Scalar.QUOTE_DOUBLE;
  return key;
}

/** Keeps the quotes of a text that another one takes the place of. */
export function keepQuotes(old: unknown, node: Node): void {
  if (!isScalar(old) || !isScalar(node) || typeof node.value !== "string") return;
  if (old.type === "QUOTE_DOUBLE" || old.type === "QUOTE_SINGLE") node.type = old.type;
}

/** JSON is YAML too, as long as all names and texts are quoted. */
function isJson({ contents }: Document): boolean {
  if (!isMap(contents) || !contents.flow) return false;
  const key = contents.items[0]?.key;
  return isScalar(key) && key.type === Scalar.QUOTE_DOUBLE;
}

function quoteAll(node: Node): void {
  visit(node, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === "string") scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
}
