// Splits a request's URL without decoding anything.

/** `query` is empty or begins with `?`. */
export interface UrlParts {
  readonly path: string;
  readonly query: string;
}

/**
 * The bytes after the host as they came: the URL's own parser would decode and normalise them. Without a `Host` (HTTP/1.0),
 * or with one that is none, Bun gives the path alone.
 */
export function splitUrl(url: string): UrlParts {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("://") + 3);
  if (start < 0) return { path: "/", query: "" };
  const question = url.indexOf("?", start);
  if (question < 0) return { path: url.slice(start), query: "" };
  return { path: url.slice(start, question), query: url.slice(question) };
}
