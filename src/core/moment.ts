// Moments as people write them: a date, or a date and time with its zone.

/** RFC 3339, 5.6; a date alone is its first moment in UTC. */
const SHAPE = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2}))?$/;

/** Wall-clock milliseconds; undefined for what is no moment, such as the 30th of February or a time without a zone. */
export function parseMoment(text: string): number | undefined {
  const given = text.trim();
  if (!SHAPE.test(given)) return undefined;
  const day = given.slice(0, 10);
  const ms = Date.parse(given.replace(" ", "T").toUpperCase());
  if (Number.isNaN(ms)) return undefined;
  // Some parsers take a day that the month does not have for one of the next month.
  const midnight = Date.parse(day);
  return Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day ? undefined : ms;
}
