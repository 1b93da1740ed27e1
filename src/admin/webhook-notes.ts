// Webhooks that an operator must know of, for answers about the daemon as a whole.
import { z } from "zod";
import type { ControlPorts } from "./ports.ts";
import type { WebhookReport } from "./webhooks-port.ts";

export const webhookNotes = {
  webhooks: z
    .array(
      z.object({
        name: z.string().describe("Its name."),
        gone: z
          .boolean()
          .describe(
            "It answered 410: nothing is sent to it until the configuration is loaded again, or it takes a test.",
          ),
        status: z.int().optional().describe("What it answered to its last message."),
        fault: z.string().optional().describe("Why it did not answer, as a code."),
        dropped: z.int().describe("Messages that nobody took."),
      }),
    )
    .optional()
    .describe("Webhooks that did not take their last message, or are gone; absent where there are none."),
};

/** What `webhookNotes` describes. */
export function webhookNotesOf({
  webhooks,
}: Pick<ControlPorts, "webhooks">): z.output<z.ZodObject<typeof webhookNotes>> {
  const failing = webhooks.list().filter(isFailingWebhook);
  if (failing.length === 0) return {};
  return {
    webhooks: failing.map(({ name, isGone, lastFault, dropped }) => ({
      name,
      gone: isGone,
      ...(lastFault?.status !== undefined && { status: lastFault.status }),
      ...(lastFault?.fault !== undefined && { fault: lastFault.fault }),
      dropped,
    })),
  };
}

/** It did not take its last message, or is gone. */
export function isFailingWebhook({ isGone, last, lastFault }: WebhookReport): boolean {
  return isGone || (lastFault !== undefined && last?.at === lastFault.at);
}
