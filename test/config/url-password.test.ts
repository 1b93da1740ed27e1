// URLs without what may be a credential in them.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { withoutUrlPassword } from "../../src/config/url-password.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";

const SECRET = fakeSecret("password");

test.each([
  ["https://api.openai.com/v1", "https://api.openai.com/v1"],
  ["https://user:pass@api.example/v1", "https://api.example/v1"],
  ["https://user@api.example", "https://api.example"],
  ["https://:pass@api.example:8443/v1", "https://api.example:8443/v1"],
  ["https://user:p@ss@api.example/v1", "https://api.example/v1"],
  ["HTTPS://user:pass@api.example", "HTTPS://api.example"],
  ["socks5://user:pass@proxy.example:1080", "socks5://proxy.example:1080"],
  ["http+unix://user:pass@proxy.example", "http+unix://proxy.example"],
  ["https:\\\\user:pass@api.example\\v1", "https:\\\\api.example\\v1"],
  ["https://api.example/models/a@b", "https://api.example/models/a@b"],
  ["https://api.example?mail=a@b", "https://api.example?mail=a@b"],
  ["https://api.example#a@b", "https://api.example#a@b"],
  ["no URL", "no URL"],
  ["", ""],
])("withoutUrlPassword shows %j as %j", (url, shown) => {
  expect(withoutUrlPassword(url)).toBe(shown);
});

test("withoutUrlPassword leaves of any URL its address, and nothing of user and password", () => {
  const noise = fc.string({ unit: fc.constantFrom("a", "@", ":", "%", "é", "[", "!", " "), maxLength: 6 });
  const scheme = fc.constantFrom("https", "http", "wss", "socks5");
  const rest = fc.constantFrom("", "/", "/v1", "/v1/a@b", "?a@b", "#a@b", ":8443/v1");
  fc.assert(
    fc.property(scheme, noise, noise, rest, (name, before, after, tail) => {
      const url = `${name}://${before}${SECRET}${after}@api.example${tail}`;
      const shown = withoutUrlPassword(url);
      expect(leakIn(shown)).toBeUndefined();
      expect(shown).toBe(`${name}://api.example${tail}`);
      const parsed = URL.parse(url);
      if (parsed !== null) expect(URL.parse(shown)?.host).toBe(parsed.host);
    }),
  );
});
