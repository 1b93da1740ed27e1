// One line of the wait queue: requests that the same keys can serve, whose clients take turns.
import type { Need, Tried } from "../balancer/contract.ts";

/** What stands in a line. */
export interface InLine {
  readonly client: string;
  /** The sequence in which requests began to wait. */
  readonly order: number;
}

/** First come, first served within a client; among clients one request each in turn. All changes take constant time. */
export class WaitLine<Item extends InLine> {
  readonly name: string;
  /** Before this time (wall-clock milliseconds) the head cannot be served, unless something changes. */
  until: number;
  /** The clients whose turn comes first, with their requests in order. */
  readonly #clients = new Map<string, Set<Item>>();

  constructor(name: string, until: number) {
    this.name = name;
    this.until = until;
  }

  /** Who is served next. */
  get head(): Item | undefined {
    for (const items of this.#clients.values()) for (const item of items) return item;
    return undefined;
  }

  get isEmpty(): boolean {
    return this.#clients.size === 0;
  }

  add(item: Item): void {
    const items = this.#clients.get(item.client);
    if (items === undefined) this.#clients.set(item.client, new Set([item]));
    else items.add(item);
  }

  /** Takes out one that was served: its client's turn is over. */
  serve(item: Item): void {
    const items = this.#clients.get(item.client);
    this.remove(item);
    if (items === undefined || items.size === 0) return;
    this.#clients.delete(item.client);
    this.#clients.set(item.client, items);
  }

  /** Takes out one that leaves; its client keeps its turn. */
  remove(item: Item): void {
    const items = this.#clients.get(item.client);
    items?.delete(item);
    if (items?.size === 0) this.#clients.delete(item.client);
  }
}

/** What the same keys can serve has the same name. */
export function lineName({ route, operation, pinnedKey, isFree }: Need, tried: readonly Tried[]): string {
  return JSON.stringify([route, operation, pinnedKey, isFree, tried.map(({ candidate }) => candidate)]);
}
