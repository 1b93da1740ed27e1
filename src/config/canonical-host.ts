// The one form of a host name or address that browsers send, whatever form somebody wrote.
import { isIPv6 } from "node:net";

/** What ends a host in a URL, or is decoded in it. */
const OUTSIDE = /[/\\?#@:%\s]/;

/**
 * As the WHATWG URL parser has it: names in lower case, IPv4 in four numbers, IPv6 in its shortest form; without
 * brackets, and without the dot that ends an absolute name. What is no host stays as it is, in lower case.
 */
export function canonicalHost(host: string): string {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  const inUrl = isIPv6(bare) ? `[${bare}]` : bare;
  const parsed = inUrl === bare && OUTSIDE.test(bare) ? null : URL.parse(`http://${inUrl}`);
  return (parsed?.hostname ?? bare).replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}
