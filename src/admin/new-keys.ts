// Keys that an operator wants to add: what becomes of them, and of the stored ones.
import { z } from "zod";
import type { Config, KeyConfig } from "../config/config.ts";
import { storedKeyConfig } from "../config/normalise-keys.ts";
import { sourceText } from "../config/source.ts";
import type { StoredKey } from "../config/stored-key.ts";
import { maskSecret } from "../core/redaction.ts";
import { isSame } from "./key-settings.ts";

/** A key to add, with its id. */
export interface NewKey {
  readonly id: string;
  readonly key: StoredKey;
}

export const addedKey = z.object({
  id: z.string().describe("12 hex digits; the same over restarts, safe to show."),
  name: z.string().describe("What logs call it."),
  masked: z.string().describe("The secret's first and last four characters."),
  provider: z.string().describe("Its provider."),
  outcome: z
    .enum(["added", "updated", "known", "duplicate", "refused"])
    .describe(
      "`known`: it was there already. `duplicate`: it stands in the list before. `refused`: its test failed, so it was not added.",
    ),
  source: z.string().optional().describe("Where a known key comes from."),
});

export type AddedKey = z.output<typeof addedKey>;

export function newKey(key: StoredKey): NewKey {
  return { id: storedKeyConfig(key).id, key };
}

/** `outcomes`: one for each wanted key, in their order. */
export interface MergedKeys {
  readonly keys: readonly StoredKey[];
  readonly outcomes: readonly AddedKey[];
}

/** The stored keys with the new ones behind them; what is written in the configuration is not stored a second time. */
export function mergeKeys(stored: readonly StoredKey[], wanted: readonly NewKey[], config: Config): MergedKeys {
  const merger = keyMerger(stored, config);
  const outcomes = wanted.map(merger.take);
  return { keys: merger.keys(), outcomes };
}

export interface KeyMerger {
  /** What becomes of the next key. */
  readonly take: (key: NewKey) => AddedKey;
  /** With all that were taken; the very list where nothing is new. */
  readonly keys: () => readonly StoredKey[];
}

/** The same, one key after the other. */
export function keyMerger(stored: readonly StoredKey[], { providers }: Config): KeyMerger {
  const keys = new Map(stored.map((key) => [newKey(key).id, key]));
  const written = new Map(
    providers.flatMap((provider) => provider.keys.filter(isWritten).map((key) => [key.id, key] as const)),
  );
  const seen = new Set<string>();
  let isChanged = false;
  const take = ({ id, key }: NewKey): AddedKey => {
    const isAgain = seen.has(id);
    seen.add(id);
    const configured = written.get(id);
    if (configured !== undefined) return alreadyWritten(key, configured, isAgain ? "duplicate" : "known");
    const known = keys.get(id);
    const next = known === undefined ? key : { ...known, ...settingsOf(key) };
    const isNews = known === undefined || !isSame(known, next);
    if (isNews) keys.set(id, next);
    isChanged ||= isNews;
    const facts = factsOf(id, key, next.name ?? maskSecret(key.secret));
    if (isNews) return { ...facts, outcome: known === undefined ? "added" : "updated" };
    return { ...facts, ...(isAgain ? { outcome: "duplicate" } : { outcome: "known", source: "key store" }) };
  };
  return { take, keys: () => (isChanged ? [...keys.values()] : stored) };
}

/** It counts as what is written, also where the store has it too. */
export function isWritten({ source }: KeyConfig): boolean {
  return source.kind !== "key-store";
}

/** One that was not even tried to store. */
export function refusedKey({ id, key }: NewKey): AddedKey {
  return { ...factsOf(id, key, key.name ?? maskSecret(key.secret)), outcome: "refused" };
}

function alreadyWritten(key: StoredKey, { id, name, source }: KeyConfig, outcome: AddedKey["outcome"]): AddedKey {
  return { ...factsOf(id, key, name), outcome, source: sourceText(source) };
}

function factsOf(id: string, { provider, secret }: StoredKey, name: string) {
  return { id, name, masked: maskSecret(secret), provider };
}

function settingsOf({ name, weight, priority, models, limits }: StoredKey): Partial<StoredKey> {
  return {
    ...(name !== undefined && { name }),
    ...(weight !== undefined && { weight }),
    ...(priority !== undefined && { priority }),
    ...(models !== undefined && { models }),
    ...(limits !== undefined && { limits }),
  };
}
