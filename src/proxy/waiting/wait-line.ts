// One line of the wait queue: requests that the same keys can serve, whose clients take turns.
import type { Need, Tried } from "../../balancer/contract.ts";

/** What stands in a line. */
export interface InLine {
  readonly client: string;
  /** It had a turn before, and comes back from a failed attempt. */
  readonly isBack: boolean;
  /** The sequence in which requests began to wait. */
  readonly order: number;
}

interface OfClient<Item> {
  readonly back: Set<Item>;
  readonly fresh: Set<Item>;
}

/**
 * First come, first served within a client, but for those that come back: they have waited before. Among clients one
 * request each in turn. All changes take constant time.
 */
export class WaitLine<Item extends InLine> {
  readonly name: string;
  /** Before this time (wall-clock milliseconds) the head cannot be served, unless something changes. */
  until: number;
  /** The clients whose turn comes first, with their requests in order. */
  readonly #clients = new Map<string, OfClient<Item>>();

  constructor(name: string, until: number) {
    this.name = name;
    this.until = until;
  }

  /** Who is served next. */
  get head(): Item | undefined {
    const first = this.#clients.values().next().value;
    return first?.back.values().next().value ?? first?.fresh.values().next().value;
  }

  get isEmpty(): boolean {
    return this.#clients.size === 0;
  }

  add(item: Item): void {
    const items = this.#clients.get(item.client) ?? { back: new Set(), fresh: new Set() };
    this.#clients.set(item.client, items);
    (item.isBack ? items.back : items.fresh).add(item);
  }

  /** Takes out one that was served: its client's turn is over. */
  serve(item: Item): void {
    const items = this.#clients.get(item.client);
    this.remove(item);
    if (items === undefined || !this.#clients.delete(item.client)) return;
    this.#clients.set(item.client, items);
  }

  /** Takes out one that leaves; its client keeps its turn. */
  remove(item: Item): void {
    const items = this.#clients.get(item.client);
    if (items === undefined) return;
    (item.isBack ? items.back : items.fresh).delete(item);
    if (items.back.size + items.fresh.size === 0) this.#clients.delete(item.client);
  }
}

/** What the same keys can serve has the same name. A key that was limited counts as any other: its rest is known. */
export function lineName({ route, operation, pinnedKey, standIn, isFree }: Need, tried: readonly Tried[]): string {
  const narrowing = tried.filter(({ verdict }) => verdict.effect.kind !== "rate-limited");
  return JSON.stringify([route, operation, pinnedKey, standIn, isFree, narrowing.map(({ candidate }) => candidate)]);
}
