// Looks into the schema: what a field is underneath its default, and which fields a map has.

import { z } from "zod";

const WRAPPERS: ReadonlySet<string> = new Set(["optional", "nullable", "default", "prefault"]);

/** The schema without `optional`, `nullable`, `default` and `prefault` around it. */
export function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = schema._zod;
  const isWrapper = WRAPPERS.has(def.type);
  return isWrapper ? unwrapped((def as z.core.$ZodOptionalDef).innerType) : schema;
}

/** The fields of a map with fixed fields, in order; undefined for everything else. */
export function fieldsOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const inner = unwrapped(schema);
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}

/** Only a map, or a list of maps, can stand here. */
export function hasFields(schema: z.core.$ZodType): boolean {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodUnion) return inner.options.every(hasFields);
  return inner instanceof z.ZodArray
    ? hasFields(inner.element)
    : inner instanceof z.ZodObject || inner instanceof z.ZodRecord;
}

/** The names of all fields that a map may have here, whichever map of several is meant. */
export function fieldNames(schema: z.core.$ZodType): readonly string[] {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodUnion) return [...new Set(inner.options.flatMap(fieldNames))];
  return Object.keys(fieldsOf(inner) ?? {});
}

/** The schema of one field or item inside another; undefined where there is none. */
export function schemaInside(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject) return typeof step === "string" ? inner.shape[step] : undefined;
  if (inner instanceof z.ZodArray) return inner.element;
  if (inner instanceof z.ZodRecord) return inner.def.valueType;
  if (!(inner instanceof z.ZodUnion)) return undefined;
  return inner.options.map((option) => schemaInside(option, step)).find((found) => found !== undefined);
}
