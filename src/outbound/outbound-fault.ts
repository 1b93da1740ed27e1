// What can be wrong with an outbound proxy, and with what it says of the target.

/**
 * `PROXY_UNREACHABLE`: no connection to it. `PROXY_AUTH_REQUIRED`: it wants credentials, or others. `PROXY_REFUSED`: it
 * does not carry the call. `PROXY_BAD_ANSWER`: it speaks another protocol, or hangs up. `PROXY_TIMEOUT`: it does not
 * answer. `PROXY_DISABLED`: an operator keeps every one out that could be asked.
 */
export const PROXY_FAULTS = [
  "PROXY_UNREACHABLE",
  "PROXY_AUTH_REQUIRED",
  "PROXY_REFUSED",
  "PROXY_BAD_ANSWER",
  "PROXY_TIMEOUT",
  "PROXY_DISABLED",
] as const;

/** One of them. */
export type ProxyFault = (typeof PROXY_FAULTS)[number];

/** The proxy works, and says that it cannot reach the target. */
export const TARGET_UNREACHABLE = "PROXY_TARGET_UNREACHABLE";

const FAULTS: ReadonlySet<string> = new Set(PROXY_FAULTS);

/** Whether a call was never sent because of outbound proxies alone. */
export function isProxyFault(cause: string): cause is ProxyFault {
  return FAULTS.has(cause);
}

/** Why a way through a proxy did not come about. `detail`: in our own words, never what the proxy said. */
export interface OutboundFault {
  readonly code: ProxyFault | typeof TARGET_UNREACHABLE;
  readonly detail: string;
}
