// The heap against a sorted list, under every mix of changes.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { IndexedHeap } from "../../src/core/indexed-heap.ts";

interface Ranked {
  rank: number;
}

const change = fc.record({
  kind: fc.constantFrom("add", "add", "remove", "update", "pop"),
  place: fc.nat(30),
  rank: fc.nat(20),
});

test("the first item has the lowest rank, whatever came, went and changed", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 80 }), (changes) => {
      const heap = new IndexedHeap<Ranked>((a, b) => a.rank < b.rank);
      const all = Array.from({ length: 31 }, (): Ranked => ({ rank: 0 }));
      const inside = new Set<Ranked>();
      for (const { kind, place, rank } of changes) {
        const item = kind === "pop" ? heap.first : all[place];
        if (item === undefined) continue;
        if (kind === "add" || kind === "update") item.rank = rank;
        if (kind === "add") heap.add(item);
        else if (kind === "update") heap.update(item);
        else heap.remove(item);
        if (kind === "add") inside.add(item);
        else if (kind !== "update") inside.delete(item);
        expect(heap.size).toBe(inside.size);
        expect(new Set(heap.items)).toEqual(inside);
        expect(all.filter((one) => heap.has(one))).toHaveLength(inside.size);
        expect(heap.first?.rank).toBe(inside.size === 0 ? undefined : Math.min(...[...inside].map((one) => one.rank)));
      }
    }),
    { numRuns: 500 },
  );
});
