// Every name that an operation can have is in the list by which patterns are checked.
import { expect, test } from "bun:test";
import { OPERATION_NAMES } from "../../../src/proxy/paths/operation-names.ts";
import { OPERATION_ROWS, STATEFUL_FAMILIES } from "../../../src/proxy/paths/operation-table.ts";
import { operationOf } from "../../../src/proxy/paths/operations.ts";
import { socketFacts } from "../../../src/proxy/realtime/socket-operation.ts";

const BELOW_V1 = [
  ...OPERATION_ROWS.map(({ template }) => `/${template.replace("{id...}", "org/name").replaceAll("{id}", "x")}`),
  ...Array.from(STATEFUL_FAMILIES, (family) => `/${family}/what/nobody/knows/yet`),
  "",
  "/",
  "/nobody-knows",
];
const GEMINI = [
  ...["models", "models/m", "models/m/operations/o", "tunedModels", "tunedModels/t", "interactions"],
  ...["interactions/i", "interactions/i/cancel", "files:register", "files/f", "batches/b", "nobody-knows"],
  ...[
    "generateContent",
    "streamGenerateContent",
    "countTokens",
    "embedContent",
    "batchEmbedContents",
    "predict",
  ].flatMap((call) => [`models/m:${call}`, `tunedModels/t:${call}`]),
  ...["batchGenerateContent", "predictLongRunning"].map((call) => `models/m:${call}`),
];

test.each(["GET", "POST", "DELETE"])("of %s", (method) => {
  const names = [
    ...BELOW_V1.map((path) => operationOf(method, path).name),
    ...BELOW_V1.map((path) => operationOf(method, `/openai/deployments/d${path}`, "azure").name),
    ...BELOW_V1.map((path) => operationOf(method, `/v1${path}`, "anthropic").name),
    ...GEMINI.map((path) => operationOf(method, `/v1beta/${path}`, "gemini").name),
    ...GEMINI.map((path) => operationOf(method, `/upload/v1beta/${path}`, "gemini").name),
  ];
  expect(names.filter((name) => !OPERATION_NAMES.includes(name))).toEqual([]);
});

test("of WebSockets", () => {
  const service = "/ws/google.ai.generativelanguage.v1beta.GenerativeService";
  const names = [
    ...BELOW_V1.map((path) => socketFacts(path, "", undefined).operation.name),
    ...["BidiGenerateContent", "BidiGenerateMusic"].map(
      (call) => socketFacts(`${service}.${call}`, "", "gemini").operation.name,
    ),
  ];
  expect(names.filter((name) => !OPERATION_NAMES.includes(name))).toEqual([]);
});
