// Which operation a method and a path are: what may be retried, what needs the account that made an object.
import type { DialectName } from "../config/config.ts";
import { matchTemplate } from "./match-template.ts";
import { nativeOperation } from "./native-operations.ts";
import type { Operation } from "./operation.ts";
import { type OperationRow, STATEFUL_FAMILIES } from "./operation-table.ts";

const UNKNOWN: Operation = { name: "unknown", computes: false, stateful: false, protocol: "other", template: "/v1/*" };

/**
 * The operation of a request. `rest`: what follows `/v1`, or the whole path when `native` names its dialect.
 * GET and HEAD always only compute.
 */
export function operationOf(method: string, rest: string, native?: DialectName): Operation {
  const found = native === undefined ? operationBelowV1(method, rest) : nativeOperationOf(method, rest, native);
  return found.computes || !isRead(method) ? found : { ...found, computes: true };
}

function nativeOperationOf(method: string, path: string, dialect: DialectName): Operation {
  // Anthropic's native paths are those of the table.
  if (dialect === "anthropic") return operationBelowV1(method, path.replace(/^\/v1/, ""));
  const native = nativeOperation(path, dialect);
  if (!("azure" in native)) return native;
  const found = operationBelowV1(method, native.azure);
  return { ...found, template: found.template.replace("/v1", "/openai/deployments/{model}") };
}

function operationBelowV1(method: string, rest: string): Operation {
  const row = matchTemplate(rest.slice(1).split("/"))?.row;
  if (row !== undefined) return operationOfRow(method, row);
  const family = rest.split("/", 2)[1] ?? "";
  if (!STATEFUL_FAMILIES.has(family)) return UNKNOWN;
  return { ...UNKNOWN, name: `${family}/*`, stateful: true, template: `/v1/${family}/*` };
}

function operationOfRow(method: string, row: OperationRow): Operation {
  const { kind, protocol } = row;
  const isCall = method === "POST";
  return {
    name: row.template,
    computes: kind === "computes" && isCall,
    stateful: kind === "stateful" || (kind === "computes" && !isCall) || (kind === "catalog" && !isRead(method)),
    protocol,
    template: `/v1/${row.template}`,
  };
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
