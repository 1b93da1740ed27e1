// Lets pages of other origins in a browser call the API and read its answers (Fetch standard, CORS protocol).
import type { CorsConfig } from "../../config/config.ts";

/** Of the requests of one configuration. */
export interface Cors {
  /** A page of this origin was named; `*` names none. */
  names(origin: string): boolean;
  /** The answer to a preflight of an allowed origin; undefined for every other request. */
  preflight(request: Pick<Request, "method" | "headers">): Response | undefined;
  /** Lets the page that asked read this answer, if it may. */
  share(response: Response, asked: Headers): void;
}

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";

/** What `*` stands for is every header, since no credentials of the browser are ever asked for. */
const EXPOSED = "*";

/** RFC 9110, 5.6.2, with commas between: what may be said again in a header. */
const HEADER_NAMES = /^[!#$%&'*+\-.^_`|~0-9A-Za-z, ]+$/;

/**
 * Cookies and other credentials of the browser are never let in: a page proves itself by the client token that it sends
 * like any other program.
 */
export function createCors({ origins, maxAgeMs }: CorsConfig): Cors {
  const named = new Set(origins.filter((origin) => origin !== "*"));
  const allowsAll = origins.includes("*");
  const allowed = (origin: string | null): string | undefined => {
    if (origin === null) return undefined;
    return allowsAll ? "*" : named.has(origin.toLowerCase()) ? origin : undefined;
  };
  return {
    names: (origin) => named.has(origin.toLowerCase()),
    preflight({ method, headers: asked }) {
      const isAllowed = allowed(asked.get("origin")) !== undefined;
      if (method !== "OPTIONS" || !isAllowed || !asked.has("access-control-request-method")) return undefined;
      return new Response(null, { status: 204, headers: preflightHeaders(asked, maxAgeMs) });
    },
    share({ headers }, asked) {
      const origin = allowed(asked.get("origin"));
      // A cache must not hand an answer for one origin, or for none, to another.
      if (!allowsAll) headers.append("vary", "Origin");
      if (origin === undefined) return;
      headers.set("access-control-allow-origin", origin);
      headers.set("access-control-expose-headers", EXPOSED);
    },
  };
}

/** Which headers a page sends is its library's matter: whatever it asks for is allowed, and never reaches a cookie. */
function preflightHeaders(asked: Headers, maxAgeMs: number): Headers {
  const headers = new Headers({
    "access-control-allow-methods": METHODS,
    "access-control-max-age": String(Math.floor(maxAgeMs / 1000)),
  });
  const wanted = asked.get("access-control-request-headers") ?? "";
  if (HEADER_NAMES.test(wanted)) headers.set("access-control-allow-headers", wanted);
  // A page of the internet that asks for an address of this machine or network (wicg.github.io/private-network-access).
  if (asked.get("access-control-request-private-network") === "true") {
    headers.set("access-control-allow-private-network", "true");
  }
  headers.set("vary", "Access-Control-Request-Headers, Access-Control-Request-Private-Network");
  return headers;
}
