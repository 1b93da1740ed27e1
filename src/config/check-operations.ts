// Tells patterns of operations that match none.
import { compileGlobs } from "../core/glob.ts";
import { nearestName } from "./nearest-name.ts";

/** What is wrong with a pattern, and what was probably meant; undefined where it matches an operation of these names. */
export function operationFault(pattern: string, names: readonly string[]): string | undefined {
  if (names.some(compileGlobs([pattern]))) return undefined;
  const below = pattern.replace(/^\/?(?:v1\/)?/, "");
  const near = names.some(compileGlobs([below])) ? below : nearestName(below, names);
  const hint =
    near === undefined ? "write a path below /v1 such as chat/completions or files*" : `did you mean ${near}`;
  return `matches no operation: ${hint}`;
}
