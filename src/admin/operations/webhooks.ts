// `webhooks.list` and `webhooks.test`.
import { z } from "zod";
import { nearestName } from "../../config/nearest-name.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import { isoTime, time } from "../iso-time.ts";
import { call } from "../operation.ts";
import type { ControlPorts } from "../ports.ts";
import type { WebhookReport, WebhookTry } from "../webhooks-port.ts";

const named = {
  name: z.string().describe("Its name."),
  url: z.string().describe("Scheme and host of its URL; the rest may be a token."),
};

const answer = {
  status: z.int().optional().describe("What it answered."),
  fault: z.string().optional().describe("Why there was no answer, as a code."),
};

const attempt = z.object({
  at: time.describe("When."),
  type: z.string().describe("The event, or `test`."),
  ...answer,
});

const row = z.object({
  ...named,
  form: z.enum(["generic", "slack"]).describe("What its messages look like."),
  signed: z.boolean().describe("Its messages are signed."),
  events: z.array(z.string()).describe("What it is told of."),
  providers: z.array(z.string()).optional().describe("Whose events; without it those of all providers."),
  pending: z.int().describe("Messages that wait or are under way."),
  delivered: z.int().describe("Messages that were taken since the daemon started."),
  dropped: z.int().describe("Messages that nobody took."),
  gone: z
    .boolean()
    .describe("It answered 410: nothing is sent to it until the configuration is loaded again, or it takes a test."),
  last: attempt.optional().describe("The last try."),
  last_fault: attempt.optional().describe("The last try that failed."),
});

/** One webhook, as operators see it. */
export type WebhookRow = z.output<typeof row>;

export const webhooksList = call({
  name: "webhooks.list",
  kind: "read",
  who: "admin",
  summary: "Lists the webhooks: what they are told of, and how their messages fare.",
  input: z.strictObject({}),
  output: z.object({ webhooks: z.array(row).describe("In the order of the configuration.") }),
  run: (_input, { webhooks }) => ({ webhooks: webhooks.list().map(rowOf) }),
});

export const webhooksTest = call({
  name: "webhooks.test",
  kind: "change",
  who: "admin",
  summary: "Sends a message of type `test` to webhooks, once and at once, and answers with what came back.",
  input: z.strictObject({
    webhooks: z.array(z.string().min(1)).default([]).describe("Their names; all by default."),
  }),
  output: z.object({
    ok: z.boolean().describe("All of them took it."),
    results: z
      .array(
        z.object({
          ...named,
          is_ok: z.boolean().describe("It took the message."),
          ...answer,
          latency_ms: z.number().describe("How long that took."),
        }),
      )
      .describe("In the order of the configuration."),
  }),
  run: async ({ webhooks: names }, ports, signal) => {
    const results = await Promise.all(meant(names, ports).map((webhook) => testOne(webhook, ports, signal)));
    signal.throwIfAborted();
    return { ok: results.every(({ is_ok }) => is_ok), results };
  },
});

async function testOne({ name, shown }: WebhookReport, { webhooks }: ControlPorts, signal: AbortSignal) {
  const { isOk, latencyMs, ...how } = await webhooks.test(name, signal);
  return { name, url: shown, is_ok: isOk, ...endOf(how), latency_ms: latencyMs };
}

/** @throws UserError for a name that none has. */
function meant(names: readonly string[], { webhooks }: ControlPorts): readonly WebhookReport[] {
  const all = webhooks.list();
  const known = all.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    const hint = near === undefined ? "webhooks list shows them" : `did you mean ${near}`;
    throw new UserError(`No webhook has this name: ${hint}`, EXIT.failed);
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

function rowOf({ shown, isSigned, isGone, events, providers, last, lastFault, ...rest }: WebhookReport): WebhookRow {
  return {
    name: rest.name,
    url: shown,
    form: rest.form,
    signed: isSigned,
    events: [...events],
    ...(providers !== undefined && { providers: [...providers] }),
    pending: rest.pending,
    delivered: rest.delivered,
    dropped: rest.dropped,
    gone: isGone,
    ...(last !== undefined && { last: tryOf(last) }),
    ...(lastFault !== undefined && { last_fault: tryOf(lastFault) }),
  };
}

function tryOf({ at, type, ...how }: WebhookTry) {
  return { at: isoTime(at), type, ...endOf(how) };
}

function endOf({ status, fault }: Pick<WebhookTry, "status" | "fault">) {
  return { ...(status !== undefined && { status }), ...(fault !== undefined && { fault }) };
}
