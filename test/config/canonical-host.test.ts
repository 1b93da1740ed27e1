// Host names and addresses have one form, however they are written.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalHost } from "../../src/config/canonical-host.ts";

test.each([
  ["Gateway.EXAMPLE", "gateway.example"],
  ["gateway.example.", "gateway.example"],
  ["127.1", "127.0.0.1"],
  ["2130706433", "127.0.0.1"],
  ["::1", "::1"],
  ["[::1]", "::1"],
  ["0:0:0:0:0:0:0:1", "::1"],
  ["[FD00:0::0007]", "fd00::7"],
  ["::ffff:10.0.0.7", "::ffff:a00:7"],
  ["under_score.example", "under_score.example"],
])("%s is %s", (given, canonical) => {
  expect(canonicalHost(given)).toBe(canonical);
});

test.each(["a/b", "user@a", "a:80", "a b", "1.2.3.4.5", "", "a?b", "a#b", "fd00::7%eth0", "[a]"])(
  "%p is no host, and takes the form of none",
  (given) => {
    expect(canonicalHost(given)).toBe(given.replace(/^\[(.*)\]$/, "$1"));
  },
);

test("a canonical host stays as it is", () => {
  fc.assert(
    fc.property(fc.oneof(fc.domain(), fc.ipV4Extended(), fc.ipV6()), (host) => {
      const once = canonicalHost(host);
      expect(canonicalHost(once)).toBe(once);
    }),
  );
});
