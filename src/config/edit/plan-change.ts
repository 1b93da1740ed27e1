// Decides which change of a file's nodes sets or removes a setting, or why none does.

import { type Document, isAlias, isCollection, type Node } from "yaml";
import type { z } from "zod";
import { type FieldPath, pathForMessage } from "../field-path.ts";
import { configSchema } from "../schema.ts";
import { fieldNames, schemaInside } from "../schema-shape.ts";
import type { Change } from "./change.ts";
import { itemsOf, nodeAt, type Slot, slotOf } from "./child-node.ts";
import type { Setting } from "./locate-setting.ts";
import { meaningOf } from "./meaning.ts";
import { keepQuotes, newKey, newNode } from "./new-node.ts";
import { isMapSchema } from "./setting-value.ts";
import { hasOwnComments } from "./splice-removal.ts";
import { walkDown } from "./walk-down.ts";
import type { YamlSource } from "./yaml-source.ts";

export type Plan =
  /** Without a change the file already says so. */
  { readonly ok: true; readonly change: Change | undefined } | { readonly ok: false; readonly message: string };

/** A value and whether its lists and maps were written in brackets. */
export interface NewValue {
  readonly value: unknown;
  readonly isFlow: boolean;
}

/** An item of a list or, with a name, an entry of a map. */
export interface Addition {
  readonly name?: string;
  readonly value: unknown;
}

/** Replaces what stands there, or adds it with the maps that lead to it. */
export function planSetting(document: Document, setting: Setting, { value, isFlow }: NewValue): Plan {
  const { path, itemName } = setting;
  const walk = walkDown(document, path);
  if (!walk.ok) return walk;
  const { slots } = walk;
  const last = slots.at(-1);
  const rest = path.slice(slots.length);
  const isBlockItem = itemName !== undefined;
  if (last !== undefined && rest.length === 0) {
    const old = nodeAt(last);
    if (meaningOf(isAlias(old) ? old.resolve(document) : old) === meaningOf(document.createNode(value))) return NOTHING;
    if (isBlockItem && Object.keys(value as object).length === 1) {
      return refused(path, "is there already and has settings, unset it to start anew");
    }
    const isRootFlow = itemsOf(old).length > 0 && isCollection(old) ? old.flow === true : isFlow && !isBlockItem;
    const node = newNode(document, value, [], { isFlow, isRootFlow });
    keepQuotes(old, node);
    return changed({ kind: "replace", slot: last, node });
  }
  const style = { isFlow, isRootFlow: isFlow && !isBlockItem };
  return changed(addition(document, last, rest, (steps) => newNode(document, value, steps, style)));
}

/** Appends to a list or map that has something in it. */
export function planAdditions(document: Document, { path }: Setting, additions: readonly Addition[]): Plan {
  const names = additions.map(({ name }) => name);
  const [first = Number.POSITIVE_INFINITY] = names;
  const walk = walkDown(document, [...path, first]);
  if (!walk.ok) return walk;
  const last = walk.slots[path.length - 1];
  const container = last && nodeAt(last);
  if (!isCollection(container) || container.items.length === 0) return refused(path, "has nothing in it yet");
  if (names.some((name) => name !== undefined && slotOf(container, name) !== undefined))
    return refused(path, "has an entry of one of these names");
  const style = { isFlow: true, isRootFlow: true };
  const added = additions.map(({ name, value }) => ({
    key: name === undefined ? undefined : newKey(document, name),
    node: newNode(document, value, [], style),
  }));
  return changed({ kind: "add", parent: container as Slot["parent"], added });
}

function refused(path: FieldPath, fault: string): Plan {
  return { ok: false, message: `${pathForMessage(path)}: ${fault}` };
}

/** Takes the setting out, and maps that have nothing else to say, unless comments stand in them. */
export function planRemoval(document: Document, { path, missing }: Setting, source: YamlSource): Plan {
  if (missing !== undefined) return { ok: false, message: missing };
  const walk = walkDown(document, path);
  if (!walk.ok) return walk;
  const { slots } = walk;
  if (slots.length < path.length) return NOTHING;
  let depth = slots.length - 1;
  const isNeedless = (slot: Slot | undefined, holder: Slot | undefined) =>
    slot?.parent.items.length === 1 &&
    holder !== undefined &&
    isOptionalMap(path.slice(0, depth)) &&
    !hasOwnComments(source, holder, slot);
  while (isNeedless(slots[depth], slots[depth - 1])) depth--;
  const slot = slots[depth];
  return slot === undefined ? NOTHING : changed({ kind: "remove", slot, holder: slots[depth - 1] });
}

const NOTHING: Plan = { ok: true, change: undefined };

function changed(change: Change): Plan {
  return { ok: true, change };
}

/** Appends to the last list or map on the way, or gives an empty one its first entry. */
function addition(
  document: Document,
  last: Slot | undefined,
  rest: FieldPath,
  nodeBelow: (steps: FieldPath) => Node,
): Change {
  const container = last === undefined ? document.contents : nodeAt(last);
  if (isCollection(container) && container.items.length > 0) {
    const [step, ...below] = rest;
    const key = typeof step === "string" ? newKey(document, step) : undefined;
    return { kind: "add", parent: container as Slot["parent"], added: [{ key, node: nodeBelow(below) }] };
  }
  const node = nodeBelow(rest);
  return last === undefined ? { kind: "fill", node } : { kind: "replace", slot: last, node };
}

/** A map that a field of fixed name holds: without it all of its fields have their defaults. */
function isOptionalMap(path: FieldPath): boolean {
  const name = path.at(-1);
  const around = schemaAt(path.slice(0, -1));
  const schema = schemaAt(path);
  if (around === undefined || schema === undefined || typeof name !== "string") return false;
  return fieldNames(around).includes(name) && isMapSchema(schema);
}

function schemaAt(path: FieldPath): z.core.$ZodType | undefined {
  return path.reduce<z.core.$ZodType | undefined>((schema, step) => schema && schemaInside(schema, step), configSchema);
}
