// The ring of events: every place leads on exactly once, or is known to be lost.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { EventRing } from "../../../src/daemon/live/event-ring.ts";

/** All that follows a place; undefined where some of it is lost. */
function followed(ring: EventRing<number>, from: number): readonly number[] | undefined {
  const items: number[] = [];
  let place = from;
  for (;;) {
    const next = ring.after(place);
    if (next.kind !== "item") return next.kind === "none" ? items : undefined;
    expect(next.place).toBe(place + 1);
    items.push(next.item);
    place = next.place;
  }
}

test("whoever comes back to any place gets exactly what came after it, or hears that it is lost", () => {
  const step = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant("clear" as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (steps, most) => {
      const ring = new EventRing<number>({ most, mostBytes: 100 });
      /** What was pushed since the last clearing, with its place and bytes. */
      let pushed: { readonly place: number; readonly bytes: number }[] = [];
      const places = new Set([ring.last]);
      for (const next of steps) {
        if (next === "clear") {
          ring.clear();
          pushed = [];
        } else {
          ring.push(ring.last + 1, next);
          pushed.push({ place: ring.last, bytes: next });
        }
        places.add(ring.last);
      }
      for (const from of places) {
        const expected = pushed.filter(({ place }) => place > from);
        const got = followed(ring, from);
        if (got === undefined) {
          // Only what does not fit, or was before a clearing, is lost.
          const bytes = expected.reduce((sum, entry) => sum + entry.bytes, 0);
          const isCleared = expected.length > 0 ? from < (pushed[0]?.place ?? 0) - 1 : from < ring.last;
          expect(isCleared || expected.length > most || (bytes > 100 && expected.length > 1)).toBe(true);
        } else {
          expect(got).toEqual(expected.map(({ place }) => place));
        }
      }
    }),
  );
});

test("a place that never was, or is yet to come, is lost", () => {
  const ring = new EventRing<string>({ most: 2, mostBytes: 100 });
  ring.push("a", 1);
  for (const place of [-1, 0.5, 2, 99, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(ring.after(place).kind).toBe("lost");
  }
});

test("one that is larger than everything that may be kept still reaches those who wait for it", () => {
  const ring = new EventRing<string>({ most: 10, mostBytes: 100 });
  ring.push("small", 10);
  ring.push("large", 1_000);
  expect(ring.after(0).kind).toBe("lost");
  expect(ring.after(1)).toEqual({ kind: "item", place: 2, item: "large" });
  ring.push("next", 10);
  expect([ring.after(1).kind, ring.after(2).kind]).toEqual(["lost", "item"]);
});
