// Whose address counts as the client's, and whose word about it is believed.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createClientAddress, createIsSecure } from "../../../src/proxy/entrance/client-address.ts";

const TRUSTED = ["10.0.0.0/8", "127.0.0.1", "fd00::/8"];

function clientOf(peer: string, forwarded: string | undefined, trusted: readonly string[] = TRUSTED): string {
  const headers = new Headers(forwarded === undefined ? {} : { "x-forwarded-for": forwarded });
  return createClientAddress(trusted)({ address: peer }, headers);
}

describe("createClientAddress", () => {
  test.each([
    // [peer, X-Forwarded-For, client]
    ["10.0.0.1", "203.0.113.7", "203.0.113.7"],
    ["::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"],
    ["fd00::1", "2001:db8::7", "2001:db8::7"],
    ["10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"],
    ["10.0.0.1", "198.51.100.1, 203.0.113.7, 10.9.9.9", "203.0.113.7"],
    ["10.0.0.1", "203.0.113.7,10.2.2.2 ,\t10.9.9.9", "203.0.113.7"],
    ["10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"],
    ["10.0.0.1", "203.0.113.7:4711", "203.0.113.7"],
    ["10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"],
    ["10.0.0.1", "[2001:db8::7]", "2001:db8::7"],
    ["10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"],
    ["10.0.0.1", "203.0.113.7, unknown", "10.0.0.1"],
    ["10.0.0.1", "203.0.113.7, unknown, 10.3.3.3", "10.3.3.3"],
    ["10.0.0.1", "203.0.113.7,", "10.0.0.1"],
    ["10.0.0.1", "", "10.0.0.1"],
    ["10.0.0.1", undefined, "10.0.0.1"],
    ["192.0.2.1", "203.0.113.7", "192.0.2.1"],
    ["192.0.2.1", "10.0.0.1", "192.0.2.1"],
    ["unknown", "203.0.113.7", "unknown"],
  ])("takes %s with %p for %s", (peer, forwarded, client) => {
    expect(clientOf(peer, forwarded)).toBe(client);
  });

  test("believes no header where no proxy is trusted", () => {
    expect(clientOf("127.0.0.1", "203.0.113.7", [])).toBe("127.0.0.1");
    expect(clientOf("::ffff:127.0.0.1", undefined, [])).toBe("127.0.0.1");
  });

  test("joins repeated headers in the order in which they were sent", () => {
    const headers = new Headers();
    headers.append("x-forwarded-for", "198.51.100.1");
    headers.append("x-forwarded-for", "203.0.113.7");
    expect(createClientAddress(TRUSTED)({ address: "10.0.0.1" }, headers)).toBe("203.0.113.7");
  });

  test("never asks Forwarded", () => {
    const headers = new Headers({ forwarded: "for=203.0.113.7" });
    expect(createClientAddress(TRUSTED)({ address: "10.0.0.1" }, headers)).toBe("10.0.0.1");
  });

  test("gives up on endless chains", () => {
    const chain = Array.from({ length: 1000 }, () => "10.1.1.1").join(",");
    expect(clientOf("10.0.0.1", `203.0.113.7,${chain}`)).toBe("10.1.1.1");
  });

  test("holds to what the last proxy appended, whatever the client wrote before it", () => {
    const address = fc.ipV4().filter((text) => !text.startsWith("10.") && text !== "127.0.0.1");
    fc.assert(
      fc.property(fc.string(), address, (written, client) => {
        const clean = written.replace(/[^\x20-\x7e]/g, "");
        expect(clientOf("10.0.0.1", `${clean}, ${client}`)).toBe(client);
      }),
    );
  });
});

describe("isSecure", () => {
  const isSecure = createIsSecure(["10.0.0.0/8"]);
  const ask = (proto: string | undefined, address: string, url = "http://gateway.example/admin") =>
    isSecure({ address }, { url, headers: new Headers(proto === undefined ? {} : { "x-forwarded-proto": proto }) });

  test.each([
    ["https", "10.0.0.9", true],
    ["HTTPS", "::ffff:10.0.0.9", true],
    [" https , http", "10.0.0.9", true],
    ["http, https", "10.0.0.9", false],
    ["http", "10.0.0.9", false],
    ["", "10.0.0.9", false],
    [undefined, "10.0.0.9", false],
    ["https", "192.168.0.1", false],
    ["https", "unknown", false],
  ])("X-Forwarded-Proto %p from %s: %p", (proto, address, expected) => {
    expect(ask(proto, address)).toBe(expected);
  });

  test("a connection by TLS needs no proxy's word", () => {
    expect(ask("http", "192.168.0.1", "https://gateway.example/admin")).toBe(true);
    expect(createIsSecure([])({ address: "::1" }, { url: "https://x/", headers: new Headers() })).toBe(true);
  });
});
