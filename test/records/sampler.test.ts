// Of more requests than are recorded some stand for all.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Sampler } from "../../src/records/sampler.ts";

/** The weights of what is taken, of requests that come at these times. */
function weightsOf(sampler: Sampler, times: Iterable<number>): readonly number[] {
  return [...times].map((at) => sampler.take(at)).filter((weight) => weight > 0);
}

const evenly = (count: number, overMs: number) =>
  Array.from({ length: count }, (_, i) => Math.floor((i * overMs) / count));

describe("Sampler", () => {
  test("takes everything while it is no more than the rate", () => {
    expect(weightsOf(new Sampler(200), evenly(2_000, 10_000))).toEqual(new Array(2_000).fill(1));
  });

  test("takes a burst of a second at once", () => {
    const weights = weightsOf(new Sampler(200), new Array(1_000).fill(5));
    expect(weights).toEqual(new Array(200).fill(1));
  });

  test("takes as many as the rate of more, evenly, and each stands for its share", () => {
    const sampler = new Sampler(100);
    weightsOf(sampler, new Array(100).fill(0));
    const weights = weightsOf(sampler, evenly(50_000, 10_000));
    expect(weights.length).toBeGreaterThanOrEqual(990);
    expect(weights.length).toBeLessThanOrEqual(1_000);
    expect(Math.max(...weights)).toBeLessThanOrEqual(55);
  });

  test("takes none at a rate of none, and some again after that", () => {
    const sampler = new Sampler(0);
    expect(weightsOf(sampler, evenly(100, 5_000))).toEqual([]);
    sampler.setRate(10);
    expect(weightsOf(sampler, [6_000])).toEqual([101]);
  });

  test("goes on where the clock goes back", () => {
    const sampler = new Sampler(1);
    expect([10_000, 5_000, 5_999, 6_000].map((at) => sampler.take(at))).toEqual([1, 0, 0, 3]);
  });

  test("weights come to all that came, but for those since the last one", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 500 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 300 }), (list, rate) => {
        const sampler = new Sampler(rate);
        let at = 0;
        let waiting = 0;
        let sum = 0;
        for (const gap of list) {
          at += gap;
          const weight = sampler.take(at);
          sum += weight;
          waiting = weight > 0 ? 0 : waiting + 1;
        }
        expect(sum + waiting).toBe(list.length);
      }),
    );
  });
});
