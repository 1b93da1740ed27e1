// Durations as people write them: `250ms`, `10s`, `5m`, `24h`, `7d`.

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const SHAPE = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/**
 * Milliseconds of one number with its unit (fractions allowed, rounded to whole milliseconds);
 * undefined when the text is no duration or beyond what a number holds exactly.
 */
export function parseDuration(text: string): number | undefined {
  const match = SHAPE.exec(text.trim());
  if (match === null) return undefined;
  const ms = Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** For people: the two largest units that are not zero, seconds rounded up: `585ms`, `21s`, `9m12s`, `1h4m`, `3d`. */
export function roughDuration(ms: number): string {
  if (ms < UNIT_MS.s) return `${Math.round(ms)}ms`;
  const whole = Math.ceil(ms / UNIT_MS.s) * UNIT_MS.s;
  const units = (["d", "h", "m", "s"] as const).map((unit, at, all) => {
    const larger = all[at - 1];
    const left = larger === undefined ? whole : whole % UNIT_MS[larger];
    return { unit, amount: Math.floor(left / UNIT_MS[unit]) };
  });
  const first = units.findIndex(({ amount }) => amount > 0);
  const shown = units.slice(first, first + 2).filter(({ amount }) => amount > 0);
  return shown.map(({ unit, amount }) => `${amount}${unit}`).join("");
}
