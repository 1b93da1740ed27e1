// The names of operations, for those that read a configuration.
import { OPERATION_NAMES } from "../proxy/paths/operation-names.ts";

/** By which patterns of operations are checked. */
export function operationNames(): readonly string[] {
  return OPERATION_NAMES;
}
