// `explain`: which key a request would get now, and why every other is skipped.
import { z } from "zod";
import type { Explanation, Obstacle } from "../../balancer/explanation.ts";
import { isoTime, time } from "../iso-time.ts";
import { limitRow, limitRows } from "../key-rows.ts";
import { call } from "../operation.ts";
import type { ControlPorts, ExplainedRefusal, ExplainedTarget, ExplainedWait } from "../ports.ts";
import { tokenNamed } from "../select-tokens.ts";

const OBSTACLES = [
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

const target = z.object({
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

const tier = z.object({
  strategy: z
    .enum(["balanced", "round_robin", "random", "fill_first", "least_used", "headroom"])
    .describe("How it is chosen among keys of equal priority."),
  affinity: z
    .boolean()
    .optional()
    .describe("`affinity: auto`: what the body begins with, which is not known here, may prefer another usable key."),
  targets: z.array(target).describe("Side by side."),
});

const key = z.object({
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

export const explain = call({
  name: "explain",
  kind: "read",
  who: "admin",
  summary: "Says which provider and key a request would get now, and why every other is skipped. Nothing is sent.",
  input: z.strictObject({
    request: z.string().min(1).describe("A model, or a path such as `/v1/chat/completions`."),
    model: z.string().min(1).optional().describe("With a path: the model in the body."),
    method: z.string().min(1).optional().describe("With a path: `POST` by default where the operation takes a body."),
    token: z.string().min(1).optional().describe("A client token, by name or id: what the request would meet with it."),
  }),
  output: z.object({
    method: z.string().describe("The method of the request."),
    path: z.string().describe("As it is understood, after repair."),
    operation: z.string().describe("What the path asks for; `unknown` where no table knows it."),
    model: z.string().optional().describe("As the client names it."),
    rule: z.string().optional().describe("Which rule chose the route."),
    refusal: z
      .object({
        status: z.int().describe("The status of the answer."),
        code: z.string().describe("The code in its error."),
        message: z.string().describe("The message in its error."),
        retry_after_s: z.int().optional().describe("The header Retry-After, in seconds."),
      })
      .optional()
      .describe("What the client gets without any attempt."),
    wait: z
      .object({
        until: time.optional().describe("When a key may be back; absent where only the end of another request tells."),
        at_most_s: z.number().describe("How long requests wait at most: `queue.max_wait`."),
        waiting: z.int().describe("How many requests wait now."),
      })
      .optional()
      .describe("The request waits first: nothing may serve it now, or others wait for the same."),
    picked: key.optional().describe("The key that the request would get; absent where it would get none."),
    on_trial: z
      .boolean()
      .optional()
      .describe("The picked key is half-open: the request finds out whether it works again."),
    route: z.array(tier).describe("Tiers in fallback order, with what is known of their providers."),
    keys: z.array(key).describe("Every key of the route, the picked one included."),
  }),
  run({ token: word, ...asked }, ports) {
    const token = word === undefined ? undefined : tokenNamed(word, ports.tokens.known());
    const question = { ...asked, token };
    const { method, path, operation, model, rule, refusal, wait, route, keys: all, isTrial } = ports.explain(question);
    const keys = all.map((explanation) => toRow(explanation, ports));
    const picked = keys.find(({ choice }) => choice === "picked");
    return {
      method,
      path,
      operation,
      ...(model !== undefined && { model }),
      ...(rule !== undefined && { rule }),
      ...(refusal !== undefined && { refusal: refusalOf(refusal) }),
      ...(wait !== undefined && { wait: waitOf(wait) }),
      ...(picked !== undefined && { picked }),
      ...(isTrial && { on_trial: true }),
      route: route.map(({ strategy, isAffine, targets }) => ({
        strategy,
        ...(isAffine && { affinity: true }),
        targets: targets.map(targetOf),
      })),
      keys,
    };
  },
});

function refusalOf({ retryAfterS, ...facts }: ExplainedRefusal) {
  return { ...facts, ...(retryAfterS !== undefined && { retry_after_s: retryAfterS }) };
}

function waitOf({ until, atMostMs, waiting }: ExplainedWait) {
  return { ...(until !== undefined && { until: isoTime(until) }), at_most_s: atMostMs / 1_000, waiting };
}

function targetOf({ provider, model, state, until, openModel }: ExplainedTarget): z.output<typeof target> {
  return {
    provider,
    ...(model !== undefined && { model }),
    state,
    ...(until !== undefined && { until: isoTime(until) }),
    ...(openModel && { model_state: openModel.state, model_until: isoTime(openModel.until) }),
  };
}

function toRow(explanation: Explanation, ports: Pick<ControlPorts, "key" | "proxies">): z.output<typeof key> {
  const { target, tier, keyId, keyName, isPicked, isUsable, obstacles } = explanation;
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
    choice: isPicked ? "picked" : isUsable ? "usable" : "skipped",
    why: obstacles.map(({ until, ...facts }) => ({ ...facts, ...(until !== undefined && { until: isoTime(until) }) })),
    ...(limits !== undefined && { limits }),
  };
}

const LIMITS: ReadonlySet<Obstacle["code"]> = new Set(["limit_stated", "limit_of_headers", "limit_learnt"]);

function limitsFor({ target: { provider, model }, keyId }: Explanation, ports: Pick<ControlPorts, "key">) {
  const all = ports.key({ provider, keyId })?.limits ?? [];
  return limitRows(all.filter((limit) => limit.model === undefined || limit.model === model));
}
