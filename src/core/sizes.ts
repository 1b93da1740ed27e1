// Sizes and counts as people write them: `64MiB`, `10MB`, `512`; `200k`, `2M`.

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

const COUNT_UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6 };

const SHAPE = /^(\d+(?:\.\d+)?) ?([a-z]*)$/;

/** Bytes of a number with an optional unit (B, kB, MB, GB, KiB, MiB, GiB, any case); undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  return parseAmount(text, SIZE_UNITS);
}

/** A whole number of a number with an optional unit (k: thousand, M: million, any case); undefined when it is none. */
export function parseCount(text: string): number | undefined {
  return parseAmount(text, COUNT_UNITS);
}

function parseAmount(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = SHAPE.exec(text.trim().toLowerCase());
  const unit = match?.[2] ?? "";
  if (match === null || !Object.hasOwn(units, unit)) return undefined;
  const amount = Math.round(Number(match[1]) * (units[unit] ?? 1) * 1e6) / 1e6;
  return Number.isSafeInteger(amount) ? amount : undefined;
}
