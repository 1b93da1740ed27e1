// The causes of rests, each with its own end and its own back-off.

/** Why something rests; each cause has its own end and its own back-off step. */
export type Cause =
  | "invalid"
  | "exhausted"
  | "refused"
  | "ruled"
  | "failing"
  | "silent"
  | "limited"
  | "daily"
  | "missing"
  | "scope";

/** What is over by the clock without anybody knowing whether it is: the next request is a probe. */
const UNCERTAIN: ReadonlySet<Cause> = new Set(["invalid", "exhausted", "refused", "failing", "silent", "missing"]);

export function isUncertain(cause: Cause): boolean {
  return UNCERTAIN.has(cause);
}

/** How reports and changes call a key×model or key×operation that rests for this cause. */
export function partStateOf(cause: Cause): "cooling" | "blocked" | "exhausted" {
  if (cause === "exhausted") return cause;
  return cause === "missing" || cause === "scope" ? "blocked" : "cooling";
}
