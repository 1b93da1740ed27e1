// Figures of the process are measured.
import { expect, setDefaultTimeout, test } from "bun:test";
import { processFamilies } from "../../src/metrics/process-families.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

async function figures(): Promise<Readonly<Record<string, number>>> {
  const all = await processFamilies();
  return Object.fromEntries(
    all.flatMap(({ name, samples }) => Array.from(samples, ({ value }) => [name, value] as const)),
  );
}

test("processFamilies tells how long the event loop was held up", async () => {
  await figures();
  const held = await until("a lag", async () => {
    const end = performance.now() + 60;
    while (performance.now() < end);
    const { nodejs_eventloop_lag_max_seconds: max = 0, nodejs_eventloop_lag_p99_seconds: p99 = 0 } = await figures();
    return max > 0 && { max, p99 };
  });
  expect(held.p99).toBeGreaterThan(0);
});

test("processFamilies tells nothing that is no number of seconds or bytes", async () => {
  await figures();
  for (const [name, value] of Object.entries(await figures())) {
    expect([name, Number.isFinite(value)]).toEqual([name, true]);
    if (name.includes("lag")) expect(value).toBeLessThan(3_600);
  }
});
