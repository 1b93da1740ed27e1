// Finds headers that cannot be set in the configuration.

import { HOP_BY_HOP } from "../core/hop-by-hop.ts";
import type { DiagnosticList } from "./diagnostic.ts";
import type { FieldPath } from "./field-path.ts";

/** Headers that carry credentials at the known dialects. */
const CREDENTIALS = new Set(["authorization", "api-key", "x-api-key", "x-goog-api-key"]);

/** Headers that belong to the connection or describe the body (RFC 9112, 6), and the encoding asked for. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([...HOP_BY_HOP, "accept-encoding", "content-length", "host"]);

/** True for a header that no setting can set. */
export function isOfTheConnection(name: string): boolean {
  return OF_THE_CONNECTION.has(name.toLowerCase());
}

/** Reports headers that would have no effect and names that stand there twice. `authHeader`: the provider's own. */
export function checkHeaders(
  headers: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
  context: { readonly list: DiagnosticList; readonly authHeader?: string | undefined },
): void {
  const seen = new Set<string>();
  for (const name of Object.keys(headers ?? {})) {
    const lower = name.toLowerCase();
    const isCredential = CREDENTIALS.has(lower) || lower === context.authHeader?.toLowerCase();
    if (isCredential)
      context.list.error([...path, name], "has no effect: the credential is set by api_keys and auth_header");
    else if (isOfTheConnection(name)) context.list.error([...path, name], "has no effect: the connection sets it");
    else if (seen.has(lower)) context.list.error([...path, name], "is the same header as one above");
    seen.add(lower);
  }
}
