// Says what a value is without saying the value.

/** The kind of a configured value and its length, for example `a string of 9 characters`; never the value itself. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string")
    return value === "" ? "an empty string" : `a string of ${count(value.length, "character")}`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${count(value.length, "item")}`;
  if (typeof value === "object") return `a map of ${count(Object.keys(value).length, "field")}`;
  return typeof value === "boolean" ? "true or false" : `a ${typeof value}`;
}

/** `1 key`, `2 keys`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
