// The headers that protect everything below /admin in a browser.
import { ASSETS_PATH } from "./page-files.ts";

/** No page may be framed, none tells others of its address, none shares its window with whoever opened it. */
const HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Only a file without data says of itself how long it may be kept. */
const CACHE = { name: "cache-control", value: "no-store" } as const;
const CSP = "content-security-policy";

/** What a `Host` that is one of ours looks like: nothing in it ends a directive. */
const HOST_FORM = /^[\w.:[\]-]+$/;

export interface SealOptions {
  /** The name under which the page was asked for. */
  readonly host: string | null;
}

/** The same answer with these headers. Only the page itself runs scripts and asks the control API. */
export function sealed(response: Response, { host }: SealOptions): Response {
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  if (!response.headers.has(CACHE.name)) response.headers.set(CACHE.name, CACHE.value);
  response.headers.set(CSP, policyOf(host));
  return response;
}

/**
 * Scripts, styles and pictures from our files alone, requests to the control API alone, no form that goes anywhere else
 * (CSP Level 3). `'self'` would be wider: what providers answer has the same origin.
 */
function policyOf(host: string | null): string {
  const from = (path: string) => (host !== null && HOST_FORM.test(host) ? host + path : "'none'");
  const files = from(ASSETS_PATH);
  return [
    "default-src 'none'",
    `script-src ${files}`,
    `style-src ${files}`,
    `img-src ${files}`,
    `connect-src ${from("/admin/api/")}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}
