// Laws of any traffic over pools with limits, groups, priorities and strategies, small and large.
import { test } from "bun:test";
import fc from "fast-check";
import { Traffic } from "./traffic.ts";
import { pools, steps } from "./traffic-arbitraries.ts";

test("any traffic: picks are usable and within every stated limit, waits are honest, nothing is left at rest", () => {
  fc.assert(
    fc.property(pools, steps, (specs, all) => {
      const traffic = new Traffic(specs);
      for (const step of all) traffic.play(step);
      traffic.finish();
    }),
    { numRuns: 60 },
  );
}, 60_000);
