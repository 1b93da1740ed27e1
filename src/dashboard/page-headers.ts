// The headers that protect everything below /admin in a browser.

/**
 * No script, style or frame but those of files of our own; no form that goes anywhere else (CSP Level 3). No page may
 * be framed, none is kept by a cache, none tells others of its address, none shares its window with whoever opened it.
 */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Only a file without data says of itself how long it may be kept. */
const UNLESS_SAID: Readonly<Record<string, string>> = { "cache-control": "no-store" };

/** The same answer with these headers. */
export function sealed(response: Response): Response {
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  for (const [name, value] of Object.entries(UNLESS_SAID)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}
