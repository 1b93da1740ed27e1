// Keys that are out for longer than a cooldown, by provider and why: also 50,000 of them come to a line or two.
import type { KeyGlance, OutCause } from "../../balancer/contract.ts";
import type { ShownKeyState } from "../../balancer/pool-figures.ts";
import { isoTime } from "../iso-time.ts";
import type { ProviderRow } from "../provider-rows.ts";
import { type AttentionAction, type AttentionKind, type AttentionRow, attentionOf, press } from "./attention.ts";

type OutState = "invalid" | "exhausted" | "disabled_by_rule";

const KIND_OF: Readonly<Record<OutState, AttentionKind>> = {
  invalid: "keys_invalid",
  exhausted: "keys_exhausted",
  disabled_by_rule: "keys_disabled_by_rule",
};

/** Up to so many keys are named one by one in what acts on them: none that failed meanwhile is meant. */
const MOST_NAMED = 50;
const MOST_SHOWN = 5;
const MOST_REASONS = 5;
/** Reasons of one group that are told apart; providers that put something random into their codes have no end of them. */
const MOST_KEPT = 100;

interface Reason extends OutCause {
  count: number;
}

interface Group {
  readonly provider: string;
  readonly state: OutState;
  count: number;
  since: number | undefined;
  until: number | undefined;
  readonly named: { readonly id: string; readonly name: string }[];
  readonly reasons: Map<string, Reason>;
}

/** The keys of one provider that are of the key store. */
export interface KeysOfStore {
  hasAny(): boolean;
  among(ids: readonly string[]): readonly string[];
}

/** Takes keys one after the other. */
export class KeyAttention {
  readonly #groups = new Map<string, Group>();

  note(key: KeyGlance, state: ShownKeyState, provider: string): void {
    if (!isOut(state)) return;
    const group = this.#groupOf(provider, state);
    group.count += 1;
    group.since = earlier(group.since, key.since);
    group.until = earlier(group.until, key.until);
    if (group.named.length < MOST_NAMED) group.named.push({ id: key.id, name: key.name });
    noteReason(group.reasons, key);
  }

  /**
   * Of a provider that is in doubt no key is said to be invalid: nobody should delete keys for its fault.
   * @param storeOf which of a provider's keys are of the key store, as others cannot be deleted.
   */
  rows(
    providers: readonly Pick<ProviderRow, "name" | "state" | "keys">[],
    storeOf: (provider: string) => KeysOfStore,
  ): readonly AttentionRow[] {
    const byName = new Map(providers.map((provider) => [provider.name, provider]));
    return Array.from(this.#groups.values()).flatMap((group) => {
      const provider = byName.get(group.provider);
      if (provider?.state === "suspect" && group.state === "invalid") return [];
      return [rowOf(group, { of: provider?.keys.total, store: storeOf(group.provider) })];
    });
  }

  #groupOf(provider: string, state: OutState): Group {
    const name = `${state} ${provider}`;
    const none = { count: 0, since: undefined, until: undefined, named: [], reasons: new Map() };
    const group = this.#groups.get(name) ?? { provider, state, ...none };
    this.#groups.set(name, group);
    return group;
  }
}

function isOut(state: ShownKeyState): state is OutState {
  return Object.hasOwn(KIND_OF, state);
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

/** Of each the message that came last. */
function noteReason(reasons: Map<string, Reason>, { reason, status, message, since }: KeyGlance): void {
  const name = `${status ?? ""} ${reason ?? ""}`;
  const known = reasons.get(name);
  if (known === undefined) {
    if (reasons.size < MOST_KEPT) reasons.set(name, { reason, status, message, since, count: 1 });
    return;
  }
  const isLater = (since ?? 0) > (known.since ?? 0);
  reasons.set(name, { ...(isLater ? { reason, status, message, since } : known), count: known.count + 1 });
}

interface Around {
  /** How many keys the provider has. */
  readonly of: number | undefined;
  readonly store: KeysOfStore;
}

function rowOf(group: Group, { of, store }: Around): AttentionRow {
  const { provider, state, count, since, until, named } = group;
  const reasons = [...group.reasons.values()].toSorted((a, b) => b.count - a.count).slice(0, MOST_REASONS);
  const facts = {
    provider,
    keys: named.slice(0, MOST_SHOWN),
    count,
    of,
    since: since === undefined ? undefined : isoTime(since),
    until: until === undefined ? undefined : isoTime(until),
    reasons: reasons.map(({ reason, status, message, count: times }) => ({
      ...(reason !== undefined && { reason }),
      ...(status !== undefined && { status }),
      ...(message !== undefined && { message }),
      count: times,
    })),
  };
  return attentionOf(KIND_OF[state], "warning", facts, actionsFor(group, store));
}

function actionsFor(group: Group, store: KeysOfStore): readonly AttentionAction[] {
  const { provider, state, count, named } = group;
  const isNamed = count <= MOST_NAMED;
  const ids = named.map(({ id }) => id);
  const keys = isNamed ? { keys: ids } : {};
  // What an operator disabled by hand has the same status, and is nobody else's to enable.
  if (state === "disabled_by_rule") return isNamed ? [press("keys.enable", { provider, ...keys })] : [];
  const meant = { provider, status: state, ...keys };
  const acts = [press("test", meant), press("keys.reset", meant)];
  if (state !== "invalid") return acts;
  if (!isNamed) return store.hasAny() ? [...acts, press("keys.remove", meant)] : acts;
  const stored = store.among(ids);
  return stored.length === 0 ? acts : [...acts, press("keys.remove", { ...meant, keys: [...stored] })];
}
