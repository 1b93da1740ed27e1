// Which operation a method and a path are: what may be retried, what needs the account that made an object.
import type { NativeVendor } from "../../upstream/dialect.ts";
import { matchTemplate } from "./match-template.ts";
import { azureTemplate, geminiOperation, restBelowV1 } from "./native-operations.ts";
import type { Operation } from "./operation.ts";
import { OPERATION_ROWS, type OperationRow, STATEFUL_FAMILIES } from "./operation-table.ts";

const UNKNOWN: Operation = { name: "unknown", computes: false, stateful: false, protocol: "other", template: "/v1/*" };

/** What one row of the table is with each kind of method. */
interface RowOperations {
  readonly read: Operation;
  readonly call: Operation;
  readonly other: Operation;
}

const BY_ROW: ReadonlyMap<OperationRow, RowOperations> = new Map(OPERATION_ROWS.map((row) => [row, operationsOf(row)]));
/** Paths without parameters, as nearly every request has one, need no look at their segments. */
const BY_PATH: ReadonlyMap<string, RowOperations> = new Map(
  Array.from(BY_ROW, ([row, operations]) => [`/${row.template}`, operations] as const),
);

/**
 * The operation of a request. `rest`: what follows `/v1`, or the whole path when `native` says whose it is.
 * GET and HEAD always only compute.
 */
export function operationOf(method: string, rest: string, native?: NativeVendor): Operation {
  const found = native === undefined ? operationBelowV1(method, rest) : nativeOperationOf(method, rest, native);
  return found.computes || !isRead(method) ? found : { ...found, computes: true };
}

function nativeOperationOf(method: string, path: string, vendor: NativeVendor): Operation {
  if (vendor === "gemini") return geminiOperation(path);
  // The native paths of the others lead to operations of the table.
  const found = operationBelowV1(method, restBelowV1(path, vendor));
  return vendor === "azure" ? { ...found, template: found.template.replace("/v1", azureTemplate(path)) } : found;
}

function operationBelowV1(method: string, rest: string): Operation {
  const known = BY_PATH.get(rest) ?? operationsOfSegments(rest.slice(1).split("/"));
  if (known !== undefined) return isRead(method) ? known.read : method === "POST" ? known.call : known.other;
  const family = rest.split("/", 2)[1] ?? "";
  if (!STATEFUL_FAMILIES.has(family)) return UNKNOWN;
  return { ...UNKNOWN, name: `${family}/*`, stateful: true, template: `/v1/${family}/*` };
}

function operationsOfSegments(segments: readonly string[]): RowOperations | undefined {
  const row = matchTemplate(segments)?.row;
  return row === undefined ? undefined : BY_ROW.get(row);
}

function operationsOf({ template, kind, protocol }: OperationRow): RowOperations {
  const facts = { name: template, protocol, template: `/v1/${template}` };
  const isStateful = kind === "stateful" || kind === "consults";
  return {
    read: { ...facts, computes: true, stateful: isStateful || kind === "computes" },
    call: {
      ...facts,
      computes: kind === "computes" || kind === "consults",
      stateful: isStateful || kind === "catalog",
    },
    other: { ...facts, computes: false, stateful: kind !== "plain" },
  };
}

/** It asks for what there is, and has nothing computed. */
export function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
