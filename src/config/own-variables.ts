// The variables OPENAI_BALANCE_*: one for every setting outside providers and models.

import type { z } from "zod";
import { coerceText } from "./coerce-text.ts";
import type { DiagnosticList } from "./diagnostic.ts";
import type { FieldPath } from "./field-path.ts";
import type { Environment } from "./interpolate.ts";
import { nameForMessage } from "./name-for-message.ts";
import { nearestName } from "./nearest-name.ts";
import { configSchema } from "./schema.ts";
import { fieldsOf } from "./schema-shape.ts";

const PREFIX = "OPENAI_BALANCE_";

/**
 * Read elsewhere: where the config and the data are, the key of the key store, which daemon commands act on, the
 * passphrase of backups, where install.sh looks for releases, the binary that tests run.
 */
const OTHERS = [
  "CONFIG",
  "DATA_DIR",
  "MASTER_KEY",
  "URL",
  "TOKEN",
  "PROFILE",
  "BACKUP_PASSPHRASE",
  "RELEASES",
  "BIN",
].map((name) => PREFIX + name);

export interface OwnVariable {
  readonly name: string;
  readonly path: readonly string[];
  readonly schema: z.core.$ZodType;
}

/** All of them, in the order of the schema. */
export const OWN_VARIABLES: readonly OwnVariable[] = variablesOf(configSchema, []);

/** A value that replaces one of the file. */
export interface Override {
  readonly path: FieldPath;
  readonly value: unknown;
  readonly variable: string;
}

/** What the environment sets; an empty variable sets nothing, an unknown name with the prefix is an error. */
export function readOwnVariables(env: Environment, list: DiagnosticList): readonly Override[] {
  const known = new Map(OWN_VARIABLES.map((variable) => [variable.name, variable]));
  const overrides: Override[] = [];
  for (const [name, text] of Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (!name.startsWith(PREFIX) || OTHERS.includes(name) || text === undefined) continue;
    const variable = known.get(name);
    if (variable === undefined) reportUnknown(name, [...known.keys(), ...OTHERS], list);
    else if (text !== "")
      overrides.push({ path: variable.path, value: coerceText(variable.schema, text), variable: name });
  }
  return overrides;
}

function reportUnknown(name: string, known: readonly string[], list: DiagnosticList): void {
  const withoutPrefix = known.map((other) => other.slice(PREFIX.length));
  const near = nearestName(name.slice(PREFIX.length), withoutPrefix);
  const hint = near === undefined ? "levels are joined by two underscores" : `did you mean ${PREFIX}${near}`;
  const source = { kind: "variable", name: nameForMessage(name) } as const;
  list.add({ severity: "error", source, path: "", message: `unknown setting, ${hint}` });
}

function variablesOf(schema: z.core.$ZodType, path: readonly string[]): OwnVariable[] {
  return Object.entries(fieldsOf(schema) ?? {}).flatMap(([name, field]) => {
    if (path.length === 0 && (name === "providers" || name === "models")) return [];
    const inside = [...path, name];
    if (fieldsOf(field) !== undefined) return variablesOf(field, inside);
    return [{ name: PREFIX + inside.join("__").toUpperCase(), path: inside, schema: field }];
  });
}
