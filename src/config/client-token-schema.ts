// The schema of a client token: a secret, or a map that says what it may do.

import { z } from "zod";
import * as field from "./fields.ts";

const CLIENT_TOKEN = "a client token: a string, { env: NAME }, { file: PATH } or a map with a field token";
const BUDGET = "a map with amount and per";
/** Above it sums of billionths are no longer exact. */
const MOST_MONEY = 1_000_000;

const budget = z.strictObject(
  {
    amount: field.positive(MOST_MONEY).describe("How much, in the currency of `usage.prices`."),
    per: field
      .choice("day", "month", "total")
      .default("month")
      .describe("In which time: a day, a calendar month, or as long as the token lives."),
  },
  { error: BUDGET },
);

/** What a client token may do, as the configuration writes it. */
export const tokenRules = {
  models: field
    .list(field.modelPattern, "a list of patterns for names of models")
    .optional()
    .describe(
      "Patterns of the models that it may ask for, by the names that clients use (`*` any run, `?` one character). It may call only operations that name their model then, and list models.",
    ),
  providers: field
    .list(field.text("the name of a provider"), "a list of names of providers")
    .optional()
    .describe("The providers that it may use; for it there are no others."),
  operations: field
    .list(field.text("a pattern for names of operations"), "a list of patterns for names of operations")
    .optional()
    .describe("Patterns of the operations that it may call, as paths below `/v1`: `chat/completions`, `files*`."),
  cidrs: field
    .list(field.addressRange, "a list of addresses or ranges of them")
    .optional()
    .describe("Addresses or ranges of them, such as 10.0.0.0/8, from which it counts."),
  expires: field.moment
    .optional()
    .describe("When it ends: a date, which is its first moment in UTC, or a time such as 2027-01-01T12:00:00Z."),
  rpm: field.count.optional().describe("Requests in any 60 seconds."),
  tpm: field.count.optional().describe("Tokens in any 60 seconds, those of requests and of answers."),
  tpd: field.count.optional().describe("Tokens in a day."),
  concurrency: field.count.optional().describe("Requests in flight at one time."),
  budget: budget.optional().describe("Money that its requests may cost; they need a price under `usage.prices`."),
  day: field.day
    .optional()
    .describe(
      "When the days of `tpd` and `budget`, and months, begin: `rolling` (the last 24 hours, and months in UTC) or a time zone such as America/Los_Angeles. `rolling` by default.",
    ),
} as const;

const tokenMap = z.strictObject(
  {
    name: field.text("a name").optional().describe("What logs call it; its masked form by default."),
    token: field.secret.describe("The secret."),
    ...tokenRules,
  },
  { error: "a map with a field token" },
);

/** One entry of `auth.client_tokens`. */
export const clientTokenSchema = z.union([field.secretText(CLIENT_TOKEN), ...field.secretReferences, tokenMap], {
  error: CLIENT_TOKEN,
});

/** What a map says, without defaults and references resolved. */
export type RawTokenRules = Omit<z.output<typeof tokenMap>, "name" | "token">;
