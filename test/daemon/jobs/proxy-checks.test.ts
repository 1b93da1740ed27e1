// The automatic check of outbound proxies, by the clock and through reloads.
import { expect, test } from "bun:test";
import { proxyChecksJob } from "../../../src/daemon/jobs/proxy-checks.ts";
import { MINUTE, SECOND } from "../../balancer/fixtures.ts";
import { VirtualTime } from "../../proxy/fixtures.ts";
import { JobLab } from "./job-lab.ts";

function open(settings: { checkUrl: string | undefined; intervalMs: number }, results: readonly boolean[] = []) {
  const time = new VirtualTime();
  const startedAt = time.now();
  const rounds: number[] = [];
  const job = proxyChecksJob({
    settings: () => ({ timeoutMs: 10_000, maxFailures: 3, ...settings }),
    checkAll: async (_signal, onCheck) => {
      rounds.push((time.now() - startedAt) / SECOND);
      for (const isOk of results) onCheck(isOk);
    },
  });
  const lab = new JobLab([job], time);
  lab.jobs.start();
  return { time, rounds, lab, settings, [Symbol.dispose]: () => lab[Symbol.dispose]() };
}

test("goes round once each interval", async () => {
  using site = open({ checkUrl: "https://check.example", intervalMs: MINUTE });
  const { time, rounds, lab } = site;
  await time.advance(3 * MINUTE + SECOND);
  expect(rounds).toEqual([60, 120, 180]);
  lab.jobs.end();
  await time.advance(5 * MINUTE);
  expect([rounds.length, time.pending]).toEqual([3, 0]);
});

test.each([
  [undefined, MINUTE],
  ["https://check.example", 0],
])("asks nobody where the URL is %s and the interval %d", async (checkUrl, intervalMs) => {
  using site = open({ checkUrl, intervalMs });
  const { time, rounds, settings, lab } = site;
  await time.advance(60 * MINUTE);
  expect([rounds, lab.jobs.list()[0]?.intervalMs]).toEqual([[], undefined]);
  // A reload turns it on.
  Object.assign(settings, { checkUrl: "https://check.example", intervalMs: MINUTE });
  await time.advance(1.5 * MINUTE);
  expect(rounds).toHaveLength(1);
});

test("an interval shorter than the look at the settings holds", async () => {
  using site = open({ checkUrl: "https://check.example", intervalMs: SECOND });
  await site.time.advance(3.5 * SECOND);
  expect(site.rounds).toEqual([1, 2, 3]);
});

test.each<[readonly boolean[], string]>([
  [[], "no outbound proxy to ask"],
  [[true], "1 outbound proxy asked: 1 works"],
  [[true, false, true, false], "4 outbound proxies asked: 2 work, 2 fail"],
])("says of the results %p: %s", async (results, words) => {
  using site = open({ checkUrl: undefined, intervalMs: 0 }, results);
  const { result } = await site.lab.jobs.run("proxy-checks").ended;
  expect(result?.words).toBe(words);
});
