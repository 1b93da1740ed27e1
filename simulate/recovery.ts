// How soon a provider is used again after a fault is over.
import type { Change } from "../src/balancer/contract.ts";
import type { Fault, Scenario } from "./scenario.ts";
import { START } from "./virtual-clock.ts";
import type { CallRecord } from "./world/call-record.ts";

/**
 * One fault: how long after its end the first call was served there, infinite if none was, and how long that may take,
 * which is until the probe that was due when it ended.
 */
export interface Recovery {
  readonly provider: string;
  readonly fault: Fault;
  readonly tookMs: number;
  readonly allowedMs: number;
}

/** Until a request comes that may be the probe, and for the call itself. */
const TRAFFIC_MS = 5_000;
/** The longest time between two probes, with its jitter (health design). */
const LONGEST_PROBE_MS = 330_000;

interface Course {
  readonly calls: readonly CallRecord[];
  readonly changes: readonly Change[];
}

/** All faults after which the next probe came before another fault and before the end of the run. */
export function recoveriesOf({ providers, windows, windowMs }: Scenario, course: Course): readonly Recovery[] {
  return providers.flatMap(({ name, faults = [] }) =>
    faults.flatMap((fault) => {
      const allowedMs = Math.min(LONGEST_PROBE_MS, probeAfterMs(name, fault, course)) + TRAFFIC_MS;
      const nextMs = Math.min(
        windows * windowMs,
        ...faults.map(({ fromMs }) => fromMs).filter((from) => from >= fault.toMs),
      );
      if (fault.toMs + allowedMs > nextMs) return [];
      return [{ provider: name, fault, allowedMs, tookMs: tookMs(name, fault, course) }];
    }),
  );
}

/** When the probe was due that the balancer had said before the end of the fault. */
function probeAfterMs(provider: string, { toMs }: Fault, { changes }: Course): number {
  const end = START + toMs;
  const due = changes.flatMap(({ level, at, until, ...change }) => {
    const isBreaker = level === "provider" || level === "provider-model";
    return isBreaker && change.provider === provider && at <= end && until !== undefined ? [until - end] : [];
  });
  return due.reduce((latest, ms) => Math.max(latest, ms), 0);
}

function tookMs(provider: string, { toMs, model }: Fault, { calls }: Course): number {
  const end = START + toMs;
  const first = calls.find((call) => {
    const isThere = call.provider === provider && (model === undefined || call.arrival.model.name === model);
    return isThere && call.at >= end && call.refusal === undefined;
  });
  return first === undefined ? Number.POSITIVE_INFINITY : first.at - end;
}
