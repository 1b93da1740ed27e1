// Whether two lists of keys are for the same providers.
import type { StoredKey } from "../config/stored-key.ts";

/** However many keys each has. */
export function haveSameProviders(a: readonly StoredKey[], b: readonly StoredKey[]): boolean {
  const [left, right] = [providersOf(a), providersOf(b)];
  return left.size === right.size && left.isSubsetOf(right);
}

function providersOf(keys: readonly StoredKey[]): ReadonlySet<string> {
  return new Set(keys.map(({ provider }) => provider));
}
