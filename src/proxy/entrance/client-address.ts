// Tells the address of a client and how it came, also of one that comes through proxies which the operator trusts.
import { isIP } from "node:net";
import { compileAddressRanges } from "../../core/address-ranges.ts";

/** `peer`: who has the connection; asked only for what is needed. */
export type ClientAddress = (peer: { readonly address: string }, headers: Headers) => string;

/** More hops are no chain of proxies but somebody who tries to keep us busy. */
const MAX_HOPS = 64;

/** An IPv4 address in the clothes of IPv6 (RFC 4291, 2.5.5.2), as a socket for both families reports it. */
const MAPPED = /^::ffff:(?=\d+\.)/i;

/**
 * The address of the peer, or, while that is a trusted proxy, the one that it appended to `X-Forwarded-For`, from the
 * right to the first that is not trusted: what stands left of that anybody may have written. What is no address ends the
 * walk. `Forwarded` (RFC 7239) is not asked: proxies that only know the older header pass on whatever a client wrote
 * there. `trusted`: addresses and ranges; without any the headers never count.
 */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  if (trusted.length === 0) return ({ address }) => plainAddress(address);
  const isTrusted = compileAddressRanges(trusted);
  return ({ address }, headers) => {
    let client = plainAddress(address);
    const hops = (headers.get("x-forwarded-for") ?? "").split(",");
    for (let count = 0; count < MAX_HOPS && isTrusted(client); count += 1) {
      const hop = addressOf(hops.pop() ?? "");
      if (hop === undefined) break;
      client = hop;
    }
    return client;
  };
}

/** Whether a request came over HTTPS, to this server or to a proxy that the operator trusts. */
export type IsSecure = (peer: { readonly address: string }, request: Pick<Request, "url" | "headers">) => boolean;

/** Of several schemes in `X-Forwarded-Proto` the first is the client's; nobody but a trusted proxy is believed. */
export function createIsSecure(trusted: readonly string[]): IsSecure {
  const isTrusted = compileAddressRanges(trusted);
  return (peer, { url, headers }) => {
    if (url.startsWith("https:")) return true;
    const [scheme = ""] = (headers.get("x-forwarded-proto") ?? "").split(",");
    return scheme.trim().toLowerCase() === "https" && isTrusted(plainAddress(peer.address));
  };
}

/** Without port and brackets, which some proxies add (Azure's gateways, for one). */
function addressOf(hop: string): string | undefined {
  const text = hop.trim();
  const host = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(host) === 0 ? undefined : plainAddress(host);
}

function plainAddress(address: string): string {
  return address.replace(MAPPED, "");
}
