// Keys of several providers, as rows and as the configuration that they come from.
import { type KeyRow, keyRows } from "../../src/admin/key-rows.ts";
import type { Config } from "../../src/config/config.ts";
import { loadValid } from "../config/load.ts";

/** A configuration of these providers, written in a file. */
export function configOf(providers: readonly object[], rest: object = {}): Config {
  return loadValid({ yaml: JSON.stringify({ providers, ...rest }) }).config;
}

/** The rows of its keys, with states by name. */
export function rowsOf(config: Config, states: Readonly<Record<string, KeyRow["state"]>> = {}): readonly KeyRow[] {
  return keyRows(config, []).map((row) => ({ ...row, state: states[row.name] ?? row.state }));
}
