// Headers that say that nothing is left, and are right: they are believed.
import { expect, test } from "bun:test";
import { Meter } from "../../../src/balancer/limits/meter.ts";
import { newForms, START } from "../fixtures.ts";

const READING = { unit: "requests", limit: 600, remaining: 0, resetMs: 59_900 } as const;
const one = () => 1;

test("many refusals of one burst, each saying that nothing is left", () => {
  const meter = new Meter(newForms());
  const takings = Array.from({ length: 20 }, (_, order) => meter.take(one, order + 1, START));
  const now = START + 100;
  takings.forEach((taking, index) => {
    meter.refused(taking, { readings: [READING], retryAfterMs: undefined, order: 100 + index, now });
    meter.read(READING, taking, now);
  });
  expect(meter.uses(now)).toMatchObject([{ name: "rpm", source: "headers", limit: 600 }]);
});
