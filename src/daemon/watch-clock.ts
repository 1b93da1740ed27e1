// Notices when the wall clock goes back.
import type { Schedule } from "../proxy/timing.ts";

const INTERVAL_MS = 1_000;
/** Smaller corrections, as time services make them, do no harm. */
const TOLERANCE_MS = 1_000;

export interface ClockWatch {
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  /** Milliseconds that only grow. */
  readonly monotonic: () => number;
  readonly schedule: Schedule;
  /** Called with how far the clock went back. */
  readonly onBack: (ms: number) => void;
}

/** Compares the clock with one that only grows, once a second; the function that it returns stops that. */
export function watchClock({ now, monotonic, schedule, onBack }: ClockWatch): () => void {
  let wall = now();
  let steady = monotonic();
  let stopTimer = () => {};
  const look = () => {
    const [nextWall, nextSteady] = [now(), monotonic()];
    const backMs = wall + (nextSteady - steady) - nextWall;
    wall = nextWall;
    steady = nextSteady;
    if (backMs > TOLERANCE_MS) onBack(backMs);
    stopTimer = schedule(INTERVAL_MS, look);
  };
  stopTimer = schedule(INTERVAL_MS, look);
  return () => stopTimer();
}
