// Every operation of the official SDK is in the table of operations, and what is decided for it fits what it does.
import { describe, expect, test } from "bun:test";
import { RESERVED_NAMES } from "../../src/config/check-provider-names.ts";
import { matchTemplate } from "../../src/proxy/paths/match-template.ts";
import { scopedOperation } from "../../src/proxy/paths/model-operations.ts";
import { OPERATION_ROWS } from "../../src/proxy/paths/operation-table.ts";
import { operationOf } from "../../src/proxy/paths/operations.ts";
import { parsePath } from "../../src/proxy/paths/parse-path.ts";
import { createProviderNames } from "../../src/proxy/paths/provider-names.ts";
import { readOpenAiOperations } from "../fixture/openai-operations.ts";
import { sdkOperations, sdkSockets } from "../fixture/sdk-operations.ts";

const TABLE = readOpenAiOperations();
const OPERATIONS = TABLE.map(({ path, ...row }) => ({ ...row, template: path.split("?")[0]?.slice(1) ?? "" }));
const TEMPLATES = [...new Set(OPERATIONS.map(({ template }) => template))];
const NAMES = namesOf("deepseek");

/** Where the SDK opens WebSockets. */
const SOCKETS = [
  "live/sessions",
  "live/sessions/{id}/attach",
  "live/sessions/{id}/fork",
  "realtime",
  "realtime/translations",
  "responses",
];
/** Anthropic's, Cohere's and Mistral's, and what the API had once. */
const NOT_IN_SDK =
  /^(?:messages(?:\/.*)?|rerank|(?:fim|agents)\/completions|(?:chat\/)?(?:moderations|classifications)|ocr|uploads\/\{id\})$/;

test("the table and the official SDK have the same operations", async () => {
  const sent = (await sdkOperations()).map(
    ({ sdk, method, template, body, answer }) => `${sdk.name}: ${method} ${template}, ${body} -> ${answer}`,
  );
  const listed = TABLE.map(
    ({ name, method, path, body, answer }) => `${name}: ${method} ${path}, ${body} -> ${answer}`,
  );
  expect(listed.toSorted()).toEqual(sent.toSorted());
});

test("the SDK opens WebSockets at known paths", () => {
  expect(sdkSockets()).toEqual(SOCKETS);
  for (const path of SOCKETS) expect(matchTemplate(path.split("/"))?.row.template).toBe(path);
});

describe("operationOf", () => {
  test.each(OPERATIONS)("decides $method $template", ({ method, template, key, sent }) => {
    const operation = operationOf(method, `/${filled(template)}`);
    expect({ template: operation.template, stateful: operation.stateful, computes: operation.computes }).toEqual({
      template: `/v1/${matchTemplate(template.split("/"))?.row.template}`,
      stateful: key === "one",
      computes: sent === "repeat",
    });
  });

  test.each(OPERATIONS)("tells whether $method $template names its model", ({ method, template, model }) => {
    const operation = operationOf(method, `/${filled(template)}`);
    expect(scopedOperation(operation, method).namesModel).toBe(model === "yes");
  });

  test("has no row that the SDK does not have, but those of others", () => {
    const known = new Set([...TEMPLATES, ...SOCKETS].map((template) => matchTemplate(template.split("/"))?.row));
    const others = OPERATION_ROWS.filter((row) => !known.has(row)).map(({ template }) => template);
    expect(others.filter((template) => !NOT_IN_SDK.test(template))).toEqual([]);
  });
});

describe("parsePath", () => {
  test.each(TEMPLATES)("repairs the usual mistakes around %s", (template) => {
    const path = filled(template);
    const rest = `/${path}`;
    expect(parsePath(`/v1/${path}`, NAMES, true)).toEqual({ kind: "default", rest });
    for (const mistaken of [`/${path}`, `/v1/v1/${path}`, `/api/v1/${path}`, `//v1//${path}`, `/v1/${path}/`]) {
      expect(parsePath(mistaken, NAMES, true)).toMatchObject({ kind: "default", rest, repaired: { from: mistaken } });
    }
    for (const mistaken of [`/deepseek/${path}`, `/hf/deepseek/${path}`, `/deepseek/v1/v1/${path}`]) {
      expect(parsePath(mistaken, NAMES, true)).toMatchObject({ kind: "provider", provider: "deepseek", rest });
    }
  });

  const UNRESERVED = TEMPLATES.filter((template) => !RESERVED_NAMES.has(familyOf(template)));

  test.each(UNRESERVED)(
    "takes %s without its /v1 for no other operation of a provider with its first word",
    (template) => {
      const path = filled(template);
      expect(parsePath(`/${path}`, namesOf(familyOf(path)), true).kind).toBe("error");
      expect(parsePath(`/v1/${path}`, namesOf(familyOf(path)), true)).toEqual({ kind: "default", rest: `/${path}` });
    },
  );
});

function filled(template: string): string {
  let count = 0;
  return template.replaceAll("{id}", () => `id-${count++}`);
}

function familyOf(path: string): string {
  return path.split("/", 1)[0] ?? "";
}

function namesOf(name: string) {
  return createProviderNames([{ name, path: name, dialect: "openai", nativePrefixes: [] }]);
}
