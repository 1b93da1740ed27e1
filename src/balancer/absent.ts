// The health of keys and providers that are not configured now, kept for the day when they are again.
import { LruMap } from "./lru-map.ts";
import { isWorthKeeping } from "./rests.ts";
import type { KeyState, ProviderState, StateEntry } from "./state.ts";

const MOST_KEYS = 10_000;
const MOST_PROVIDERS = 1_000;
/** That on which a clock is put back. */
const LONGEST_DAY_MS = 25 * 3_600_000;

/**
 * A variable that was not set, or a line that was commented out for an hour, must not make an operator's disabled key
 * serve again. What is over is forgotten.
 */
export class Absent {
  readonly #keys = new LruMap<string, Extract<StateEntry, { kind: "key" }>>(MOST_KEYS);
  readonly #providers = new LruMap<string, Extract<StateEntry, { kind: "provider" }>>(MOST_PROVIDERS);

  put(entry: StateEntry): void {
    if (entry.kind === "provider") this.#providers.set(entry.provider, entry);
    else this.#keys.set(idOf(entry.provider, entry.keyId), entry);
  }

  takeProvider(provider: string): ProviderState | undefined {
    const entry = this.#providers.get(provider);
    this.#providers.delete(provider);
    return entry?.state;
  }

  takeKey(provider: string, keyId: string): KeyState | undefined {
    const id = idOf(provider, keyId);
    const entry = this.#keys.get(id);
    this.#keys.delete(id);
    return entry?.state;
  }

  /** What is still worth keeping. */
  *entries(now: number): Iterable<StateEntry> {
    this.#keys.sweepAll(({ state }) => !isWorthIt(state, now));
    for (const [, entry] of this.#providers.entries()) yield entry;
    for (const [, entry] of this.#keys.entries()) yield entry;
  }
}

function isWorthIt({ disabled, rests, models, operations, days, modelDays }: KeyState, now: number): boolean {
  const kept = [rests ?? [], ...Object.values(models ?? {}), ...Object.values(operations ?? {})].flat();
  const spent = [days ?? {}, ...Object.values(modelDays ?? {})].flatMap((each) => Object.values(each)).flat();
  return (
    disabled !== undefined ||
    kept.some((rest) => isWorthKeeping(rest, now)) ||
    spent.some(([at]) => at > now - LONGEST_DAY_MS)
  );
}

function idOf(provider: string, keyId: string): string {
  return `${provider}\0${keyId}`;
}
