// How many places of the wait queue each client has, so that in a full one the greediest makes room.
import { IndexedHeap } from "../../core/indexed-heap.ts";

/** What has a place. */
export interface Placed {
  readonly client: string;
  readonly isOver: boolean;
}

interface Share<Item> {
  readonly client: string;
  count: number;
  /** In order of arrival; those that left stay until they come to the end. */
  stack: Item[];
}

/** So many that left may stand in a stack before it is cleared. */
const MAX_LEFT = 64;

export class ClientShares<Item extends Placed> {
  readonly #shares = new Map<string, Share<Item>>();
  readonly #largest = new IndexedHeap<Share<Item>>((a, b) => a.count > b.count);

  add(item: Item): void {
    const share = this.#shares.get(item.client) ?? { client: item.client, count: 0, stack: [] };
    share.count += 1;
    share.stack.push(item);
    this.#shares.set(item.client, share);
    this.#largest.add(share);
  }

  /** The item is over. */
  remove({ client }: Item): void {
    const share = this.#shares.get(client);
    if (share === undefined) return;
    share.count -= 1;
    if (share.count === 0) {
      this.#shares.delete(client);
      this.#largest.remove(share);
      return;
    }
    this.#largest.update(share);
    if (share.stack.length > 2 * share.count + MAX_LEFT) share.stack = share.stack.filter(({ isOver }) => !isOver);
  }

  /** The last arrival of the client with the most places, where that has at least two more than the given one. */
  displacedBy(client: string): Item | undefined {
    const share = this.#largest.first;
    if (share === undefined || share.count < (this.#shares.get(client)?.count ?? 0) + 2) return undefined;
    while (share.stack.at(-1)?.isOver === true) share.stack.pop();
    return share.stack.at(-1);
  }
}
