// Sizes as people write them: `64MiB`, `10MB`, `512`.

const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

const SHAPE = /^(\d+(?:\.\d+)?) ?([a-z]*)$/;

/** Bytes of a number with an optional unit (B, kB, MB, GB, KiB, MiB, GiB, any case); undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  const match = SHAPE.exec(text.trim().toLowerCase());
  const unit = match?.[2] ?? "";
  if (match === null || !Object.hasOwn(SIZE_UNITS, unit)) return undefined;
  const amount = Math.round(Number(match[1]) * (SIZE_UNITS[unit] ?? 1) * 1e6) / 1e6;
  return Number.isSafeInteger(amount) ? amount : undefined;
}
