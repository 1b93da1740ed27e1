// `explain`: which key a request would get now, and why every other is skipped.
import { z } from "zod";
import { mapInSlices } from "../../core/slices.ts";
import { listExplained } from "../explain-list.ts";
import type { ExplainedRefusal, ExplainedWait } from "../explain-port.ts";
import { explainedKey, explainedTier, OBSTACLES, toExplainedKey, toTarget } from "../explain-rows.ts";
import { isoTime, time } from "../iso-time.ts";
import { call } from "../operation.ts";
import { tokenNamed } from "../select-tokens.ts";

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
    limit: z.int().min(1).optional().describe("How many keys are listed at most; all by default."),
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
    picked: explainedKey.optional().describe("The key that the request would get; absent where it would get none."),
    on_trial: z
      .boolean()
      .optional()
      .describe("The picked key is half-open: the request finds out whether it works again."),
    route: z.array(explainedTier).describe("Tiers in fallback order, with what is known of their providers."),
    keys: z
      .array(explainedKey)
      .describe(
        "Every key of the route, the picked one included; with a `limit` those that would serve go before those that are skipped.",
      ),
    choices: z
      .object({
        picked: z.int().describe("One at most."),
        usable: z.int().describe("They would serve if the picked one did not."),
        skipped: z.int().describe("They would not."),
      })
      .describe("How many keys the route has of each choice, also where they are not listed."),
    reasons: z
      .array(
        z.object({
          code: z.enum(OBSTACLES).describe("What it is, as in `keys`."),
          keys: z.int().describe("In how many keys' way it stands."),
        }),
      )
      .describe("What stands in the way of keys, or why others go first, the most frequent first."),
  }),
  async run({ token: word, limit, ...asked }, ports, signal) {
    const token = word === undefined ? undefined : tokenNamed(word, ports.tokens.known());
    const { method, path, operation, model, rule, refusal, wait, route, isTrial, ...of } = ports.explain({
      ...asked,
      token,
    });
    const { keys, ...counts } = await listExplained(of.keys, limit, signal);
    return {
      method,
      path,
      operation,
      ...(model !== undefined && { model }),
      ...(rule !== undefined && { rule }),
      ...(refusal !== undefined && { refusal: refusalOf(refusal) }),
      ...(wait !== undefined && { wait: waitOf(wait) }),
      ...(of.picked !== undefined && { picked: toExplainedKey(of.picked, ports) }),
      ...(isTrial && { on_trial: true }),
      route: route.map(({ strategy, isAffine, targets }) => ({
        strategy,
        ...(isAffine && { affinity: true }),
        targets: targets.map(toTarget),
      })),
      keys: await mapInSlices(keys, (key) => toExplainedKey(key, ports)),
      ...counts,
    };
  },
});

function refusalOf({ retryAfterS, ...facts }: ExplainedRefusal) {
  return { ...facts, ...(retryAfterS !== undefined && { retry_after_s: retryAfterS }) };
}

function waitOf({ until, atMostMs, waiting }: ExplainedWait) {
  return { ...(until !== undefined && { until: isoTime(until) }), at_most_s: atMostMs / 1_000, waiting };
}
