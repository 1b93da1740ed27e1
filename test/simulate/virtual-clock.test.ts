// The order of simulated events, and what runs between them.
import { describe, expect, test } from "bun:test";
import { EventHeap } from "../../simulate/event-heap.ts";
import { seededRandom } from "../../simulate/random.ts";
import { START, VirtualClock } from "../../simulate/virtual-clock.ts";

const clockOf = () => new VirtualClock(seededRandom(1));

describe("EventHeap", () => {
  test("gives events in the order of their times, equal ones as they were added", () => {
    const random = seededRandom(7);
    const heap = new EventHeap();
    const times = Array.from({ length: 5_000 }, () => Math.floor(random() * 300));
    const ran: { readonly at: number; readonly index: number }[] = [];
    for (const [index, at] of times.entries()) heap.add(at, () => ran.push({ at, index }));
    for (let event = heap.take(); event !== undefined; event = heap.take()) event.run();
    expect(ran).toEqual(times.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at || a.index - b.index));
  });

  test("forgets what is cancelled, also many at once", () => {
    const heap = new EventHeap();
    const ran: number[] = [];
    const events = Array.from({ length: 5_000 }, (_, i) => heap.add((i * 7_919) % 5_000, () => ran.push(i)));
    for (const [index, event] of events.entries()) if (index % 10 !== 0) heap.cancel(event);
    expect(heap.size).toBe(500);
    for (let event = heap.take(); event !== undefined; event = heap.take()) event.run();
    expect(ran.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i * 10));
    expect(heap.size).toBe(0);
  });

  test("cancels nothing twice, and nothing that has run", () => {
    const heap = new EventHeap();
    const first = heap.add(1, () => {});
    heap.add(2, () => {});
    heap.take();
    heap.cancel(first);
    heap.cancel(first);
    expect(heap.size).toBe(1);
  });
});

describe("VirtualClock", () => {
  test("jumps to each event", () => {
    const clock = clockOf();
    const seen: number[] = [];
    clock.schedule(86_400_000, () => seen.push(clock.now() - START));
    clock.schedule(5, () => {
      seen.push(clock.now() - START);
      clock.schedule(10, () => seen.push(clock.now() - START));
    });
    clock.run();
    expect(seen).toEqual([5, 15, 86_400_000]);
    expect(clock.pending).toBe(0);
  });

  test("lets every promise settle before the next event, however long the chain", () => {
    const clock = clockOf();
    const seen: string[] = [];
    const chain = async () => {
      for (let i = 0; i < 100; i++) await null;
      seen.push("promises");
    };
    clock.schedule(1, () => void chain());
    clock.schedule(1, () => seen.push("next event"));
    clock.run();
    expect(seen).toEqual(["promises", "next event"]);
  });

  test("stops timers, and has whole milliseconds as real ones have", () => {
    const clock = clockOf();
    const seen: number[] = [];
    const stop = clock.schedule(1, () => seen.push(-1));
    clock.schedule(0.2, () => seen.push(clock.now() - START));
    stop();
    clock.run();
    expect(seen).toEqual([1]);
  });
});
