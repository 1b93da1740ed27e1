// The fields that hold a credential are those whose schema says so.

import { expect, test } from "bun:test";
import { z } from "zod";
import type { FieldPath } from "../../src/config/field-path.ts";
import { pathText } from "../../src/config/field-path.ts";
import { configSchema } from "../../src/config/schema.ts";
import { fieldNames, schemaInside, unwrapped } from "../../src/config/schema-shape.ts";
import { holdsSecret, isSecretField } from "../../src/config/secret-fields.ts";

interface Field {
  readonly path: FieldPath;
  readonly schema: z.core.$ZodType;
}

/** Every field and item that the schema knows, with `entry` for names that are free. */
function fieldsBelow({ path, schema }: Field): readonly Field[] {
  const inner = unwrapped(schema);
  const steps = inner instanceof z.ZodRecord ? ["entry"] : [...fieldNames(inner), 0];
  const inside = steps.flatMap((step) => {
    const found = schemaInside(inner, step);
    return found === undefined ? [] : [{ path: [...path, step], schema: found }];
  });
  return inside.flatMap((field) => [field, ...fieldsBelow(field)]);
}

const FIELDS = fieldsBelow({ path: [], schema: configSchema });

test("every field that takes { env: NAME } is secret, and so are the values of headers", () => {
  const references = FIELDS.filter(({ schema }) => fieldNames(schema).includes("env"));
  const headers = FIELDS.filter(({ path }) => /^(custom_)?headers$/.test(String(path.at(-2))));
  expect(references.length).toBe(10);
  expect(headers.length).toBe(4);
  const secret = FIELDS.filter(({ path }) => isSecretField(path)).map(({ path }) => pathText(path));
  expect(secret.toSorted()).toEqual([...references, ...headers].map(({ path }) => pathText(path)).toSorted());
});

test.each<[path: FieldPath, isSecret: boolean]>([
  [["auth", "admin_token"], true],
  [["auth", "admin_token", "env"], false],
  [["auth", "client_tokens"], false],
  [["auth", "client_tokens", 3], true],
  [["auth", "client_tokens", "3"], false],
  [["providers", 1, "headers", "X-Any"], true],
  [["providers", 1, "headers", 0], false],
  [["providers", "headers", "X-Any"], false],
  [[], false],
])("isSecretField(%j) is %p", (path, isSecret) => {
  expect(isSecretField(path)).toBe(isSecret);
});

test.each<[path: FieldPath, value: unknown, isSecret: boolean]>([
  [["auth"], { client_tokens: ["x"] }, true],
  [["auth"], { client_tokens: [{ env: "X" }], admin_token: { file: "x" } }, false],
  [["auth", "client_tokens"], [{ name: "a" }], false],
  [["providers"], [{ name: "a" }, { name: "b", api_keys: [{ key: "x" }] }], true],
  [["providers", 0], { custom_headers: { A: "b" } }, true],
  [["auth", "admin_token"], null, false],
  [["auth", "admin_token"], undefined, false],
  [["auth", "admin_token"], 5, true],
  [["server", "port"], 5, false],
  [["proxies"], { urls: ["http://h:1"] }, true],
  [["proxies", "urls"], [{ env: "X" }], false],
  [["providers", 0], { proxies: "direct" }, false],
  [["providers", 0], { api_keys: [{ proxies: ["http://h:1"] }] }, true],
])("holdsSecret(%j, %j) is %p", (path, value, isSecret) => {
  expect(holdsSecret(path, value)).toBe(isSecret);
});
