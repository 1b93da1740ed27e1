// What holds for every config: its text comes back as it was, and no part of a secret is sent.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { concealed, textAfter } from "./concealed.ts";

const LETTERS = "ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz23456789";
const secret = fc
  .array(fc.constantFrom(...LETTERS), { minLength: 12, maxLength: 60 })
  .map((letters) => letters.join(""));
const spaced = fc
  .tuple(secret, fc.constantFrom("", "#", ": ", "'", '"', "\\", "{", "é", ",", "&*"))
  .map(([a, b]) => a + b + a);
const header = fc.oneof(secret, spaced);

/** A config with its secrets, and how it is laid out. */
const config = fc.record({
  admin: secret,
  tokens: fc.array(secret, { maxLength: 3 }),
  keys: fc.array(fc.tuple(secret, fc.boolean()), { maxLength: 4 }),
  headers: fc.dictionary(fc.constantFrom("Authorization", "X-Title", "x-api-key"), header, { maxKeys: 3 }),
  password: secret,
  hook: secret,
  signing: secret,
  comment: secret,
  style: fc.record({
    collectionStyle: fc.constantFrom<"block" | "flow">("block", "flow"),
    defaultStringType: fc.constantFrom<"PLAIN" | "QUOTE_DOUBLE" | "QUOTE_SINGLE" | "BLOCK_LITERAL" | "BLOCK_FOLDED">(
      "PLAIN",
      "QUOTE_DOUBLE",
      "QUOTE_SINGLE",
      "BLOCK_LITERAL",
      "BLOCK_FOLDED",
    ),
    defaultKeyType: fc.constantFrom<"PLAIN" | "QUOTE_DOUBLE">("PLAIN", "QUOTE_DOUBLE"),
    indent: fc.integer({ min: 1, max: 4 }),
    // Below the library breaks some lines wrongly.
    lineWidth: fc.constantFrom(0, 80),
  }),
});

type Config = typeof config extends fc.Arbitrary<infer Value> ? Value : never;

function textOf({ admin, tokens, keys, headers, password, hook, signing, comment, style }: Config): string {
  const tree = {
    auth: { client_tokens: tokens, admin_token: admin },
    proxies: { urls: [`http://user:${password}@proxy.example:3128`, "http://plain.example:1"] },
    providers: [
      {
        name: "one",
        base_url: "https://one.example/v1",
        api_keys: keys.map(([key, isMap]) => (isMap ? { key, weight: 2 } : key)),
        headers,
      },
    ],
    webhooks: [{ name: "hook", url: `https://hooks.example/${hook}`, secret: signing }],
  };
  const yaml = stringify(tree, style);
  return `# ${admin}\n${yaml}\n# admin_token: ${comment}\n`;
}

function secretsIn({ admin, tokens, keys, headers, password, hook, signing, comment }: Config): readonly string[] {
  return [admin, ...tokens, ...keys.map(([key]) => key), ...Object.values(headers), password, hook, signing, comment];
}

test("a text without changes comes back as it was, byte for byte", () => {
  fc.assert(
    fc.property(config, (made) => {
      const text = textOf(made);
      expect(textAfter(text, (shown) => shown)).toBe(text);
    }),
    { numRuns: 40 },
  );
});

test("eight characters in a row of a secret stand nowhere in what is sent", () => {
  fc.assert(
    fc.property(config, (made) => {
      const { text } = concealed(textOf(made));
      for (const secret of secretsIn(made)) {
        for (let at = 0; at + 8 <= secret.length; at++) expect(text).not.toContain(secret.slice(at, at + 8));
      }
    }),
    { numRuns: 40 },
  );
});
