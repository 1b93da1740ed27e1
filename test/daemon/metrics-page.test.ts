// Whoever asks for metrics gets them as they are, and many at once cost no more than one.
import { expect, test } from "bun:test";
import { MetricsPage, type MetricsSource } from "../../src/daemon/metrics-page.ts";
import { samplesIn } from "../fixture/metrics-text.ts";
import { configOf, countsOf, traced } from "../metrics/lab.ts";

function pageOf() {
  const counts = countsOf(configOf(["first"]));
  const looks: string[] = [];
  const source: MetricsSource = {
    counts,
    now: () => 1_000,
    redact: (text) => text,
    pools: () => [],
    state: () => ({
      version: "1.2.3",
      inFlight: 0,
      queue: { length: 0, longestWaitMs: 0, refused: 0, ended: NOBODY },
      logDropped: 0,
      records: { dropped: 0, sampledOut: 0, pending: 0 },
      webhooks: [],
      diskFaults: {},
    }),
    catchUp: async () => {
      looks.push("caught up");
      counts.note([traced()]);
    },
  };
  return { page: new MetricsPage(source), looks };
}

const NONE = { count: 0, waitedMs: 0 };
const NOBODY = { taken: NONE, hopeless: NONE, late: NONE, gone: NONE, displaced: NONE };

async function requestsIn(answer: Response): Promise<number | undefined> {
  return samplesIn(await answer.text()).find(({ name }) => name === "openai_balance_requests_total")?.value;
}

test("MetricsPage counts what has ended before it answers", async () => {
  const { page } = pageOf();
  expect(await requestsIn(await page.answer())).toBe(1);
  expect(await requestsIn(await page.answer())).toBe(2);
});

test("MetricsPage makes one answer for all who ask meanwhile", async () => {
  const { page, looks } = pageOf();
  const answers = await Promise.all([page.answer(), page.answer(), page.answer()]);
  expect(looks).toEqual(["caught up"]);
  expect(await Promise.all(answers.map(requestsIn))).toEqual([1, 1, 1]);
});
