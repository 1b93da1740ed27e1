// Requests of other pages are found by what browsers say of them, and by the name that was called.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createHostCheck, foreignPart } from "../../../src/admin/access/foreign-request.ts";

const LOOPBACK = createHostCheck("127.0.0.1", ["Gateway.example", "10.0.0.7", "FD00:0::0007", "dotted.example."]);

describe("a name under which the page may be opened", () => {
  test.each([
    "localhost",
    "LOCALHOST:8000",
    "app.localhost:1",
    "127.0.0.1",
    "127.0.0.9:65535",
    "[::1]",
    "[::1]:8000",
    "gateway.example",
    "Gateway.Example:8443",
    "10.0.0.7:80",
    "[fd00::7]:80",
    "[FD00:0:0:0:0:0:0:7]",
    "[0:0:0:0:0:0:0:1]:8000",
    "localhost.",
    "gateway.example.",
    "GATEWAY.example.:80",
    "dotted.example",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
  ])("%p", (host) => {
    expect(LOOPBACK(host)).toBe(true);
  });

  test.each([
    "",
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "localhost..",
    "evil.example.localhost.example",
    "127.0.0.1.evil.example",
    "gateway.example..",
    "gateway.example.evil",
    "evil.example.",
    "gateway.example@evil.example",
    "evil.example@localhost",
    "localhost/x",
    "localhost:8000:9",
    "localhost:",
    "localhost:123456",
    "localhost, evil.example",
    "local host",
    "10.0.0.8",
    "[::2]",
    "::1",
    "[::1",
    "[fd00::7%eth0]",
    "1.2.3.4.5",
    "167772168",
    "0.0.0.0",
    "null",
  ])("not %p", (host) => {
    expect(LOOPBACK(host)).toBe(false);
  });

  test.each([
    ["0.0.0.0", "192.168.1.5:8000", true],
    ["::", "[2001:db8::1]:8000", true],
    ["0.0.0.0", "evil.example", false],
    ["0.0.0.0", "localhost", true],
    ["192.168.1.5", "192.168.1.5", true],
    ["192.168.1.5", "192.168.1.6", false],
    ["gw.example", "GW.example:80", true],
    ["::1", "[::1]", true],
    ["0:0:0:0:0:0:0:0", "[2001:db8::1]", true],
    ["FE80:0::1", "[fe80::1]:8000", true],
    ["gw.example.", "gw.example", true],
  ])("while listening on %s %p counts: %p", (host, header, counts) => {
    expect(createHostCheck(host, [])(header)).toBe(counts);
  });
});

const HOST = "gateway.example";
const part = (headers: Record<string, string>, isSecure = false) =>
  foreignPart({ headers: new Headers({ host: HOST, ...headers }), isSecure }, LOOPBACK);

describe("a request is of a page of ours", () => {
  test.each<[Record<string, string>, boolean]>([
    [{}, false],
    [{ origin: "http://gateway.example" }, false],
    [{ origin: "https://gateway.example" }, false],
    [{ origin: "https://gateway.example", host: "gateway.example:443" }, true],
    [{ origin: "https://gateway.example:8443", host: "gateway.example:8443" }, true],
    [{ origin: "http://[::1]:8000", host: "[::1]:8000" }, false],
    [{ "sec-fetch-site": "same-origin", origin: "null" }, true],
    [{ "sec-fetch-site": "none" }, true],
    [{ origin: "null" }, false],
  ])("with %j, by HTTPS: %p", (headers, isSecure) => {
    expect(part(headers, isSecure)).toBeUndefined();
  });
});

describe("a request is of another page", () => {
  test.each<[Record<string, string>, boolean, string]>([
    [{ host: "evil.example" }, false, "host"],
    [{ host: "evil.example", origin: "http://evil.example" }, false, "host"],
    [{ origin: "http://evil.example" }, false, "origin"],
    [{ origin: "http://gateway.example:9000" }, false, "origin"],
    [{ origin: "http://gateway.example", host: "gateway.example:8000" }, false, "origin"],
    [{ origin: "http://gateway.example" }, true, "origin"],
    [{ origin: "ftp://gateway.example" }, false, "origin"],
    [{ origin: "http://gateway.example/" }, false, "origin"],
    [{ origin: "http://user@gateway.example" }, false, "origin"],
    [{ origin: "gateway.example" }, false, "origin"],
    [{ origin: "" }, false, "origin"],
    [{ origin: "http://gateway.example, http://evil.example" }, false, "origin"],
    [{ origin: "http://localhost" }, false, "origin"],
    [{ "sec-fetch-site": "cross-site" }, false, "site"],
    [{ "sec-fetch-site": "same-site", origin: "http://gateway.example" }, false, "site"],
    [{ "sec-fetch-site": "cross-site", origin: "null" }, false, "site"],
    [{ "sec-fetch-site": "whatever comes" }, false, "site"],
  ])("with %j, by HTTPS: %p: %s", (headers, isSecure, found) => {
    expect(part(headers, isSecure)).toBe(found as "host");
  });

  test("whatever the origin is, but the one that was called", () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string()), fc.boolean(), (text, isSecure) => {
        const origin = URL.parse(text)?.origin ?? text;
        fc.pre(origin !== "null" && !/^https?:\/\/gateway\.example$/i.test(origin) && /^[\x20-\x7e]*$/.test(origin));
        expect(part({ origin }, isSecure)).toBe("origin");
      }),
    );
  });
});
