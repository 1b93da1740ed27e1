// `explain`: which key a request would get now, and why every other is skipped.
import { z } from "zod";
import type { Explanation, Obstacle } from "../../balancer/contract.ts";
import { isoTime, time } from "../iso-time.ts";
import { call } from "../operation.ts";

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
  code: z.enum(OBSTACLES).describe("What it is."),
  until: time.optional().describe("Until when."),
  reason: z.string().optional().describe("The provider's code or our own cause; `operator`: a command."),
  status: z.int().optional().describe("The status that the provider answered."),
  message: z.string().optional().describe("What the provider said, secrets masked."),
});

const key = z.object({
  provider: z.string().describe("Its provider."),
  model: z.string().optional().describe("The upstream's name of the model."),
  tier: z.int().describe("Its place in the route, from 0."),
  id: z.string().describe("Its id."),
  name: z.string().describe("Its name."),
  choice: z.enum(["picked", "usable", "skipped"]).describe("`usable`: it would serve if the picked one did not."),
  why: z.array(obstacle).describe("What stands in its way, or why another goes first; empty for the picked one."),
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
      })
      .optional()
      .describe("What the client gets without any attempt."),
    picked: key.optional().describe("The key that the request would get; absent where it would get none."),
    keys: z.array(key).describe("Every key of the route, the picked one included."),
  }),
  run(question, ports) {
    const { model, rule, refusal, keys: explanations, ...facts } = ports.explain(question);
    const keys = explanations.map(toRow);
    const picked = keys.find(({ choice }) => choice === "picked");
    return {
      ...facts,
      ...(model !== undefined && { model }),
      ...(rule !== undefined && { rule }),
      ...(refusal !== undefined && { refusal }),
      ...(picked !== undefined && { picked }),
      keys,
    };
  },
});

function toRow({ target, tier, keyId, keyName, isPicked, isUsable, obstacles }: Explanation): z.output<typeof key> {
  return {
    provider: target.provider,
    ...(target.model !== undefined && { model: target.model }),
    tier,
    id: keyId,
    name: keyName,
    choice: isPicked ? "picked" : isUsable ? "usable" : "skipped",
    why: obstacles.map(({ until, ...facts }) => ({ ...facts, ...(until !== undefined && { until: isoTime(until) }) })),
  };
}
