// Reads values of files that anybody may have written: what is not as expected is said by its place, never quoted.
import { describeValue } from "../config/describe-value.ts";
import { ImportFault, type Row } from "./import-source.ts";

/** A map. @throws ImportFault. */
export function mapAt(value: unknown, where: string): Row {
  if (isMap(value)) return value;
  throw new ImportFault(`${where}: expected a map, got ${describeValue(value)}`);
}

/** A list. @throws ImportFault. */
export function listAt(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new ImportFault(`${where}: expected a list, got ${describeValue(value)}`);
}

export function isMap(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field's text without spaces around it, also of a number; undefined where there is none. */
export function textOf(row: Row, field: string): string | undefined {
  const value = Object.hasOwn(row, field) ? row[field] : undefined;
  const text = typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
  return text === "" ? undefined : text;
}

/** A field's number, also of a text; undefined where there is none. */
export function numberOf(row: Row, field: string): number | undefined {
  const text = textOf(row, field);
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** The value of a field that holds JSON, as a text or as it is; undefined where it is empty. @throws ImportFault. */
export function jsonOf(row: Row, field: string, where: string): unknown {
  const value = Object.hasOwn(row, field) ? row[field] : undefined;
  if (typeof value !== "string") return value instanceof Uint8Array ? parsed(new TextDecoder().decode(value)) : value;
  return value.trim() === "" ? undefined : parsed(value);

  function parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw new ImportFault(`${where}.${field}: expected JSON, got ${describeValue(text)}`);
    }
  }
}
