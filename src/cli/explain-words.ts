// The words of `explain`: what stands in a key's way, or why another goes first.
import type { OutputOf } from "../admin/operation-table.ts";
import { groupText, limitsText } from "./keys/limit-words.ts";
import { cause, timeLeft } from "./words.ts";

type Explained = OutputOf<"explain">;
export type ExplainedKey = Explained["keys"][number];
export type ExplainedTarget = Explained["route"][number]["targets"][number];
type Obstacle = ExplainedKey["why"][number];
type Strategy = Explained["route"][number]["strategy"];

/** Everything that stands in a key's way; several each with its own time. `now` in wall-clock milliseconds. */
export function whyText({ why, limits = [] }: ExplainedKey, strategy: Strategy | undefined, now: number): string {
  const isOne = why.filter(({ until }) => until !== undefined).length < 2;
  return why
    .map((obstacle) => {
      const left = isOne ? "" : timeLeft(obstacle.until, now);
      const words = wordsOf(obstacle, strategy);
      const detail = detailOf(obstacle, limits);
      return `${words}${left === "" ? "" : ` for ${left}`}${detail === "" ? "" : `, ${detail}`}`;
    })
    .join("; ");
}

function detailOf(obstacle: Obstacle, limits: NonNullable<ExplainedKey["limits"]>): string {
  const source = LIMIT_SOURCES[obstacle.code];
  if (source === undefined) return obstacle.reason === "operator" ? "" : cause(obstacle);
  const meant = limits.filter((limit) => limit.source === source && limit.name !== "concurrency");
  const full = meant.filter(({ used, limit }) => used >= limit);
  // One may have room left, but too little for this request.
  return limitsText(full.length === 0 ? meant : full);
}

/** When the last of what stands in its way is over. */
export function latestOf({ why }: ExplainedKey): string | undefined {
  return why
    .flatMap(({ until }) => until ?? [])
    .toSorted()
    .at(-1);
}

/** How a provider and its model fare there: the worse of both. */
export function targetText({ state, model_state }: ExplainedTarget): string {
  if (state === "suspect") return "suspect: one request at a time tries it";
  if (state === "open") return "failing: others go first";
  if (model_state === "open") return "the model fails there: others go first";
  if (state === "half_open") return "on trial: its next request is a probe";
  return model_state === "half_open" ? "the model is on trial there: its next request is a probe" : "up";
}

/** When the worse of both is over. */
export function targetUntil({ until, model_until }: ExplainedTarget): string | undefined {
  return [until, model_until]
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1);
}

const OBSTACLES: Readonly<Record<Exclude<Obstacle["code"], "busier" | "other_turn">, string>> = {
  disabled: "disabled",
  invalid: "invalid",
  exhausted: "no credit",
  cooling: "rests",
  model_cooling: "rests for this model",
  model_blocked: "may not use this model",
  operation_blocked: "may not use this operation",
  model_not_served: "does not serve this model (models)",
  other_key_pinned: "the account of another key has it, or is asked first",
  left_aside: "all of its outbound proxies are out",
  provider_suspect: "its provider refuses key after key",
  provider_open: "its provider or model fails there, and is tried again soon",
  group_cooling: "rests for this model",
  group_exhausted: "no credit",
  limit_stated: "a limit of the configuration leaves no room",
  limit_of_headers: "a limit of the provider leaves no room",
  limit_learnt: "a limit that refusals showed leaves no room",
  concurrency: "has as many requests as it may have at once",
  ramp: "was limited, and takes few requests at a time at first",
  probe_running: "another request finds out whether it works again",
  later_in_route: "comes later in the route",
  provider_failing: "its provider or model fails at present",
  lower_priority: "comes after it by priority",
};

const LIMIT_SOURCES: Partial<Readonly<Record<Obstacle["code"], "config" | "headers" | "refusals">>> = {
  limit_stated: "config",
  limit_of_headers: "headers",
  limit_learnt: "refusals",
};

/** Among keys that could all serve, what goes first depends on the strategy. */
const BUSIER: Readonly<Record<Strategy, string>> = {
  balanced: "has more in flight",
  round_robin: "it is another key's turn",
  random: "the lot fell on another key",
  fill_first: "comes after it in the configuration",
  least_used: "was not used less in the last 24 hours",
  headroom: "has no more left of its limits",
};

function wordsOf({ code, group, reason }: Obstacle, strategy: Strategy = "balanced"): string {
  if (code === "disabled" && reason === "operator") return `${OBSTACLES.disabled} by an operator`;
  const isTurn = code === "other_turn" && strategy === "balanced";
  const words = isTurn
    ? BUSIER.round_robin
    : code === "busier" || code === "other_turn"
      ? BUSIER[strategy]
      : OBSTACLES[code];
  return group === undefined ? words : `${groupText(group)}: ${words}`;
}
