// Finds mistakes in the base URL of a provider, and brings it into its one form.

import type { DiagnosticList } from "./diagnostic.ts";
import type { FieldPath } from "./field-path.ts";

/** What clients add to a base URL; a base URL that ends in one was copied from an example of a request. */
const ENDPOINT =
  /\/(?:chat|chat\/completions?|completions|embeddings|models|responses|messages|moderations|rerank|files|batches|uploads|images(?:\/(?:generations|edits|variations))?|audio(?:\/(?:speech|transcriptions|translations))?)$/i;

/** The URL without trailing slashes, host in lower case. Parts that a base URL cannot have are reported. */
export function checkUrl(text: string, path: FieldPath, list: DiagnosticList): string {
  const url = URL.parse(text);
  if (url === null) return text;
  if (url.username !== "" || url.password !== "")
    list.error(path, "expected a URL without user and password: keys go into api_keys");
  if (url.search !== "" || url.hash !== "" || /[?#]/.test(text))
    list.error(path, "expected a URL without a query or fragment");
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** Reports a base URL that names an operation, or that has no path at all. */
export function checkBaseUrl(baseUrl: string, path: FieldPath, list: DiagnosticList): void {
  const pathname = URL.parse(baseUrl)?.pathname ?? "/";
  const endpoint = ENDPOINT.exec(pathname.replace(/\/+$/, ""))?.[0];
  if (endpoint !== undefined) list.error(path, `ends in an endpoint: remove ${endpoint.toLowerCase()}`);
  else if (/^\/*$/.test(pathname)) list.warning(path, "has no path, most providers expect one such as /v1");
}
