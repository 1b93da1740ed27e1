// The quotas of one provider and model that living keys draw from: what the oracle chooses among.
import { EventHeap } from "../event-heap.ts";
import type { PlannedKey } from "../key-plan.ts";
import type { Quota, Spending } from "../upstream/quota.ts";
import type { UpstreamProvider } from "../upstream/upstream-provider.ts";

/** A quota, and a living key that opens it. */
export interface Opened {
  readonly key: PlannedKey;
  readonly quota: Quota;
}

/** A quota with all keys that open it while they live. */
interface Source {
  readonly keys: readonly PlannedKey[];
  readonly quota: Quota;
}

/** Which have room is known without looking at all of them: the full ones wait for the time at which they have room again. */
export class LivingQuotas {
  readonly #provider: UpstreamProvider;
  /** Those that may have room, in turn. */
  #ready: Source[] = [];
  readonly #full = new EventHeap();
  /** Those that wait for a call of theirs to end. */
  readonly #busy = new Map<Quota, Source>();

  constructor(provider: UpstreamProvider, model: string) {
    this.#provider = provider;
    const byQuota = Map.groupBy(provider.keys, (key) => provider.quotaOf(key, model));
    this.#ready = [...byQuota].map(([quota, keys]) => ({ keys, quota }));
  }

  /** One that lets the call through now, and moves it to the end of the turn. */
  take(spending: Spending, now: number): Opened | undefined {
    this.#wake(now);
    for (let i = 0; i < this.#ready.length; ) {
      const source = this.#ready[i] as Source;
      const key = source.keys.find((one) => this.#provider.isAlive(one, now));
      if (key === undefined) {
        // The dead do not come back.
        this.#ready.splice(i, 1);
        continue;
      }
      if (source.quota.fits(spending, now)) {
        this.#ready.splice(i, 1);
        this.#ready.push(source);
        return { key, quota: source.quota };
      }
      if (this.#fitsLess(source, now)) i += 1;
      else this.#setAside(this.#ready.splice(i, 1)[0] as Source, now);
    }
    return undefined;
  }

  /** The earliest time at which the call may fit; infinite while only a release can help. */
  freeAt(spending: Spending, now: number): number {
    const soonest = this.#ready.reduce(
      (least, { quota }) => Math.min(least, quota.freeAt(spending, now)),
      Number.POSITIVE_INFINITY,
    );
    return Math.min(soonest, this.#full.earliest ?? Number.POSITIVE_INFINITY);
  }

  /** A call of this quota has ended; whether the quota was waiting for that. */
  released(quota: Quota): boolean {
    const source = this.#busy.get(quota);
    if (source === undefined) return false;
    this.#busy.delete(quota);
    this.#ready.push(source);
    return true;
  }

  #fitsLess({ quota }: Source, now: number): boolean {
    return quota.fits(LEAST, now);
  }

  #setAside(source: Source, now: number): void {
    const at = source.quota.freeAt(LEAST, now);
    if (at === Number.POSITIVE_INFINITY) this.#busy.set(source.quota, source);
    else this.#full.add(at, () => this.#ready.push(source));
  }

  #wake(now: number): void {
    while ((this.#full.earliest ?? Number.POSITIVE_INFINITY) <= now) this.#full.take()?.run();
  }
}

/** What every call spends at least. */
const LEAST: Spending = { tokens: 1 };
