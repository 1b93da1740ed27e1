// Finds the route of a request path, after repairing it once where that is allowed.
import { type ExactPath, exactPath } from "./exact-path.ts";
import { repairPath } from "./path-repair.ts";
import type { ProviderNames } from "./provider-names.ts";

export type { ProviderNames } from "./provider-names.ts";

/** What was repaired, fit for a header and a log: the path as sent, and the path as it was understood. */
export interface Repaired {
  readonly from: string;
  readonly to: string;
}

export type ParsedPath = ExactPath & { readonly repaired?: Repaired };

const MAX_SHOWN = 200;

/** The route of a path without its query, as it stood in the request line. */
export function parsePath(rawPath: string, names: ProviderNames, repair: boolean): ParsedPath {
  const to = repair ? repairPath(rawPath, names) : undefined;
  if (to === undefined) return exactPath(rawPath, names);
  const parsed = exactPath(to, names);
  return parsed.kind === "error" ? parsed : { ...parsed, repaired: { from: shown(rawPath), to: shown(to) } };
}

function shown(path: string): string {
  // Anything else would be invalid or ambiguous in a header.
  const text = path.replace(/[^\x21-\x7e]/gu, (char) => encodeURIComponent(char.toWellFormed()));
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`;
}
