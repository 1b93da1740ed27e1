// Ranges of IP addresses in CIDR notation (RFC 4632, RFC 4291 2.3), and which addresses lie in them.
import { BlockList, isIP } from "node:net";

/** One range: `10.0.0.0/8`, `fd00::/8`, or a single address. */
interface AddressRange {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

/** Whether the text is an address or a range of them. */
export function isAddressRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/**
 * A predicate that is true for an address in one of the ranges. IPv4 addresses that are written as IPv6
 * (`::ffff:10.0.0.1`) count as IPv4, a zone (`fe80::1%eth0`) is left aside, and what is no address is in no range.
 *
 * @throws Error for a text that is no range: see `isAddressRange`.
 */
export function compileAddressRanges(texts: readonly string[]): (address: string) => boolean {
  if (texts.length === 0) return () => false;
  const list = new BlockList();
  for (const text of texts) {
    const range = parseRange(text);
    if (range === undefined) throw new Error("Cannot use a range of addresses: it is none");
    list.addSubnet(range.address, range.prefix, range.family);
  }
  return (address) => {
    const plain = address.replace(/%.*$/, "");
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 4 ? "ipv4" : "ipv6");
  };
}

function parseRange(text: string): AddressRange | undefined {
  const [, address = "", digits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const bits = version === 4 ? 32 : 128;
  const prefix = digits === undefined ? bits : Number(digits);
  return prefix > bits ? undefined : { address, prefix, family: version === 4 ? "ipv4" : "ipv6" };
}
