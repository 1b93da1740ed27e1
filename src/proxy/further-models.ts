// Whether a request may name a model that its provider sees, and this reader does not: asked for limited tokens only.
import type { BodyFacts } from "./body-facts.ts";
import { scanMembers } from "./json-scan.ts";

/** Go's encoding/json, which many local providers are built on, takes members by their names in any case. */
const OTHER_CASES: ReadonlySet<string> = new Set(["model", "models"].flatMap(otherCasesOf));

/** `inPath`: the model of the path, which leaves that of the body without a meaning, or so it should be. */
export function mayNameFurtherModels(body: Uint8Array | null, facts: BodyFacts, inPath: string | undefined): boolean {
  if (inPath !== undefined && facts.model !== undefined && shortName(facts.model) !== shortName(inPath)) return true;
  return body !== null && facts.isJson && scanMembers(body, OTHER_CASES)?.length !== 0;
}

/** Gemini's bodies name the resource, its paths hold the name of it. */
function shortName(model: string): string {
  return model.replace(/^models\//, "");
}

function otherCasesOf(name: string): readonly string[] {
  let names = [""];
  for (const letter of name) names = names.flatMap((start) => [start + letter, start + letter.toUpperCase()]);
  return names.filter((other) => other !== name);
}
