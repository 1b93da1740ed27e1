// Finds the route of a request path, after repairing it once where that is allowed.
import { type ExactPath, exactPath, FIXED_PREFIXES } from "./exact-path.ts";
import { repairPath } from "./path-repair.ts";
import { createProviderNames, type ProviderNames } from "./provider-names.ts";

/** What was repaired, fit for a header and a log: the path as sent, and the path as it was understood. */
export interface Repaired {
  readonly from: string;
  readonly to: string;
}

export type ParsedPath = ExactPath & { readonly repaired?: Repaired };

const MAX_SHOWN = 200;
/** What stands in the place of a provider but never is one. */
const VERSIONS: ReadonlySet<string> = new Set(["v1", "v1beta", "api"]);
const NO_PROVIDERS = createProviderNames([]);

/** The route of a path without its query, as it stood in the request line. */
export function parsePath(rawPath: string, names: ProviderNames, repair: boolean): ParsedPath {
  const to = repair ? repairPath(rawPath, names) : undefined;
  const parsed = exactPath(to ?? rawPath, names);
  if (parsed.kind !== "error") return to === undefined ? parsed : { ...parsed, repaired: shownRepair(rawPath, to) };
  const isUnknownProvider = repair && parsed.code === "not_found" && followsProvider(rawPath);
  return isUnknownProvider ? { kind: "error", code: "provider_not_found" } : parsed;
}

/** What follows the place of a provider could be routed, so that it is the provider that is wrong. */
function followsProvider(path: string): boolean {
  const segments = path.split("/").filter((segment) => segment !== "");
  const isFixed = FIXED_PREFIXES.has(segments[0]?.toLowerCase() ?? "");
  const next = isFixed ? 1 : 0;
  if (VERSIONS.has(segments[next]?.toLowerCase() ?? "")) return false;
  const below = `/${segments.slice(next + 1).join("/")}`;
  return exactPath(repairPath(below, NO_PROVIDERS) ?? below, NO_PROVIDERS).kind === "default";
}

function shownRepair(from: string, to: string): Repaired {
  return { from: shown(from), to: shown(to) };
}

/** Other characters would be invalid or ambiguous in a header. */
function shown(path: string): string {
  const text = path.replace(/[^\x21-\x7e]/gu, (char) => encodeURIComponent(char.toWellFormed()));
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`;
}
