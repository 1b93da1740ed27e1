// Outbound proxies: what calls to providers go through, and what their URLs say.
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";

/** `socks5`: names are resolved here; `socks5h`: at the proxy. `https`: the way to the proxy is TLS itself. */
export type OutboundScheme = "http" | "https" | "socks5" | "socks5h";

/** One proxy, as its URL describes it. */
export interface OutboundProxy {
  /**
   * The first 12 hex digits of SHA-256 over scheme, user, host and port. Not over the password: a weak one could be
   * guessed from what is shown, and with another password it is the same proxy.
   */
  readonly id: string;
  readonly scheme: OutboundScheme;
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** Empty where the URL has none. */
  readonly username: string;
  readonly password: string;
  /** As it was written: it may hold a credential. */
  readonly url: string;
  /** The URL as it may be shown: user and password masked. */
  readonly shown: string;
}

/** What a provider or a key goes through. No proxy: it calls directly. */
export interface OutboundConfig {
  readonly proxies: readonly OutboundProxy[];
  /** `key`: each key keeps to one proxy while that is healthy; `random`: another one for each call. */
  readonly bind: "key" | "random";
}

/** How the proxies are looked after. */
export interface OutboundHealthConfig {
  /** What the automatic check asks for; undefined: there is none. */
  readonly checkUrl: string | undefined;
  /** 0 means never. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Consecutive failures after which a proxy rests; 0 means never. */
  readonly maxFailures: number;
}

/** The proxy, or what was expected of its URL, in words that quote nothing. */
export type OutboundProxyReading =
  | { readonly ok: true; readonly proxy: OutboundProxy }
  | { readonly ok: false; readonly expects: string };

/** Where the URL names no port: those of http and https (RFC 9110, 4.2), and of SOCKS (RFC 1928, 3). */
const PORTS: Readonly<Record<OutboundScheme, number>> = { http: 80, https: 443, socks5: 1080, socks5h: 1080 };

/** RFC 1929, 2. */
const MAX_SOCKS_BYTES = 255;

/** Reads the URL of a proxy; `expects` never quotes it. */
export function parseOutboundProxy(url: string): OutboundProxyReading {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined || !isScheme(scheme)) {
    return refused("an http, https, socks5 or socks5h URL such as http://user:password@proxy.example:3128");
  }
  // Only the schemes of the web have their hosts checked (WHATWG URL, 4.4).
  const parsed = URL.parse(url.replace(/^[^:]*/, scheme === "https" ? "https" : "http"));
  if (parsed === null || parsed.hostname === "") return refused("the URL of a proxy with a host");
  if (!/^\/?$/.test(parsed.pathname) || /[?#\\]/.test(url)) return refused("the URL of a proxy without path and query");
  const username = decoded(parsed.username);
  const password = decoded(parsed.password);
  if (username === undefined || password === undefined)
    return refused("a user and password whose % are encoded as %25");
  const fault = credentialFault(scheme, username, password);
  if (fault !== undefined) return refused(fault);
  // The parser leaves out what it takes for the default.
  const port = Number(/:(\d+)\/?$/.exec(url)?.[1] ?? PORTS[scheme]);
  if (port < 1 || port > 65_535) return refused("a port from 1 to 65535");
  const hostname = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
  const place = `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`;
  const mask = username === "" && password === "" ? "" : "****@";
  const id = createHash("sha256").update(`${scheme}\0${username}\0${place}`).digest("hex").slice(0, 12);
  const shown = `${scheme}://${mask}${place}`;
  return { ok: true, proxy: { id, scheme, hostname, port, username, password, url, shown } };
}

/** What of a proxy must never be seen. A user without a password is the credential itself. */
export function outboundSecrets({ url, username, password }: OutboundProxy): readonly string[] {
  if (username === "" && password === "") return [];
  return [url, `${username}:${password}`, password === "" ? username : password];
}

function isScheme(text: string): text is OutboundScheme {
  return Object.hasOwn(PORTS, text);
}

function refused(expects: string): OutboundProxyReading {
  return { ok: false, expects };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function credentialFault(scheme: OutboundScheme, username: string, password: string): string | undefined {
  // A line break would end the header that carries them.
  if (/\p{Cc}/u.test(username + password)) return "a user and password without control characters";
  if (scheme === "http" || scheme === "https") {
    // RFC 7617, 2: the first colon ends the user.
    return username.includes(":") ? "a user without a colon" : undefined;
  }
  const longest = Math.max(Buffer.byteLength(username), Buffer.byteLength(password));
  if (longest > MAX_SOCKS_BYTES) return `a user and password of at most ${MAX_SOCKS_BYTES} bytes each`;
  return username === "" && password !== "" ? "a user beside the password" : undefined;
}
