// Keys and targets of a route as `explain` tells of them.
import { z } from "zod";
import type { Explanation, Obstacle } from "../balancer/explanation.ts";
import type { ExplainedTarget } from "./explain-port.ts";
import { isoTime, time } from "./iso-time.ts";
import { limitRow, limitRows } from "./key-rows.ts";
import type { ControlPorts } from "./ports.ts";

export const OBSTACLES = [
  "disabled",
  "invalid",
  "exhausted",
  "cooling",
  "model_cooling",
  "model_blocked",
  "operation_blocked",
  "model_not_served",
  "other_key_pinned",
  "left_aside",
  "provider_suspect",
  "provider_open",
  "group_cooling",
  "group_exhausted",
  "limit_stated",
  "limit_of_headers",
  "limit_learnt",
  "concurrency",
  "ramp",
  "probe_running",
  "later_in_route",
  "provider_failing",
  "lower_priority",
  "busier",
  "other_turn",
] as const satisfies readonly Obstacle["code"][];

const obstacle = z.object({
  code: z.enum(OBSTACLES).describe("What it is; `left_aside`: all of its outbound proxies are out."),
  until: time.optional().describe("Until when."),
  reason: z.string().optional().describe("The provider's code or our own cause; `operator`: a command."),
  status: z.int().optional().describe("The status that the provider answered."),
  message: z.string().optional().describe("What the provider said, secrets masked."),
  group: z.string().optional().describe("The quota group that it concerns."),
});

export const explainedTarget = z.object({
  provider: z.string().describe("The provider."),
  model: z.string().optional().describe("Its name of the model."),
  state: z
    .enum(["up", "open", "half_open", "suspect"])
    .describe(
      "`open`: others go first. `half_open`: its next request finds out whether it works again. `suspect`: tried by one request at a time.",
    ),
  until: time.optional().describe("When it is tried again; absent where it is up or half-open."),
  model_state: z.enum(["open", "half_open"]).optional().describe("Where the model itself fails there: as `state`."),
  model_until: time.optional().describe("When the model is tried again there; in the past where it is half-open."),
});

export const explainedTier = z.object({
  strategy: z
    .enum(["balanced", "round_robin", "random", "fill_first", "least_used", "headroom"])
    .describe("How it is chosen among keys of equal priority."),
  affinity: z
    .boolean()
    .optional()
    .describe("`affinity: auto`: what the body begins with, which is not known here, may prefer another usable key."),
  targets: z.array(explainedTarget).describe("Side by side."),
});

export const explainedKey = z.object({
  provider: z.string().describe("Its provider."),
  model: z.string().optional().describe("The upstream's name of the model."),
  tier: z.int().describe("Its place in the route, from 0."),
  id: z.string().describe("Its id."),
  name: z.string().describe("Its name."),
  proxy: z
    .string()
    .optional()
    .describe("The outbound proxy that it would go through, user and password masked; absent where it goes directly."),
  proxy_state: z
    .enum(["out", "disabled"])
    .optional()
    .describe("Where no other proxy is left. `out`: it is asked all the same. `disabled`: the call cannot go out."),
  choice: z.enum(["picked", "usable", "skipped"]).describe("`usable`: it would serve if the picked one did not."),
  why: z.array(obstacle).describe("What stands in its way, or why another goes first; empty for the picked one."),
  limits: z.array(limitRow).optional().describe("Where a limit stands in its way: those for this model, as of a key."),
});

export function toTarget({
  provider,
  model,
  state,
  until,
  openModel,
}: ExplainedTarget): z.output<typeof explainedTarget> {
  return {
    provider,
    ...(model !== undefined && { model }),
    state,
    ...(until !== undefined && { until: isoTime(until) }),
    ...(openModel && { model_state: openModel.state, model_until: isoTime(openModel.until) }),
  };
}

export function toExplainedKey(
  explanation: Explanation,
  ports: Pick<ControlPorts, "key" | "proxies">,
): z.output<typeof explainedKey> {
  const { target, tier, keyId, keyName, obstacles } = explanation;
  const limits = obstacles.some(({ code }) => LIMITS.has(code)) ? limitsFor(explanation, ports) : undefined;
  const proxy = ports.proxies.before({ provider: target.provider, keyId });
  return {
    provider: target.provider,
    ...(target.model !== undefined && { model: target.model }),
    tier,
    id: keyId,
    name: keyName,
    ...(proxy !== undefined && { proxy: proxy.shown }),
    ...((proxy?.state === "out" || proxy?.state === "disabled") && { proxy_state: proxy.state }),
    choice: choiceOf(explanation),
    why: obstacles.map(({ until, ...facts }) => ({ ...facts, ...(until !== undefined && { until: isoTime(until) }) })),
    ...(limits !== undefined && { limits }),
  };
}

export function choiceOf({ isPicked, isUsable }: Explanation): "picked" | "usable" | "skipped" {
  if (isPicked) return "picked";
  return isUsable ? "usable" : "skipped";
}

const LIMITS: ReadonlySet<Obstacle["code"]> = new Set(["limit_stated", "limit_of_headers", "limit_learnt"]);

function limitsFor({ target: { provider, model }, keyId }: Explanation, ports: Pick<ControlPorts, "key">) {
  const all = ports.key({ provider, keyId })?.limits ?? [];
  return limitRows(all.filter((limit) => limit.model === undefined || limit.model === model));
}
