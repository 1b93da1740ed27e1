// What a request is for by its path and method.
import type { Setup } from "../setup.ts";
import { type ParsedPath, parsePath } from "./parse-path.ts";

/** A path that is no path of our own. */
export type ApiPath =
  | Extract<ParsedPath, { kind: "default" | "provider" | "native" | "error" }>
  | typeof NOT_RELAYED
  | typeof NO_PAGE;

/** One at which clients are let in. */
export type EnterablePath = Exclude<ApiPath, { kind: "error" }>;

/** TRACE would answer with the credential that we send; CONNECT asks for a tunnel (RFC 9110, 9.3.6 and 9.3.8). */
export const NEVER_RELAYED: ReadonlySet<string> = new Set(["TRACE", "CONNECT"]);

/** Where nothing is. */
export const NO_PAGE = { kind: "error", code: "not_found", repaired: undefined } as const;

const NOT_RELAYED = { kind: "error", code: "method_not_allowed", repaired: undefined } as const;

/** What lies below /admin refuses methods by itself, with the headers of all there. */
export function pathOf(
  method: string,
  rawPath: string,
  { names, config }: Pick<Setup, "names" | "config">,
): ParsedPath | typeof NOT_RELAYED {
  const path = parsePath(rawPath, names, config.server.repairPaths);
  if (!NEVER_RELAYED.has(method)) return path;
  return path.kind === "admin-page" || path.kind === "admin-api" ? path : NOT_RELAYED;
}
