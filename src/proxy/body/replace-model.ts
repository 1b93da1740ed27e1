// Puts another model name into a body and leaves every other byte as it is.
import type { BodyFacts } from "./body-facts.ts";

const encoder = new TextEncoder();

/** A copy with the model replaced; the body itself where its model was not found. */
export function replaceModel(bytes: Uint8Array, facts: BodyFacts, model: string): Uint8Array {
  const span = facts.modelSpan;
  if (span === undefined) return bytes;
  const name = encoder.encode(facts.isJson ? JSON.stringify(model) : model);
  const replaced = new Uint8Array(bytes.length - (span.end - span.start) + name.length);
  replaced.set(bytes.subarray(0, span.start));
  replaced.set(name, span.start);
  replaced.set(bytes.subarray(span.end), span.start + name.length);
  return replaced;
}
