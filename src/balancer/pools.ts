// All pools by provider, over reloads and restarts: what is configured, and what is remembered of the rest.
import { Absent } from "./absent.ts";
import type { KeyPlace, PoolSpec } from "./contract.ts";
import { Pool } from "./pool.ts";
import { entriesOf, restoreKey, restoreProvider } from "./pool-state.ts";
import type { StateEntry } from "./state.ts";

/** The pools in the order of the configuration. */
export class Pools {
  #byProvider: ReadonlyMap<string, Pool>;
  readonly #absent = new Absent();

  constructor(specs: readonly PoolSpec[]) {
    this.#byProvider = new Map(specs.map((spec) => [spec.provider, new Pool(spec)]));
  }

  get byProvider(): ReadonlyMap<string, Pool> {
    return this.#byProvider;
  }

  values(): Iterable<Pool> {
    return this.#byProvider.values();
  }

  /** Takes a new configuration; keys and providers that it has again get the health that they left with. */
  replace(specs: readonly PoolSpec[], now: number): void {
    const previous = this.#byProvider;
    for (const entry of departing(previous, specs, now)) this.#absent.put(entry);
    const known = new Set([...previous.values()].flatMap((pool) => [...pool.keys.values()]));
    this.#byProvider = new Map(
      specs.map((spec) => {
        const pool = previous.get(spec.provider);
        pool?.replace(spec);
        return [spec.provider, pool ?? new Pool(spec)];
      }),
    );
    for (const pool of previous.values()) pool.isRemoved = this.#byProvider.get(pool.spec.provider) !== pool;
    for (const pool of this.values()) {
      const state = previous.has(pool.spec.provider) ? undefined : this.#absent.takeProvider(pool.spec.provider);
      for (const key of pool.keys.values()) {
        const keyState = known.has(key) ? undefined : this.#absent.takeKey(pool.spec.provider, key.spec.id);
        if (keyState !== undefined) restoreKey(pool, key, keyState, now);
      }
      if (state !== undefined) restoreProvider(pool, state, now);
    }
  }

  /** Takes over what an earlier process wrote. */
  restore(entries: Iterable<StateEntry>, now: number): void {
    const providers: Extract<StateEntry, { kind: "provider" }>[] = [];
    for (const entry of entries) {
      const pool = this.#byProvider.get(entry.provider);
      const key = entry.kind === "key" ? pool?.keys.get(entry.keyId) : undefined;
      if (pool !== undefined && key !== undefined && entry.kind === "key") restoreKey(pool, key, entry.state, now);
      else if (pool !== undefined && entry.kind === "provider") providers.push(entry);
      else this.#absent.put(entry);
    }
    // A doubt about a provider speaks of its keys.
    for (const { provider, state } of providers) {
      const pool = this.#byProvider.get(provider);
      if (pool !== undefined) restoreProvider(pool, state, now);
    }
  }

  *entries(now: number): Iterable<StateEntry> {
    for (const pool of this.values()) yield* entriesOf(pool, now);
    yield* this.#absent.entries(now);
  }

  /** Forgets a key for good that an operator removed. */
  forget({ provider, keyId }: KeyPlace): void {
    this.#absent.takeKey(provider, keyId);
  }

  capRests(latest: number): void {
    for (const pool of this.values()) pool.capRests(latest);
  }

  /** After the clock went back: nothing lasts longer than it did. */
  rebase(now: number): void {
    for (const pool of this.values()) pool.rebase(now);
  }
}

/** The state of what a new configuration has no more. */
function* departing(pools: ReadonlyMap<string, Pool>, specs: readonly PoolSpec[], now: number): Iterable<StateEntry> {
  const kept = new Map(specs.map(({ provider, keys }) => [provider, keys]));
  for (const pool of pools.values()) {
    const keys = kept.get(pool.spec.provider);
    const ids = new Set(keys?.map(({ id }) => id));
    if (keys !== undefined && [...pool.keys.keys()].every((id) => ids.has(id))) continue;
    for (const entry of entriesOf(pool, now)) {
      if (entry.kind === "key" ? !ids.has(entry.keyId) : keys === undefined) yield entry;
    }
  }
}
