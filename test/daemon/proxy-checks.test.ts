// The automatic check of outbound proxies, by the clock and through reloads.
import { expect, test } from "bun:test";
import { ProxyChecks } from "../../src/daemon/proxy-checks.ts";
import { MINUTE, SECOND } from "../balancer/fixtures.ts";
import { VirtualTime } from "../proxy/fixtures.ts";

function lab(settings: { checkUrl: string | undefined; intervalMs: number }) {
  const time = new VirtualTime();
  const startedAt = time.now();
  const rounds: number[] = [];
  const checks = new ProxyChecks({
    settings: () => ({ timeoutMs: 10_000, maxFailures: 3, ...settings }),
    checkAll: async () => void rounds.push((time.now() - startedAt) / SECOND),
    schedule: time.schedule,
  });
  return { time, rounds, checks, settings };
}

test("goes round once each interval", async () => {
  const { time, rounds, checks } = lab({ checkUrl: "https://check.example", intervalMs: MINUTE });
  await time.advance(3 * MINUTE + SECOND);
  expect(rounds).toEqual([60, 120, 180]);
  checks.stop();
  await time.advance(5 * MINUTE);
  expect([rounds.length, time.pending]).toEqual([3, 0]);
});

test.each([
  [undefined, MINUTE],
  ["https://check.example", 0],
])("asks nobody where the URL is %s and the interval %d", async (checkUrl, intervalMs) => {
  const { time, rounds, checks, settings } = lab({ checkUrl, intervalMs });
  await time.advance(60 * MINUTE);
  expect(rounds).toEqual([]);
  // A reload turns it on.
  Object.assign(settings, { checkUrl: "https://check.example", intervalMs: MINUTE });
  await time.advance(1.5 * MINUTE);
  expect(rounds).toHaveLength(1);
  checks.stop();
});

test("an interval shorter than the look at the settings holds", async () => {
  const { time, rounds, checks } = lab({ checkUrl: "https://check.example", intervalMs: SECOND });
  await time.advance(3.5 * SECOND);
  expect(rounds).toEqual([1, 2, 3]);
  checks.stop();
});
