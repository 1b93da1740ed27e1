// `live`: what happens at the daemon, as it happens, for pages that stay open.
import { z } from "zod";
import { isoTime, time } from "../iso-time.ts";
import { LIVE_TOPICS, type LiveFigures, type LiveItem } from "../live-port.ts";
import { stream } from "../operation.ts";
import type { ControlPorts } from "../ports.ts";

const id = z.string().describe("The `after` of whoever has seen this and all before it.");

const count = z.int().min(0);

const figures = z.object({
  in_flight: count.describe("Requests of clients that go on now."),
  waiting: count.describe("Those of them that wait for a key."),
  served: count.describe("Requests since the start that were answered."),
  refused: count.describe("Those that were refused, with 400 to 499."),
  failed: count.describe("Those that got 500 or more, or a broken answer."),
  left: count.describe("Those whose clients left before the end."),
  attempts: count.describe("Calls of providers that they took."),
  prompt_tokens: count.describe("Tokens of the requests."),
  completion_tokens: count.describe("Tokens of the answers."),
});

const liveEvent = z.discriminatedUnion("event", [
  z
    .object({
      event: z.literal("hello"),
      data: z.object({
        version: z.string().describe("Of the daemon."),
        started_at: time.describe("Since when it runs."),
        now: time.describe("What its clock says."),
        instance: z.string().describe("Names this run of it: every `id` begins with it."),
      }),
    })
    .describe("always the first one"),
  z
    .object({ event: z.literal("reset"), data: z.object({}) })
    .describe("since what came after `after` is not known any more: everything may have changed"),
  z
    .object({ id, event: z.literal("figures"), data: figures })
    .describe("where they have changed, once a second at most"),
  z
    .object({
      id,
      event: z.literal("health"),
      data: z.object({
        keys: z.array(z.string()).optional().describe("The ids of these keys; absent where there are more than 200."),
        providers: z.array(z.string()).describe("The names of their providers."),
      }),
    })
    .describe("where the health of keys or providers has changed"),
  z
    .object({
      id,
      event: z.literal("requests"),
      data: z.object({
        count: count.describe("How many records were written: `logs.list` with `after` tells of them."),
      }),
    })
    .describe("where requests were recorded, once a second at most"),
  z
    .object({
      id,
      event: z.literal("changed"),
      data: z.object({ what: z.enum(LIVE_TOPICS).describe("What is to be asked for anew.") }),
    })
    .describe("where something else has changed; of `records`, some are gone then"),
  z
    .object({ event: z.literal("stopping"), data: z.object({}) })
    .describe("the last one, where the daemon begins to stop"),
]);

export type LiveEvent = z.output<typeof liveEvent>;

export const live = stream({
  name: "live",
  kind: "read",
  who: "admin",
  summary: "Tells what happens, as it happens, until the caller leaves: what was missed meanwhile comes first.",
  input: z.strictObject({
    after: z
      .string()
      .optional()
      .describe("The `id` of an earlier event: what came behind it first; only what comes from now on by default."),
  }),
  output: liveEvent,
  live: { resumesBy: "after" },
  async *run({ after }, ports, signal) {
    for await (const item of ports.live.follow(after, signal)) yield eventOf(item, ports);
  },
});

function eventOf(item: LiveItem, ports: ControlPorts): LiveEvent {
  switch (item.event) {
    case "hello": {
      const { instance, startedAt } = item.data;
      const data = { version: ports.version, started_at: isoTime(startedAt), now: isoTime(ports.now()), instance };
      return { ...item, data };
    }
    case "figures":
      return { ...item, data: figuresOf(item.data) };
    case "health": {
      const { keys, providers } = item.data;
      return { ...item, data: { ...(keys && { keys: [...keys] }), providers: [...providers] } };
    }
    case "requests":
    case "reset":
    case "changed":
    case "stopping":
      return item;
    default:
      return item satisfies never;
  }
}

function figuresOf({ inFlight, promptTokens, completionTokens, ...counts }: LiveFigures): z.output<typeof figures> {
  return { in_flight: inFlight, ...counts, prompt_tokens: promptTokens, completion_tokens: completionTokens };
}
