// What is made from the schema: JSON Schema and reference agree with it.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { configJsonSchema } from "../../src/config/json-schema.ts";
import { renderReference } from "../../src/config/reference.ts";

const ROOT = join(import.meta.dir, "../..");
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: unknown;
  readonly description?: string;
  readonly default?: unknown;
}

/** The schema of what editors check. */
const schema = configJsonSchema() as JsonSchema;

function accepts(value: unknown): boolean {
  return z.fromJSONSchema(schema as never).safeParse(value).success;
}

test("the JSON Schema accepts references to variables", () => {
  expect(accepts({ server: { port: "$\x7bPORT}", repair_paths: "$\x7bREPAIR:-true}" } })).toBe(true);
});

test.each([
  { servr: {} },
  { server: { port: "80" } },
  { server: { port: 70_000 } },
  { logging: { level: "loud" } },
  { providers: [{}] },
  { limits: { rpm: 0 } },
  { rules: [{ status: 429 }] },
  { rules: [JSON.parse('{ "status": 200, "then": "client" }')] },
  { strategy: "cheapest" },
  { providers: [{ name: "a", api_keys: [{ ky: "x" }] }] },
])("the JSON Schema refuses %j", (value) => {
  expect(accepts(value)).toBe(false);
});

test("every field of the JSON Schema has a description", () => {
  const bare: string[] = [];
  const walk = (node: JsonSchema, path: string) => {
    for (const [name, inside] of Object.entries(node.properties ?? {})) {
      if (inside.description === undefined) bare.push(`${path}.${name}`);
      walk(inside, `${path}.${name}`);
    }
    for (const inside of [...(node.anyOf ?? []), ...(node.items ? [node.items] : [])]) walk(inside, path);
    if (typeof node.additionalProperties === "object") walk(node.additionalProperties as JsonSchema, `${path}.*`);
  };
  walk(schema, "");
  expect(bare).toEqual([]);
});

test("the defaults of the JSON Schema are those in effect", () => {
  expect(schema.properties?.server?.properties?.port?.default).toBe(8000);
  expect(schema.properties?.timeouts?.properties?.first_byte?.default).toBe("5m");
});

test("docs/config.md is fresh", () => {
  const text = readFileSync(join(ROOT, "docs/config.md"), "utf8");
  expect(text, "Write it anew: it is what renderReference() in src/config/reference.ts returns").toBe(
    renderReference(),
  );
});

test("the reference says kind and meaning of every field", () => {
  const rows = renderReference()
    .split("\n")
    .filter((line) => line.startsWith("| `") && !line.includes("OPENAI_BALANCE_"));
  expect(rows.length).toBeGreaterThan(60);
  for (const row of rows) expect(row).toMatch(/^\| `[\w.*]+` \| \S.* \|$/);
});
