// Finds the field of the schema, and the place in the file, that a typed path means.

import { type Document, isAlias, isMap, isScalar } from "yaml";
import { z } from "zod";
import { count } from "../describe-value.ts";
import { type FieldPath, pathForMessage } from "../field-path.ts";
import { nameForMessage } from "../name-for-message.ts";
import { nearestName } from "../nearest-name.ts";
import { configSchema } from "../schema.ts";
import { fieldNames, schemaInside, unwrapped } from "../schema-shape.ts";
import { childNode, itemsOf } from "./child-node.ts";
import { type PathStep, parsePath } from "./parse-path.ts";
import { isMapSchema } from "./setting-value.ts";

export interface Setting {
  /** Positions in place of the names of items; an item that is missing comes after the last one. */
  readonly path: FieldPath;
  readonly schema: z.core.$ZodType;
  /** The name in the path, where it ends in the name of an item. */
  readonly itemName?: string;
  /** Where the path ends in an item that the list does not have: says so. */
  readonly missing?: string;
}

export type LocatedSetting =
  | { readonly ok: true; readonly setting: Setting }
  | { readonly ok: false; readonly message: string };

/** A setting on the way, and what stands there in the file. */
interface Place extends Setting {
  readonly node: unknown;
  /** As `path`, with the names of items that were given. */
  readonly written: FieldPath;
  /** The last step is a name that the operator chose, which may have dots. */
  readonly isNamed?: boolean;
}

type Move =
  /** `used`: how many steps lead to the place. */
  | { readonly ok: true; readonly used: number; readonly place: Place }
  | { readonly ok: false; readonly message: string };

const EXAMPLES = 'expected a path such as server.port, providers.openai.max_retries or models."gpt-4.1"';

/** Every path that the schema knows has a place, whether or not the file has something there. */
export function locateSetting(document: Document, text: string): LocatedSetting {
  let rest = parsePath(text);
  if (rest === undefined) return { ok: false, message: EXAMPLES };
  let place: Place = { path: [], written: [], schema: configSchema, node: document.contents };
  while (rest.length > 0) {
    if (place.missing !== undefined) return { ok: false, message: place.missing };
    const node = isAlias(place.node) ? place.node.resolve(document) : place.node;
    const move: Move = follow({ ...place, node }, rest, document);
    if (!move.ok) return move;
    place = move.place;
    rest = rest.slice(move.used);
  }
  return { ok: true, setting: place };
}

function follow(place: Place, rest: readonly PathStep[], document: Document): Move {
  const [step] = rest;
  if (step?.kind !== "name") return intoItem(place, step?.index ?? 0);
  const inner = unwrapped(place.schema);
  if (fieldNames(inner).includes(step.name)) return arrive(place, step.name, 1);
  if (inner instanceof z.ZodRecord) return intoEntry(place, rest, inner);
  if (hasNamedItems(inner)) return intoNamedItem(place, rest, document);
  return refuse(place.path, step.name, unknownName(place, step.name));
}

function intoItem(place: Place, index: number): Move {
  if (!isList(place.schema)) return { ok: false, message: `${pathForMessage(place.path)}: is no list` };
  const { length } = itemsOf(place.node);
  const missing = `${pathForMessage([...place.path, index])}: the list has ${count(length, "item")}`;
  if (index > length) return { ok: false, message: missing };
  return arrive(place, index, 1, index === length ? { missing } : {});
}

/** Where entries have no fields, what follows a dot is a part of the name. */
function intoEntry(place: Place, rest: readonly PathStep[], record: z.ZodRecord): Move {
  const names = leadingNames(rest);
  const isPresent = (name: string) => childNode(place.node, name) !== undefined;
  const used = isMapSchema(record.def.valueType) ? partsOfKnownName(names, isPresent) : names.length;
  return arrive(place, names.slice(0, used).join("."), used, { isNamed: true });
}

function intoNamedItem(place: Place, rest: readonly PathStep[], document: Document): Move {
  const names = leadingNames(rest);
  const present = itemsOf(place.node).map((item) => nameOfItem(item, document));
  const used = partsOfKnownName(names, (name) => present.includes(name));
  const itemName = names.slice(0, used).join(".");
  const index = present.indexOf(itemName);
  if (index === -1) {
    const missing = missingItem(place.written, itemName, present);
    return arrive(place, present.length, used, { itemName, missing, isNamed: true });
  }
  if (index === present.lastIndexOf(itemName)) return arrive(place, index, used, { itemName, isNamed: true });
  return refuse(place.path, itemName, `two items have this name, write the position [${index}] in its place`);
}

function arrive(from: Place, step: string | number, used: number, more: Partial<Place> = {}): Move {
  const schema = schemaInside(from.schema, step);
  if (schema === undefined) return refuse(from.path, step, "unknown field");
  const path = [...from.path, step];
  const written = [...from.written, more.itemName ?? step];
  const node = more.missing === undefined ? childNode(from.node, step) : undefined;
  return { ok: true, used, place: { ...more, path, written, schema, node } };
}

function refuse(path: FieldPath, step: string | number, message: string): Move {
  return { ok: false, message: `${pathForMessage([...path, step])}: ${message}` };
}

function missingItem(list: FieldPath, name: string, present: readonly (string | undefined)[]): string {
  const path = pathForMessage([...list, name]);
  const isProvider = list.at(-1) === "providers";
  const near = nearestName(
    name,
    present.flatMap((other) => other ?? []),
  );
  const position = /^\d{1,6}$/.test(name) ? `, by position it is ${pathForMessage([...list, Number(name)])}` : "";
  const hint = near === undefined ? position : `, did you mean ${nameForMessage(near)}`;
  const command = `openai-balance config set ${path} ${isProvider ? "{}" : "SECRET"}`;
  return `${path}: there is no ${isProvider ? "provider" : "item"} of this name${hint}; ${command} adds it`;
}

function unknownName({ path, schema, isNamed }: Place, name: string): string {
  if (isList(schema)) return `a list, whose items are written ${pathForMessage([...path, 0])}`;
  const known = fieldNames(schema);
  if (known.length === 0) return `unknown field, ${pathForMessage(path)} has none`;
  const near = nearestName(name, known);
  const hint = near === undefined ? `known are ${known.join(", ")}` : `did you mean ${near}`;
  return `unknown field, ${hint}${isNamed ? "; a name with dots is written in quotes" : ""}`;
}

/** The names before the first position, up to one that is quoted. */
function leadingNames(steps: readonly PathStep[]): readonly string[] {
  const names: string[] = [];
  for (const step of steps) {
    if (step.kind !== "name" || (step.isQuoted && names.length > 0)) break;
    names.push(step.name);
    if (step.isQuoted) break;
  }
  return names;
}

/** How many of the parts make the first name that is there; one if none does. */
function partsOfKnownName(parts: readonly string[], isKnown: (name: string) => boolean): number {
  const end = parts.findIndex((_, index) => isKnown(parts.slice(0, index + 1).join(".")));
  return Math.max(end, 0) + 1;
}

function isList(schema: z.core.$ZodType): boolean {
  const inner = unwrapped(schema);
  return inner instanceof z.ZodArray || (inner instanceof z.ZodUnion && inner.options.some(isList));
}

function hasNamedItems(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodArray && fieldNames(schema.element).includes("name");
}

function nameOfItem(item: unknown, document: Document): string | undefined {
  const node = isAlias(item) ? item.resolve(document) : item;
  const name = isMap(node) ? childNode(node, "name") : undefined;
  return isScalar(name) && typeof name.value === "string" ? name.value : undefined;
}
