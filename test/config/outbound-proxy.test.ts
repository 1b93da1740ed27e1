// URLs of outbound proxies: what they say, what may be shown of them, and which are refused.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { outboundSecrets, parseOutboundProxy } from "../../src/config/outbound-proxy.ts";

test.each([
  ["http://proxy.example", "http", "proxy.example", 80, "", "", "http://proxy.example:80"],
  ["HTTP://Proxy.Example:3128/", "http", "proxy.example", 3128, "", "", "http://proxy.example:3128"],
  ["https://proxy.example", "https", "proxy.example", 443, "", "", "https://proxy.example:443"],
  ["https://proxy.example:80", "https", "proxy.example", 80, "", "", "https://proxy.example:80"],
  ["socks5://10.0.0.1", "socks5", "10.0.0.1", 1080, "", "", "socks5://10.0.0.1:1080"],
  ["socks5://10.0.0.1:80", "socks5", "10.0.0.1", 80, "", "", "socks5://10.0.0.1:80"],
  ["socks5h://[::1]:1081", "socks5h", "::1", 1081, "", "", "socks5h://[::1]:1081"],
  ["socks5h://[fd00::1080]", "socks5h", "fd00::1080", 1080, "", "", "socks5h://[fd00::1080]:1080"],
  ["http://me:p%40ss%3A@h:1", "http", "h", 1, "me", "p@ss:", "http://****@h:1"],
  ["socks5://me:12@h", "socks5", "h", 1080, "me", "12", "socks5://****@h:1080"],
  ["http://token-only@h:1", "http", "h", 1, "token-only", "", "http://****@h:1"],
] as const)("reads %s", (url, scheme, hostname, port, username, password, shown) => {
  const reading = parseOutboundProxy(url);
  expect(reading.ok && reading.proxy).toMatchObject({ scheme, hostname, port, username, password, shown, url });
});

test.each([
  ["proxy.example:3128", "an http, https, socks5 or socks5h URL"],
  ["socks4://proxy.example", "an http, https, socks5 or socks5h URL"],
  ["socks://proxy.example", "an http, https, socks5 or socks5h URL"],
  ["ftp://proxy.example", "an http, https, socks5 or socks5h URL"],
  ["http:/proxy.example", "an http, https, socks5 or socks5h URL"],
  ["", "an http, https, socks5 or socks5h URL"],
  ["http://", "with a host"],
  ["http://h:99999", "with a host"],
  ["http://h:0", "a port from 1"],
  ["http://h:1/path", "without path and query"],
  ["http://h:1?a=b", "without path and query"],
  ["http://h:1#", "without path and query"],
  ["http://h:3128\\", "without path and query"],
  ["http://me:100%@h:1", "whose % are encoded"],
  ["http://me:a%0d%0ab@h:1", "without control characters"],
  ["http://m%3Ae:x@h:1", "a user without a colon"],
  [`socks5://me:${"x".repeat(256)}@h:1`, "at most 255 bytes"],
  ["socks5://:secret@h:1", "a user beside the password"],
])("refuses %s and says what is expected without quoting it", (url, expects) => {
  const reading = parseOutboundProxy(url);
  expect(reading.ok ? "" : reading.expects).toContain(expects);
});

test("the id tells proxies apart but not their passwords, which nobody could guess from it", () => {
  const idOf = (url: string): string => {
    const reading = parseOutboundProxy(url);
    return reading.ok ? reading.proxy.id : "";
  };
  expect(idOf("http://me:one@h:1")).toBe(idOf("http://me:two@h:1"));
  expect(idOf("http://h")).toBe(idOf("http://h:80/"));
  const others = ["http://me@h:1", "http://you:x@h:1", "https://me:x@h:1", "http://me:x@h:2", "http://me:x@i:1"];
  expect(new Set(others.map(idOf)).size).toBe(others.length);
  expect(idOf("http://h:1")).toMatch(/^[0-9a-f]{12}$/);
});

test.each([
  ["http://h:1", []],
  ["http://me:p%40ss@h:1", ["http://me:p%40ss@h:1", "me:p@ss", "p@ss"]],
  ["http://token@h:1", ["http://token@h:1", "token:", "token"]],
])("names the secrets of %s", (url, secrets) => {
  const reading = parseOutboundProxy(url);
  expect(reading.ok && outboundSecrets(reading.proxy)).toEqual(secrets);
});

test("law: what is written as user and password is what the proxy gets, and no part of what is shown", () => {
  const word = fc.stringMatching(/^[!-~]{8,30}$/);
  const scheme = fc.constantFrom("http", "https", "socks5", "socks5h");
  fc.assert(
    fc.property(scheme, word, word, fc.domain(), (kind, user, password, host) => {
      const username = user.replaceAll(":", "");
      fc.pre(username.length > 4 && !host.includes(username) && !host.includes(password));
      const url = `${kind}://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${host}:3128`;
      const reading = parseOutboundProxy(url);
      if (!reading.ok) throw new Error(`Expected ${reading.expects}`);
      expect(reading.proxy).toMatchObject({ username, password, port: 3128 });
      expect(reading.proxy.shown).toBe(`${kind}://****@${host.toLowerCase()}:3128`);
    }),
  );
});

test("law: no text makes the reader throw, or tells what was written", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((text) => `http://${text}`),
      ),
      (text) => {
        const reading = parseOutboundProxy(text);
        if (!reading.ok && text.length > 12) expect(reading.expects).not.toContain(text);
      },
    ),
    { numRuns: 1_000 },
  );
});
