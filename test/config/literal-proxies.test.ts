// Proxies whose URLs stand in the file itself, as opposed to references.
import { expect, test } from "bun:test";
import { literalProxies } from "../../src/config/literal-proxies.ts";

const FILE = `
proxies:
  urls:
    - http://a.example:3128 # mine
    - \x24{PROXY}
    - { env: PROXY_B }
    - socks5://me:fake@b.example
providers:
  - name: one
    proxies: direct
    api_keys: [sk-fake, { key: sk-fake-2, proxies: [http://c.example] }]
  - { name: two, proxies: ["http://d.example", "http://a.example:3128"] }
`;

test("finds them at every place, with the path that config set takes", () => {
  const found = literalProxies(FILE);
  expect(found.map(({ path, isLast }) => [path, isLast])).toEqual([
    ["proxies.urls[0]", false],
    ["proxies.urls[3]", false],
    ["providers[0].api_keys[1].proxies[0]", true],
    ["providers[1].proxies[0]", false],
    ["providers[1].proxies[1]", false],
  ]);
  expect(found[0]?.id).toBe(found[4]?.id as string);
});

test.each(["", "proxies: 5", "- a", "{", "proxies: { urls: { a: b } }", "providers: [5, { api_keys: x }]"])(
  "finds nothing in %p",
  (text) => {
    expect(literalProxies(text)).toEqual([]);
  },
);
