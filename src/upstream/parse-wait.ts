// Reads how long to wait, as providers write it: `6m0s`, `12ms`, `1.2s`, `30 seconds`.

// A wait beyond this is no wait but a mistake, for example a date where seconds were meant.
const LONGEST_WAIT_MS = 366 * 86_400_000;

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ...["us", "µs", "μs"].map((name) => [name, 1e-3] as const),
  ...["ms", "millisecond", "milliseconds"].map((name) => [name, 1] as const),
  ...["s", "sec", "secs", "second", "seconds"].map((name) => [name, 1_000] as const),
  ...["m", "min", "mins", "minute", "minutes"].map((name) => [name, 60_000] as const),
  ...["h", "hr", "hrs", "hour", "hours"].map((name) => [name, 3_600_000] as const),
  ...["d", "day", "days"].map((name) => [name, 86_400_000] as const),
]);

/** A wait in whole milliseconds, rounded up; undefined for what is no plausible wait (negative, not finite, a year). */
export function plausibleWait(ms: number): number | undefined {
  return ms >= 0 && ms <= LONGEST_WAIT_MS ? Math.ceil(ms) : undefined;
}

/**
 * The wait that `text` states, in milliseconds. Every number needs its unit. `at: "start"`: what follows the wait is
 * ignored, as in a sentence; `at: "all"`: there must be nothing else.
 */
export function parseWait(text: string, at: "start" | "all"): number | undefined {
  const part = /\s*(\d{1,15}(?:\.\d{1,15})?)\s?([a-zµμ]{1,12})/iy;
  let total: number | undefined;
  let end = 0;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    const unit = UNIT_MS.get((match[2] ?? "").toLowerCase());
    if (unit === undefined) break;
    total = (total ?? 0) + Number(match[1]) * unit;
    end = part.lastIndex;
  }
  if (total === undefined || (at === "all" && text.slice(end).trim() !== "")) return undefined;
  return plausibleWait(total);
}
