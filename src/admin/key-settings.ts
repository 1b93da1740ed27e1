// What an operator may say about a key of the store, when it is added and later.
import { z } from "zod";
import * as field from "../config/fields.ts";
import { COUNT_NAMES, limitsSchema, type RawLimits } from "../config/limits-schema.ts";
import type { StoredKey } from "../config/stored-key.ts";

const MOST_NAME_CHARS = 200;

const name = z.string().trim().min(1).max(MOST_NAME_CHARS);
const weight = z.number().positive().max(1_000);
const priority = z.int().min(-1_000).max(1_000);
const models = field.list(field.modelPattern, "a list of patterns for names of models");

/** What may be said of one that is added. */
export const keySettings = {
  name: name.optional().describe("What logs call it; its masked form by default."),
  weight: weight.optional().describe("Its share of the load; 1 by default."),
  priority: priority.optional().describe("Lower ones are used up first; 0 by default."),
  models: models.optional().describe("Patterns of the models that it may serve."),
  limits: limitsSchema
    .optional()
    .describe("What it may send, as `limits` of a key in the config file; each in place of that of its provider."),
};

const settingsSchema = z.strictObject(keySettings);

/** What is said of a key besides its secret and provider. */
export type KeySettings = z.output<typeof settingsSchema>;

const { shape } = limitsSchema;

/** The same limit, which may be taken back. */
function change<Value extends z.ZodType>(limit: z.ZodOptional<Value>) {
  return limit.nullish().describe(limit.description ?? limit.unwrap().description ?? "");
}

/** What may be said of one that is there: `null` takes a setting back. */
export const keyChange = {
  name: name.nullish().describe("What logs call it, of one key only; `null`: its masked form."),
  weight: weight.nullish().describe("Its share of the load; `null`: 1."),
  priority: priority.nullish().describe("Lower ones are used up first; `null`: 0."),
  models: models.nullish().describe("Patterns of the models that it may serve; `null`: all."),
  limits: z
    .strictObject(
      {
        rpm: change(shape.rpm),
        rpd: change(shape.rpd),
        tpm: change(shape.tpm),
        tpd: change(shape.tpd),
        concurrency: change(shape.concurrency),
        day: change(shape.day),
        models: change(shape.models),
      },
      { error: "a map of limits, or null" },
    )
    .nullish()
    .describe("Single limits; `null` in place of one takes it back, in place of the map all of them."),
};

const changeSchema = z.strictObject(keyChange);

export type KeyChange = z.output<typeof changeSchema>;

/** Whether anything is said at all. */
export function isChange(change: KeyChange): boolean {
  const { limits, ...others } = change;
  const isOfLimits = limits === null || Object.values(limits ?? {}).some((value) => value !== undefined);
  return isOfLimits || Object.values(others).some((value) => value !== undefined);
}

/** The key after a change; the same object where it says nothing new. */
export function changedKey(key: StoredKey, change: KeyChange): StoredKey {
  const { limits, ...others } = change;
  const merged = merge(key, limits === undefined ? others : { ...others, limits: changedLimits(key.limits, limits) });
  return isSame(key, merged) ? key : merged;
}

/** Whether two say the same of a key, in whatever order. */
export function isSame(a: StoredKey, b: StoredKey): boolean {
  return JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b));
}

/** Of several keys at once: what each says itself counts, and they share settings, but no name. */
export function withSettings<Key extends KeySettings>(
  keys: readonly Key[],
  { name: shared, ...settings }: KeySettings,
): readonly Key[] {
  return keys.map((key, index) => ({
    ...settings,
    ...(shared !== undefined && { name: keys.length === 1 ? shared : `${shared}-${index + 1}` }),
    ...key,
  }));
}

function changedLimits(own: RawLimits | undefined, change: NonNullable<KeyChange["limits"]> | null): RawLimits | null {
  if (change === null) return null;
  const merged = merge<RawLimits>(own ?? {}, change);
  return Object.keys(merged).length === 0 ? null : merged;
}

/** `null` removes a field, nothing leaves it as it is. */
function merge<T extends object>(fields: T, change: { readonly [Name in keyof T]?: T[Name] | null | undefined }): T {
  const merged = {
    ...fields,
    ...Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)),
  };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)) as T;
}

/** One order, in which nothing is written that is not set. */
function inOrder({
  provider,
  secret,
  name: called,
  weight: share,
  priority: rank,
  models: patterns,
  limits,
}: StoredKey) {
  const counts = [...COUNT_NAMES, "day" as const].map((each) => limits?.[each]);
  return [provider, secret, called, share, rank, patterns, limits !== undefined, counts, limits?.models];
}
