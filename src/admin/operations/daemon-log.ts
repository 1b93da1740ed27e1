// `daemon.log`: what the daemon wrote into its own log.
import { z } from "zod";
import { time } from "../iso-time.ts";
import { stream } from "../operation.ts";

const MOST_LINES = 100_000;

export const daemonLog = stream({
  name: "daemon.log",
  kind: "read",
  who: "admin",
  summary: "Answers with the lines of the daemon's own log that match, oldest first, and with those that follow.",
  input: z.strictObject({
    errors: z.boolean().optional().describe("Only warnings, errors and requests that were not served."),
    since: time.optional().describe("Only what was logged at this time or later."),
    until: time.optional().describe("Only what was logged before this time."),
    status: z
      .string()
      .regex(/^[1-5](\d\d|xx)$/i, { error: "a status such as 429 or 4xx" })
      .optional()
      .describe("Only requests that were answered so: `429`, or `4xx`."),
    provider: z.string().optional().describe("Only of this provider."),
    key: z.string().optional().describe("A key's name or id."),
    model: z.string().optional().describe("As the client named it, or as the provider does."),
    id: z.string().optional().describe("A request's id."),
    last: z.int().min(0).max(MOST_LINES).default(100).describe("How many lines at most, before those that follow."),
    follow: z.boolean().default(false).describe("Goes on with what is logged from now on, until the caller leaves."),
  }),
  output: z.object({ line: z.string().describe("JSON, as it was logged.") }),
  async *run({ since, until, ...query }, ports, signal) {
    const span = {
      ...(since !== undefined && { sinceMs: Date.parse(since) }),
      ...(until !== undefined && { untilMs: Date.parse(until) }),
    };
    for await (const line of ports.logs.read({ ...query, ...span }, signal)) yield { line };
  },
});
