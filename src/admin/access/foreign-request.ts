// Finds out whether a browser sent a request for a page of ours, or for one of somebody else.
import { isIP } from "node:net";
import { canonicalHost } from "../../config/canonical-host.ts";
import { isLoopbackHost } from "../../config/loopback.ts";

/** Why a request is not from a page of ours: its `Host`, its `Origin`, or what the browser says of its site. */
export type Foreign = "host" | "origin" | "site";

/** What to say of it. */
export const FOREIGN_TEXTS: Readonly<Record<Foreign, string>> = {
  host: "The page is not opened under this name: auth.admin_hosts lists further names",
  origin: "Another page sent the request, unless a proxy in front does not pass Host on as it came",
  site: "A page of another site sent the request",
};

/** What is asked about a request. */
export interface AskedFrom {
  readonly headers: Headers;
  /** It came over HTTPS, as far as that is known. */
  readonly isSecure: boolean;
}

/** True for a `Host` under which the page may be opened. */
export type IsOwnHost = (host: string) => boolean;

/** A name or an address in brackets or not, and perhaps a port (RFC 3986, 3.2.2; no escapes, no user). */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/;
/** What listens there listens on every address of the machine. */
const WILDCARDS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);
/** W3C Fetch Metadata; `none` is the user, by the address bar. */
const OWN_SITES: ReadonlySet<string> = new Set(["same-origin", "none"]);

/**
 * Loopback names and addresses, the host that is listened on, and those that the operator named. A page that rebinds
 * its own name in DNS to this machine is found by that name. Where every address of the machine is listened on each
 * address counts: nobody can rebind one.
 */
export function createHostCheck(host: string, further: readonly string[]): IsOwnHost {
  const own = new Set([host, ...further].map(canonicalHost));
  const isWildcard = WILDCARDS.has(canonicalHost(host));
  return (header) => {
    const given = HOST.exec(header.toLowerCase())?.[1];
    if (given === undefined) return false;
    const name = canonicalHost(given);
    return isLoopbackHost(name) || own.has(name) || (isWildcard && isIP(name) !== 0);
  };
}

/**
 * Why a request that changes something, or reads data, is not from a page of ours; undefined where nothing speaks
 * against it. Programs other than browsers send neither `Origin` nor `Sec-Fetch-Site`. `Origin: null` counts as none:
 * the forms of our own pages send it, as these have `Referrer-Policy: no-referrer` (Fetch standard, "append a request
 * Origin header"); whoever else sends it says so by `Sec-Fetch-Site`, and has no CSRF token.
 */
export function foreignPart(asked: AskedFrom, isOwnHost: IsOwnHost): Foreign | undefined {
  const { headers } = asked;
  if (!isOwnHost(headers.get("host") ?? "")) return "host";
  const site = headers.get("sec-fetch-site");
  if (site !== null && !OWN_SITES.has(site)) return "site";
  const origin = headers.get("origin");
  return origin === null || origin === "null" || isOwnOrigin(origin, asked) ? undefined : "origin";
}

/** Behind a proxy that is not trusted HTTPS is not known of; known of, a page that came without it is another one. */
function isOwnOrigin(origin: string, { headers, isSecure }: AskedFrom): boolean {
  const given = URL.parse(origin);
  if (given === null || (given.protocol !== "https:" && (isSecure || given.protocol !== "http:"))) return false;
  const here = URL.parse(`${given.protocol}//${headers.get("host")}`);
  return here !== null && given.origin === origin.toLowerCase() && given.host === here.host;
}
