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

/** How reports and changes call a key×model or key×operation that rests for this cause. */
export function partStateOf(cause: Cause): "cooling" | "blocked" {
  return cause === "missing" || cause === "scope" ? "blocked" : "cooling";
}
