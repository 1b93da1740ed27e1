// Every scenario with fewer keys, under the same bounds: what the balancer promises.
import { describe, expect, test } from "bun:test";
import { reduce } from "../../simulate/reduce.ts";
import { runScenario } from "../../simulate/run-scenario.ts";
import { SCENARIOS } from "../../simulate/scenarios/all.ts";

/**
 * What keeps its bounds at its full size only: an outage costs a probe each ten seconds, however few the requests are,
 * and what refusals teach takes some keys to level out.
 */
const NEEDS_FULL_SIZE: ReadonlySet<string> = new Set(["outage-alone", "silent-overload"]);

const SEED = 1;

describe("reduced", () => {
  const promised = SCENARIOS.filter(({ name }) => !NEEDS_FULL_SIZE.has(name));

  test.each(promised.map((scenario) => [scenario.name, scenario] as const))(
    "%s keeps its bounds",
    (_name, scenario) => {
      expect(runScenario(reduce(scenario), { seed: SEED }).broken).toEqual([]);
    },
  );

  test.each([...NEEDS_FULL_SIZE].map((name) => [name] as const))("%s keeps its bounds at its full size", (name) => {
    const scenario = SCENARIOS.find((one) => one.name === name);
    expect(scenario && runScenario(scenario, { seed: SEED }).broken).toEqual([]);
  });
});
