// What holds for every setting, value and layout: the file says what was set, and all else as before.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { parse } from "yaml";
import { z } from "zod";
import { editConfig } from "../../src/config/edit-config.ts";
import { pathText } from "../../src/config/field-path.ts";
import { configSchema } from "../../src/config/schema.ts";
import { fieldsOf, unwrapped } from "../../src/config/schema-shape.ts";
import { edited } from "./edited.ts";
import { load, loadValid } from "./load.ts";

interface Scalar {
  readonly path: readonly string[];
  readonly schema: z.core.$ZodType;
}

/** Every field with one value in the maps of fixed fields. */
function scalarsOf(schema: z.core.$ZodType, path: readonly string[]): readonly Scalar[] {
  return Object.entries(fieldsOf(schema) ?? {}).flatMap(([name, field]) => {
    const inner = unwrapped(field);
    const inside = [...path, name];
    if (fieldsOf(inner) !== undefined) return scalarsOf(inner, inside);
    return inner instanceof z.ZodArray || inner instanceof z.ZodRecord ? [] : [{ path: inside, schema: field }];
  });
}

const PROVIDER = "providers.second";
const providerSchema = (unwrapped(configSchema.shape.providers) as z.ZodArray).element;

/** Of these each field takes those that are valid there. */
const VALUES = [
  ...[
    "localhost",
    "127.0.0.1",
    "second",
    "1s",
    "250ms",
    "10m",
    "64MiB",
    "200",
    "k2",
    "gpt-4o",
    "X-Key",
    "/models",
    "direct",
  ],
  ...[
    "https://b.example/v2",
    "http://127.0.0.1:1",
    "sk-fake-admin-22",
    "UTC",
    "a: b",
    "true",
    "8000",
    "#x",
    " y ",
    "'z\"",
  ],
  ...[true, false, 0, 1, 2, 7, 50, 1234, 65_535, 0.25],
];

/** Values that a field accepts. */
function valuesOf(schema: z.core.$ZodType): readonly unknown[] {
  const inner = unwrapped(schema);
  const words = inner instanceof z.ZodEnum ? inner.options : [];
  const accepts = (value: unknown) => z.safeParse(schema, value).success;
  // Digits are typed for the number wherever one is accepted.
  const isTypedAs = (value: unknown) => typeof value !== "string" || !/^\d+$/.test(value) || !accepts(Number(value));
  return [...words, ...VALUES].filter((value) => accepts(value) && isTypedAs(value));
}

const LAYOUTS: Readonly<Record<string, string>> = {
  "on lines": `# mine
auth: # who
    client_tokens:
        - sk-fake-client-token-1 # one
    # no more

server:
    host:   localhost   # here


providers:

    # the first
    - name: first
      base_url: https://a.example/v1
      api_keys:
          - sk-fake-1

    - name: second
      # yes
      base_url: 'https://b.example/v1'
      keys_file: second.keys # of it
      headers: { X-Team:   "a" }
      # end
# models:
`,
  "in brackets": `auth: { client_tokens: [sk-fake-client-token-1] }
providers: [ {name: first, base_url: "https://a.example/v1", api_keys: [sk-fake-1]},
  { name: second, base_url: https://b.example/v1, keys_file: second.keys, timeouts: {}, }] # end
server: {host: localhost}
`,
  "as JSON": JSON.stringify(
    {
      auth: { client_tokens: ["sk-fake-client-token-1"] },
      providers: [
        { name: "first", base_url: "https://a.example/v1", api_keys: ["sk-fake-1"] },
        { name: "second", base_url: "https://b.example/v1", keys_file: "second.keys" },
      ],
    },
    null,
    2,
  ),
  "with lists that are not indented": `auth:
  client_tokens:
  - name: ci
    token: sk-fake-client-token-1
timeouts: &clocks
  connect: 3s
providers:
- name: first
  base_url: https://a.example/v1
  api_keys:
  - key: sk-fake-1
- keys_file: second.keys
  name: second
  base_url: https://b.example/v1
logging: {}`,
};

/** Files for the fields that name one, whichever value they get. */
const FILES = Object.fromEntries(["second.keys", ...VALUES].map((name) => [`/work/${name}`, "sk-fake-2\n"]));

/** What the name of a provider stands in for. */
const DERIVED: Readonly<Record<string, string>> = { "providers[1].name": "providers[1].path" };

const SCALARS = [
  ...scalarsOf(configSchema, []),
  ...scalarsOf(providerSchema, []).map(({ path, schema }) => ({ path: [PROVIDER, ...path], schema })),
].map(({ path, schema }) => ({ path, values: valuesOf(schema) }));

/** A field and a value that it accepts. */
const setting = fc
  .constantFrom(...SCALARS.filter(({ values }) => values.length > 0))
  .chain(({ path, values }) => fc.record({ path: fc.constant(path), value: fc.constantFrom(...values) }));
const layout = fc
  .tuple(fc.constantFrom(...Object.values(LAYOUTS)), fc.boolean(), fc.boolean())
  .map(
    ([text, hasMark, hasReturns]) => (hasMark ? "\uFEFF" : "") + (hasReturns ? text.replaceAll("\n", "\r\n") : text),
  );

type Tree = Record<string, unknown>;

function treeOf(text: string): Tree {
  return parse(text.replace("\uFEFF", "")) as Tree;
}

/** The tree with one value set, made without the program. */
function withValue(text: string, path: readonly string[], value: unknown): Tree {
  const tree = treeOf(text);
  const providers = tree.providers as Tree[];
  const isInProvider = path[0] === PROVIDER;
  let parent = isInProvider ? (providers.find(({ name }) => name === "second") ?? {}) : tree;
  const names = isInProvider ? path.slice(1) : path;
  for (const name of names.slice(0, -1)) {
    parent[name] ??= {};
    parent = parent[name] as Tree;
  }
  parent[names.at(-1) ?? ""] = value;
  return tree;
}

/** Every single value by its path. */
function leavesOf(value: unknown, path: readonly (string | number)[] = []): readonly (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return [[pathText(path), value]];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([step, inside]) => leavesOf(inside, [...path, step]));
}

test("there is a value to try for every field", () => {
  expect(SCALARS.filter(({ values }) => values.length === 0).map(({ path }) => path.join("."))).toEqual([]);
});

test("the file says what was set, and everything else as before", () => {
  fc.assert(
    fc.property(layout, setting, (text, { path, value }) => {
      const { text: after } = edited(text, path.join("."), String(value));
      expect(treeOf(after)).toEqual(withValue(text, path, value));
      expect(after.startsWith("\uFEFF")).toBe(text.startsWith("\uFEFF"));
      if (text.includes("\r\n")) expect(after).not.toMatch(/[^\r]\n/);
    }),
    { numRuns: 200 },
  );
});

test("loading gives exactly the value that was set, and the others as before", () => {
  fc.assert(
    fc.property(layout, setting, (text, { path, value }) => {
      const result = load({ files: FILES, yaml: edited(text, path.join("."), String(value)).text });
      fc.pre(result.ok);
      const before = new Map(leavesOf(loadValid({ files: FILES, yaml: text }).effective));
      const after = new Map(leavesOf(result.effective));
      const field = path.join(".").replace(PROVIDER, "providers[1]");
      expect(after.get(field)).toEqual(value);
      for (const name of [field, DERIVED[field] ?? field, `providers[0].${field}`, `providers[1].${field}`]) {
        before.delete(name);
        after.delete(name);
      }
      expect(after).toEqual(before);
    }),
    { numRuns: 200 },
  );
});

test("a line is replaced at most, and all others stay", () => {
  fc.assert(
    fc.property(layout, setting, (text, { path, value }) => {
      const after = edited(text, path.join("."), String(value)).text.split("\n");
      const lost: string[] = [];
      let at = 0;
      for (const line of text.split("\n")) {
        const found = after.indexOf(line, at);
        if (found === -1) lost.push(line);
        else at = found + 1;
      }
      expect(lost.length).toBeLessThan(text.includes("{name: first") ? 3 : 2);
    }),
    { numRuns: 200 },
  );
});

test("unset takes back what set added, to the letter", () => {
  fc.assert(
    fc.property(layout, setting, (text, { path, value }) => {
      const field = path.join(".");
      fc.pre(!isWritten(text, path));
      expect(edited(edited(text, field, String(value)).text, field).text).toBe(text);
    }),
    { numRuns: 200 },
  );
});

test("setting the same again changes nothing", () => {
  fc.assert(
    fc.property(layout, setting, (text, { path, value }) => {
      const once = edited(text, path.join("."), String(value));
      // A provider that was renamed is no longer there.
      const field = once.path;
      expect(edited(once.text, field, String(value))).toMatchObject({ changed: false, text: once.text });
    }),
    { numRuns: 200 },
  );
});

test("no message quotes a value", () => {
  const field = fc.constantFrom("server", "models", "providers", "models.a", "timeouts.models", "auth.admin_token");
  const value = fc.tuple(
    fc.constantFrom("", "[", "{", "- ", "a: ", "*", "!", "'", "{ a: "),
    fc.stringMatching(/^[a-z]{12}$/),
  );
  fc.assert(
    fc.property(layout, field, value, (text, path, [start, secret]) => {
      const result = editConfig(text, { path, value: start + secret });
      if (!result.ok) expect(result.message).not.toContain(secret);
    }),
  );
});

/** The field, or an empty map that it would stand in, is in the file. */
function isWritten(text: string, path: readonly string[]): boolean {
  const [first, ...others] = path;
  const tree = treeOf(text);
  let inside = first === PROVIDER ? (tree.providers as Tree[]).find(({ name }) => name === "second") : tree;
  for (const name of first === PROVIDER ? others : path) {
    if (Object.keys(inside ?? {}).length === 0) return true;
    if (inside?.[name] === undefined) return false;
    inside = inside[name] as Tree;
  }
  return true;
}
