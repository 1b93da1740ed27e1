// Finds the keys that an operator means, the same ones whether they are listed or changed.
import { z } from "zod";
import type { KeyReport } from "../balancer/contract.ts";
import type { Config } from "../config/config.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { nearestName } from "../config/nearest-name.ts";
import { maskSecret } from "../core/redaction.ts";
import { inSlices } from "../core/slices.ts";
import { UserError } from "../core/user-error.ts";
import { KEY_STATES, type KeyRow, stateOf } from "./key-rows.ts";
import { type KeyHealthPorts, type KnownKey, placeOf } from "./known-keys.ts";
import { namedKeys } from "./named-keys.ts";

/** The fields by which operations select keys; all that are given must match. */
export const keySelection = {
  keys: z
    .array(z.string().min(1))
    .default([])
    .describe("Ids, names, patterns of names (`*`, `?`), or keys themselves. Empty: all that the other fields leave."),
  provider: oneOrMore(z.string(), "a string").optional().describe("Only keys of this provider, or of one of these."),
  status: oneOrMore(z.enum(KEY_STATES), `one of ${KEY_STATES.join(", ")}`)
    .optional()
    .describe("Only keys in this state, or in one of these."),
  search: z
    .string()
    .optional()
    .describe("Only keys whose name, masked form, id, provider, reason or message has this text, in any case."),
  min_failures: z.int().min(0).optional().describe("Only keys with at least so many `failures`."),
};

type State = KeyRow["state"];

export interface KeySelection {
  readonly keys: readonly string[];
  readonly provider?: string | readonly string[] | undefined;
  readonly status?: State | readonly State[] | undefined;
  readonly search?: string | undefined;
  readonly min_failures?: number | undefined;
}

/** A key with how it fares. */
export interface SeenKey {
  readonly known: KnownKey;
  readonly state: State;
  /** Undefined where its provider is not enabled. */
  readonly report: KeyReport | undefined;
}

/** `states` and `providers`: how many of each all fields but `status`, or `provider`, leave. */
export interface Sifted {
  readonly keys: readonly KnownKey[];
  readonly states: Readonly<Record<State, number>>;
  readonly providers: ReadonlyMap<string, number>;
}

/** The keys that are meant, each once, in their order. @throws UserError as `siftKeys`. */
export async function selectKeys(
  keys: readonly KnownKey[],
  selection: KeySelection,
  ports: KeyHealthPorts,
): Promise<readonly KnownKey[]> {
  return (await siftKeys(keys, selection, ports)).keys;
}

/**
 * The same with how many there are of each kind; in slices. `onMatch` sees each key that is meant.
 * @throws UserError for a provider that does not exist, and as `namedKeys`.
 */
export async function siftKeys(
  keys: readonly KnownKey[],
  selection: KeySelection,
  ports: KeyHealthPorts,
  onMatch: (seen: SeenKey) => void = () => {},
): Promise<Sifted> {
  const providers = listOf(selection.provider);
  for (const name of providers ?? []) {
    // A provider that is not configured may have keys in the store all the same.
    if (!keys.some(({ provider }) => provider === name)) checkProvider(name, ports.config());
  }
  const sieve = await sieveOf(keys, { ...selection, providers }, ports);
  const kept: KnownKey[] = [];
  const states = Object.fromEntries(KEY_STATES.map((state) => [state, 0])) as Record<State, number>;
  const byProvider = new Map<string, number>();
  for await (const slice of inSlices(keys)) {
    for (const known of slice) {
      const { seen, isOfProvider, isInState } = sieve(known) ?? {};
      if (seen === undefined) continue;
      if (isOfProvider) states[seen.state] += 1;
      if (isInState) byProvider.set(known.provider, (byProvider.get(known.provider) ?? 0) + 1);
      if (!isOfProvider || !isInState) continue;
      kept.push(known);
      onMatch(seen);
    }
  }
  return { keys: kept, states, providers: byProvider };
}

/** True where nothing says which keys are meant, so that it would be all of them. */
export function saysNothing({ keys, provider, status, search, min_failures }: KeySelection): boolean {
  const isEmpty = keys.length === 0 && provider === undefined && status === undefined;
  return isEmpty && !search && !min_failures;
}

/** @throws UserError with the nearest name when there is no such provider. */
export function checkProvider(name: string | undefined, { providers }: Config): void {
  if (name === undefined || providers.some((provider) => provider.name === name)) return;
  const names = providers.map((provider) => provider.name);
  const near = nearestName(name, names);
  const hint =
    near !== undefined
      ? `did you mean ${near}`
      : names.length > 0
        ? `there are ${names.join(", ")}`
        : "none is configured";
  throw new UserError(`There is no provider ${nameForMessage(name)}: ${hint}`);
}

/** What was given once or several times, as a list. */
export function listOf<Item extends string>(given: Item | readonly Item[] | undefined): readonly Item[] | undefined {
  return typeof given === "string" ? [given] : given;
}

interface Judged {
  readonly seen: SeenKey;
  readonly isOfProvider: boolean;
  readonly isInState: boolean;
}

type Sieve = (known: KnownKey) => Judged | undefined;

/** Undefined for a key that is left out by another field than `provider` and `status`. */
async function sieveOf(
  keys: readonly KnownKey[],
  { providers, ...selection }: KeySelection & { readonly providers: readonly string[] | undefined },
  ports: KeyHealthPorts,
): Promise<Sieve> {
  const isOf = ({ provider }: KnownKey) => providers === undefined || providers.includes(provider);
  // A name that two providers have means one key at one of them.
  const named = selection.keys.length === 0 ? undefined : await namedKeys(selection.keys, keys.filter(isOf));
  const states = listOf(selection.status);
  const text = selection.search?.toLowerCase() ?? "";
  const least = selection.min_failures ?? 0;
  return (known) => {
    if (named?.has(known) === false) return undefined;
    const report = ports.key(placeOf(known));
    if ((report?.failures ?? 0) < least) return undefined;
    if (text !== "" && !searchedText(known, report).includes(text)) return undefined;
    const state = stateOf(known, report);
    const isInState = states === undefined || states.includes(state);
    return { seen: { known, state, report }, isOfProvider: isOf(known), isInState };
  };
}

function searchedText({ key, provider }: KnownKey, report: KeyReport | undefined): string {
  const { name, id, secret } = key;
  return [name, maskSecret(secret), id, provider, report?.reason, report?.message].join("\n").toLowerCase();
}

/** `expected`: as messages say it. */
function oneOrMore<Item extends z.ZodType<string>>(item: Item, expected: string) {
  return z.union([item, z.array(item)], { error: `${expected}, or a list of these` });
}
