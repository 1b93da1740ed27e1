// The cookie that a session of the page is known by.
import { isSessionSecret } from "./page-secrets.ts";

/** Only what lies below this gets the cookie. */
const PATH = "/admin";
/** Others may set cookies of the same name for a domain above ours: ours may stand behind them. */
const MOST_CANDIDATES = 8;

/** `instance`: tells apart several daemons of one host, whose ports mean nothing to cookies. */
export interface CookieScene {
  readonly instance: string;
  readonly isSecure: boolean;
}

/**
 * `__Host-` would want the path `/`, so that every client of the API behind the same host saw it. `__Secure-` holds off
 * whoever can only write cookies without TLS (RFC 6265bis, 4.1.3).
 */
function nameOf({ instance, isSecure }: CookieScene): string {
  return `${isSecure ? "__Secure-" : ""}openai-balance-${instance}`;
}

/** The value of `Set-Cookie`. Without an age: how long it counts is for the session to say. */
export function sessionCookie(secret: string, scene: CookieScene): string {
  return `${nameOf(scene)}=${secret}; Path=${PATH}; HttpOnly; SameSite=Strict${scene.isSecure ? "; Secure" : ""}`;
}

/** Lets the browser forget it. */
export function endedCookie(scene: CookieScene): string {
  return `${sessionCookie("", scene)}; Max-Age=0`;
}

/** What may be the secret of a session in a header `Cookie`. */
export function sessionSecretsIn(header: string | null, scene: CookieScene): readonly string[] {
  const begin = `${nameOf(scene)}=`;
  return (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(begin))
    .slice(0, MOST_CANDIDATES)
    .map((pair) => pair.slice(begin.length))
    .filter(isSessionSecret);
}
