// The words for what stands in a key's way, or why another goes first.
import type { OutputOf } from "../../admin/operation-table.ts";
import { isolated, t, textOf } from "../texts/texts.ts";

export type ExplainedKey = OutputOf<"explain">["keys"][number];
export type Obstacle = ExplainedKey["why"][number];
export type Strategy = OutputOf<"explain">["route"][number]["strategy"];
export type Limit = NonNullable<ExplainedKey["limits"]>[number];

/** Among keys that could all serve, what goes first depends on the strategy. */
export function reasonText({ code, group, reason }: Pick<Obstacle, "code" | "group" | "reason">, strategy?: Strategy) {
  const words = textOf(`explain.why.${wordOf(code, reason, strategy)}`) ?? code;
  return group === undefined ? words : t("explain.of_group", { group, words });
}

function wordOf(code: Obstacle["code"], reason: string | undefined, strategy: Strategy = "balanced"): string {
  if (code === "disabled" && reason === "operator") return "disabled_by_operator";
  // Whose turn it is decides among those with equally much in flight.
  if (code === "other_turn" && strategy === "balanced") return "turn_round_robin";
  return code === "busier" || code === "other_turn" ? `turn_${strategy}` : code;
}

const SOURCES: Partial<Readonly<Record<Obstacle["code"], Limit["source"]>>> = {
  limit_stated: "config",
  limit_of_headers: "headers",
  limit_learnt: "refusals",
};

/** The limits that an obstacle speaks of: those that are used up, or else all, as one may have too little room left. */
export function limitsMeant({ code }: Pick<Obstacle, "code">, limits: readonly Limit[]): readonly Limit[] {
  const source = SOURCES[code];
  if (source === undefined) return [];
  const meant = limits.filter((limit) => limit.source === source && limit.name !== "concurrency");
  const full = meant.filter(({ used, limit }) => used >= limit);
  return full.length === 0 ? meant : full;
}

/** What the provider said of it, if anything. */
export function causeText({ reason, status, message }: Obstacle): string {
  if (reason === "operator") return "";
  return [status === undefined ? "" : String(status), isolated(reason ?? ""), isolated(message ?? "")]
    .filter((part) => part !== "")
    .join(" · ");
}
