// The orders in which keys are listed, kept for a moment: whoever scrolls asks for many small pieces of one order.

import { LruMap } from "../balancer/lru-map.ts";
import type { Config } from "../config/config.ts";
import type { StoredKey } from "../config/stored-key.ts";
import { sortInSlices } from "../core/sort-in-slices.ts";
import { type KeySort, keyValue } from "./key-sorts.ts";
import { allKnownKeys, type KeyHealthPorts, type KnownKey } from "./known-keys.ts";
import { type KeySelection, type Sifted, siftKeys } from "./select-keys.ts";

export interface KeyQuestion extends KeySelection {
  readonly sort?: KeySort | undefined;
  readonly descending?: boolean | undefined;
}

/** The keys that a question means, in their order; `total`: how many keys there are at all. */
export interface KeyOrder extends Sifted {
  /** Undefined for one that is not kept. */
  readonly id: string | undefined;
  readonly total: number;
}

export interface KeyOrdersOptions {
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  /** Another number whenever the health of any key has changed. */
  readonly revision: () => number;
}

interface Kept {
  readonly order: Promise<KeyOrder>;
  readonly madeAt: number;
  readonly revision: number;
}

/** What holds for as long as the same keys are configured. */
interface KeptKeys {
  readonly stored: readonly StoredKey[];
  readonly known: Promise<readonly KnownKey[]>;
  readonly byQuestion: LruMap<string, Kept>;
}

const MOST_KEPT = 8;
/** Counts go on without a change of health. */
const FRESH_MS = 2_000;

/** Makes orders, in slices, and keeps the last ones. */
export class KeyOrders {
  readonly #options: KeyOrdersOptions;
  /** It keeps no configuration alive. */
  readonly #kept = new WeakMap<Config, KeptKeys>();
  #made = 0;

  constructor(options: KeyOrdersOptions) {
    this.#options = options;
  }

  /**
   * The order as it is now; or, where that is still known, the one of this id, however the keys fare meanwhile: rows
   * must not change their places under somebody who scrolls.
   * @throws UserError as `siftKeys`.
   */
  find(question: KeyQuestion, ports: KeyHealthPorts, id?: string): Promise<KeyOrder> {
    const kept = this.#keptOf(ports);
    // Words may be a hundred thousand ids, and whoever writes them does not scroll.
    if (question.keys.length > 0) return makeOrder(question, ports, { known: kept.known, id: undefined });
    return this.#find(question, ports, { kept, id });
  }

  async #find(
    question: KeyQuestion,
    ports: KeyHealthPorts,
    { kept, id }: { readonly kept: KeptKeys; readonly id: string | undefined },
  ): Promise<KeyOrder> {
    const text = JSON.stringify(question);
    const last = kept.byQuestion.get(text);
    if (last !== undefined && this.#isFresh(last)) return last.order;
    const lastOrder = id === undefined ? undefined : await last?.order;
    if (lastOrder !== undefined && lastOrder.id === id) return lastOrder;
    const { now, revision } = this.#options;
    this.#made += 1;
    // Another process begins to count anew.
    const made = { known: kept.known, id: `${now().toString(36)}-${this.#made}` };
    const next = { order: makeOrder(question, ports, made), madeAt: now(), revision: revision() };
    kept.byQuestion.set(text, next);
    next.order.catch(() => {
      if (kept.byQuestion.get(text) === next) kept.byQuestion.delete(text);
    });
    return next.order;
  }

  #isFresh({ madeAt, revision }: Kept): boolean {
    return this.#options.revision() === revision && Math.abs(this.#options.now() - madeAt) < FRESH_MS;
  }

  #keptOf(ports: KeyHealthPorts): KeptKeys {
    const config = ports.config();
    const stored = ports.keys.list();
    const last = this.#kept.get(config);
    if (last?.stored === stored) return last;
    const kept = { stored, known: allKnownKeys(ports), byQuestion: new LruMap<string, Kept>(MOST_KEPT) };
    this.#kept.set(config, kept);
    return kept;
  }
}

async function makeOrder(
  { sort, descending, ...selection }: KeyQuestion,
  ports: KeyHealthPorts,
  { known, id }: { readonly known: Promise<readonly KnownKey[]>; readonly id: string | undefined },
): Promise<KeyOrder> {
  const all = await known;
  const facts = { id, total: all.length };
  if (sort === undefined) {
    const sifted = await siftKeys(all, selection, ports);
    return { ...sifted, ...facts, keys: descending ? sifted.keys.toReversed() : sifted.keys };
  }
  const valueIn = keyValue(sort);
  const matches: Valued[] = [];
  const sifted = await siftKeys(all, selection, ports, (seen) => {
    matches.push({ known: seen.known, value: valueIn(seen) });
  });
  const sorted = await sortInSlices(matches, descending ? falling : rising);
  return { ...sifted, ...facts, keys: sorted.map((match) => match.known) };
}

interface Valued {
  readonly known: KnownKey;
  readonly value: string | number | undefined;
}

/** Keys without a value come last, whichever way the others go. */
function rising({ value: a }: Valued, { value: b }: Valued): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b ? -1 : 1;
}

function falling({ value: a }: Valued, { value: b }: Valued): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b ? 1 : -1;
}
