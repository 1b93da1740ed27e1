// What an edit may do with placeholders: a secret comes back only where nothing else can be meant, and where it stays unseen.
import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { concealed, faultsAfter, textAfter } from "./concealed.ts";

const HEX = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const FILE = `# By hand.
auth:
  admin_token: "fake-admin\\u002dtoken"
providers:
  - name: one
    base_url: https://u:fake-password@one.example/v1
    api_keys:
      - fake-key-one-1   # first
      - |-
        fake-key-one-2
    headers: { X-Org: 'fake org' }
  # - ${HEX}
  - { name: two, api_keys: [fake-key-two-1] }
`;

/** The placeholders in their order. */
const holders = (text: string) => concealed(text).text.match(/⟦[^⟧]*⟧/g) ?? [];
const [ADMIN = "", PASSWORD = "", ONE = "", LINES = "", ORG = "", GONE = "", TWO = ""] = holders(FILE);

const MOVED =
  "The secret cannot be moved here, where it would not be hidden or mean something else: type it anew, or undo that";

describe("putBack", () => {
  test("puts every secret back as it was written, whatever is changed around it", () => {
    const after = textAfter(
      FILE,
      (shown) => `server: { port: 1 }\n${shown.replace("name: two", "name: second")}# end\n`,
    );
    expect(after).toBe(`server: { port: 1 }\n${FILE.replace("name: two", "name: second")}# end\n`);
  });

  test("takes what is typed anew, and forgets what is removed", () => {
    const after = textAfter(FILE, (shown) => shown.replace(ONE, "fake-key-typed").replace(`[${TWO}]`, "[]"));
    expect(after).toBe(FILE.replace("fake-key-one-1", "fake-key-typed").replace("[fake-key-two-1]", "[]"));
  });

  test("moves a key to another line, another provider and into a map", () => {
    const moved = textAfter(FILE, (shown) =>
      shown.replace(`      - ${ONE}   # first\n`, "").replace(`[${TWO}]`, `[{ key: "${TWO}", weight: 2 }, ${ONE}]`),
    );
    expect(parse(moved).providers[1].api_keys).toEqual([{ key: "fake-key-two-1", weight: 2 }, "fake-key-one-1"]);
  });

  test("writes a secret on one line where its lines have no place", () => {
    const moved = textAfter(FILE, (shown) =>
      shown.replace(`      - ${LINES}\n`, "").replace(`[${TWO}]`, `[${TWO}, ${LINES}]`),
    );
    expect(parse(moved).providers[1].api_keys).toEqual(["fake-key-two-1", "fake-key-one-2"]);
  });

  test("puts it back below other indentation", () => {
    const text = "auth:\n  admin_token: >-\n    fake admin\n    token\n";
    const after = textAfter(text, () => `auth:\n        admin_token: ${holders(text)[0]}\n`);
    expect(parse(after).auth.admin_token).toBe("fake admin token");
  });

  test("takes a key out of a comment, and puts one into a comment that hides it", () => {
    const back = textAfter(FILE, (shown) =>
      shown.replace(`  # - ${GONE}\n`, "").replace(`[${TWO}]`, `[${TWO}, ${GONE}]`),
    );
    expect(parse(back).providers[1].api_keys).toEqual(["fake-key-two-1", HEX]);
    const text = `auth: { admin_token: fake-admin-1 }\nproviders: [{ name: a, api_keys: [${HEX}] }]\n`;
    const [admin, key] = holders(text);
    const out = textAfter(text, () => `auth:\n  # admin_token: ${admin}\nproviders:\n  - name: a\n    # - ${key}\n`);
    expect(out).toBe(`auth:\n  # admin_token: fake-admin-1\nproviders:\n  - name: a\n    # - ${HEX}\n`);
    expect(concealed(out).text).not.toContain("fake-admin-1");
  });

  test.each<[string, (shown: string) => string, number, RegExp]>([
    ["a name", (shown) => shown.replace("name: two", `name: ${TWO}`).replace(`[${TWO}]`, "[]"), 12, /cannot be moved/],
    ["a field of another kind", (shown) => shown.replace(ADMIN, ONE), 3, /cannot be moved/],
    ["a header of a provider", (shown) => shown.replace(ORG, TWO), 10, /cannot be moved/],
    ["a part of a value", (shown) => shown.replace(`[${TWO}]`, `[x${TWO}]`), 12, /cannot be moved/],
    ["another URL", (shown) => shown.replace(`[${TWO}]`, `["https://${PASSWORD}@b"]`), 12, /cannot be moved/],
    [
      "a comment that shows it",
      (shown) => shown.replace("# By hand.", `# ${ONE}`).replace(`- ${ONE}   #`, "- new #"),
      1,
      /cannot be moved/,
    ],
    [
      "a field beside its own by an alias",
      (shown) => shown.replace(`[${TWO}]`, `[&a ${TWO}]`).concat("default_provider: *a\n"),
      13,
      /cannot be moved/,
    ],
    ["a second place", (shown) => shown.replace(`[${TWO}]`, `[${TWO}, ${ONE}]`), 12, /more often/],
    [
      "a second place, the first one gone",
      (shown) => shown.replace(`- ${ONE}   #`, "#").replace(`[${TWO}]`, `[${ONE}, ${ONE}]`),
      12,
      /more often/,
    ],
  ])("refuses %s", (_where, edit, line, message) => {
    expect(faultsAfter(FILE, edit)).toEqual([expect.stringMatching(new RegExp(`^${line} .*${message.source}`))]);
  });

  test.each<[string, string, (shown: string) => string]>([
    ["a comment", "# admin_token: hunter2hunter\nauth: {}\n", (shown) => shown.replace("admin_token:", "was")],
    [
      "a URL",
      "providers: [{ name: m, base_url: 'https://u:pass-word-1@a.example/v1' }]\n",
      (shown) => shown.replace("://u:", "://").replace("@a", ".a"),
    ],
    ["a text", "providers: [{ name: 'Bearer fake1234abcd' }]\n", (shown) => shown.replace("Bearer", "x")],
  ])("refuses to take from around a secret what hid it in %s", (_where, text, edit) => {
    expect(faultsAfter(text, edit)).toEqual([`1 ${MOVED}`]);
  });

  test("minds no secret in a comment that stands open elsewhere", () => {
    const text = "# token: fast-one\nmodels: { fast-one: [a/b] }\n";
    expect(textAfter(text, (shown) => `${shown}server: {}\n`)).toBe(`${text}server: {}\n`);
  });

  test.each<[string, string, RegExp]>([
    ["without its end", ONE.slice(0, -1), /^8 .*part of a placeholder/],
    ["without its begin", ONE.slice(1), /^8 .*part of a placeholder/],
    ["without both", ONE.slice(1, -1), /^8 .*part of a placeholder/],
    ["with another mask", ONE.replace("fake", "sk-x"), /^8 .*was changed/],
    ["with another name", ONE.replace(/\w{10}/, "0123456789"), /^8 .*no secret of the file/],
  ])("refuses a placeholder %s", (_what, cut, message) => {
    expect(faultsAfter(FILE, (shown) => shown.replace(ONE, cut))).toEqual([expect.stringMatching(message)]);
  });

  test("keeps a secret that an alias already brought elsewhere, and lets no other one come so", () => {
    const text = "server: { host: *a }\nauth: { admin_token: &a fake-admin-1 }\n"
      .split("\n")
      .reverse()
      .join("\n")
      .trim();
    expect(textAfter(`${text}\n`, (shown) => `${shown}# end\n`)).toBe(`${text}\n# end\n`);
  });
});
