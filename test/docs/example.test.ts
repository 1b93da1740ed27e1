// config.example.yaml loads without a word, and shows every field that there is.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { configJsonSchema } from "../../src/config/json-schema.ts";
import { diagnose, loadValid } from "../config/load.ts";

const ROOT = join(import.meta.dir, "../..");
const EXAMPLE = readFileSync(join(ROOT, "config.example.yaml"), "utf8");
const WORLD = {
  yaml: EXAMPLE,
  env: {
    CLIENT_TOKEN: "sk-fake-client-token-0001",
    CI_TOKEN: "sk-fake-client-token-0002",
    ADMIN_TOKEN: "sk-fake-admin-token-0001",
    OPENAI_API_KEY: "sk-fake-openai-1,sk-fake-openai-2",
    OPENAI_KEY_B: "sk-fake-openai-3",
    AZURE_OPENAI_API_KEY: "sk-fake-azure",
    PROXY_URL: "http://user:fake-proxy-password@proxy-2.example:3128",
    SLACK_WEBHOOK_URL: "https://hooks.slack.com/services/T0/B0/fake",
    WEBHOOK_SECRET: "sk-fake-webhook-secret-0001",
    SPARE_PROXY: "socks5h://proxy-3.example",
  },
  files: {
    "/work/deepseek.keys": "# two keys\nsk-fake-deepseek-1\nsk-fake-deepseek-2\n",
    "/work/lab.key": "sk-fake-lab\n",
    "/work/fullchain.pem": readFileSync(join(ROOT, "test/fixture/tls/localhost.pem"), "utf8"),
    "/work/privkey.pem": readFileSync(join(ROOT, "test/fixture/tls/localhost.key"), "utf8"),
    "/work/lab-ca.pem": readFileSync(join(ROOT, "test/fixture/tls/ca.pem"), "utf8"),
  },
};

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
}

/** All fields below a schema as paths: `[]` stands for any item, `*` for any name. */
function fieldsOf(schema: JsonSchema, path = ""): readonly string[] {
  const { properties = {}, items, anyOf = [], additionalProperties } = schema;
  return [
    ...Object.entries(properties).flatMap(([name, inside]) => [
      `${path}.${name}`,
      ...fieldsOf(inside, `${path}.${name}`),
    ]),
    ...(items === undefined ? [] : fieldsOf(items, `${path}[]`)),
    ...anyOf.flatMap((option) => fieldsOf(option, path)),
    ...(typeof additionalProperties === "object" ? fieldsOf(additionalProperties, `${path}.*`) : []),
  ];
}

/** All fields that a value has, where a name of the operator's own counts as itself and as `*`. */
function shownIn(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => shownIn(item, `${path}[]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inside]) =>
    [`${path}.${name}`, `${path}.*`].flatMap((at) => [at, ...shownIn(inside, at)]),
  );
}

test("config.example.yaml loads without a word", () => {
  expect(diagnose(WORLD)).toEqual([]);
  expect(loadValid(WORLD).config.providers.map(({ name, keys }) => [name, keys.length])).toEqual([
    ["openai", 4],
    ["deepseek", 2],
    ["azure", 1],
    ["lab", 1],
    ["local", 1],
  ]);
});

test("config.example.yaml shows every field of the schema", () => {
  const fields = new Set(fieldsOf(configJsonSchema() as JsonSchema));
  expect(fields.size).toBeGreaterThan(60);
  const shown = new Set(shownIn(parse(EXAMPLE)));
  // The forms of a secret are alternatives: each stands somewhere, not in every place.
  const missing = [...fields].filter((field) => !shown.has(field) && !/\.(env|file)$/.test(field));
  expect(missing).toEqual([]);
  expect(EXAMPLE).toMatch(/\{ env: \w+ \}/);
  expect(EXAMPLE).toMatch(/\{ file: [\w.]+ \}/);
});

test("config.example.yaml is what the JSON Schema accepts", () => {
  expect(z.fromJSONSchema(configJsonSchema() as never).safeParse(parse(EXAMPLE)).success).toBe(true);
});

test("every line of config.example.yaml fits an editor", () => {
  expect(EXAMPLE.split("\n").filter((line) => line.length > 120)).toEqual([]);
});
