// The closed list of names that operations have, for whoever writes patterns of them.

import { GEMINI_SERVICES } from "../realtime/socket-operation.ts";
import { GEMINI_NAMES } from "./native-operations.ts";
import { OPERATION_ROWS, STATEFUL_FAMILIES } from "./operation-table.ts";

/** As `operationOf` and `socketFacts` name them. */
export const OPERATION_NAMES: readonly string[] = [
  ...new Set([
    ...OPERATION_ROWS.map(({ template }) => template),
    ...Array.from(STATEFUL_FAMILIES, (family) => `${family}/*`),
    ...GEMINI_NAMES,
    ...GEMINI_SERVICES,
    "unknown",
  ]),
];
