// The schema of webhooks: whom the daemon tells of what happens to keys and providers.
import { z } from "zod";
import * as field from "./fields.ts";

const URL_TEXT = "the URL of a webhook: a string, { env: NAME } or { file: PATH }";
const SHARE = "a share from 0% to 100% such as 25%";
const NAMES = "a list of names of events such as key.invalid, or patterns such as pool.*";

/** What `pool_below` is where it is not written. */
export const DEFAULT_POOL_BELOW = "25%";

const webhookSchema = z.strictObject(
  {
    name: field.providerName.describe("Names it in commands and logs."),
    url: z
      .union([field.secretText(URL_TEXT), ...field.secretReferences], { error: URL_TEXT })
      .describe(
        "Where messages go, by POST over https or http. It may hold a token, so it is shown nowhere as a whole.",
      ),
    form: field
      .choice("generic", "slack")
      .default("generic")
      .describe("`generic`: a JSON object with type, time and data; `slack`: what incoming webhooks of Slack take."),
    secret: field.secret
      .optional()
      .describe(
        "Signs messages of the generic form (HMAC-SHA256, as standardwebhooks.com has it), so that the receiver can tell them from others; `whsec_` and Base64, or any text.",
      ),
    events: field
      .list(field.text(NAMES), NAMES)
      .optional()
      .describe("Which events it is told of, by name or pattern; all by default."),
    providers: field
      .list(field.providerName, "a list of names of providers")
      .optional()
      .describe("Whose events it is told of; those of all providers by default, and always those of none."),
    pool_below: field
      .text(SHARE, (value) => shareOf(value) !== undefined)
      .default(DEFAULT_POOL_BELOW)
      .describe(
        "`pool.low` is told when less than this share of a provider's keys is usable, of those that no operator disabled; `0%`: never.",
      ),
    headers: field.headers.default({}).describe("Sent with every message."),
    timeout: field.duration.default("10s").describe("How long the receiver may take for its answer."),
  },
  { error: "a webhook: a map with at least name and url" },
);

export const webhooksSchema = field.list(webhookSchema, "a list of webhooks", 0);

export type RawWebhook = z.output<typeof webhookSchema>;

/** From 0 to 1; undefined for what is no share. */
export function shareOf(text: string): number | undefined {
  const percent = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text.trim())?.[1];
  return percent === undefined || Number(percent) > 100 ? undefined : Number(percent) / 100;
}
