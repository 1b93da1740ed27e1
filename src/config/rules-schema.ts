// The schema of rules: what an operator makes of answers of providers.

import { z } from "zod";
import * as field from "./fields.ts";

const STATUS = "a status from 400 to 599, 4xx or 5xx";
const STATUSES = `${STATUS}, or a list of them`;
const statusCode = z.int({ error: STATUS }).min(400, { error: STATUS }).max(599, { error: STATUS });
const statusClass = z.enum(["4xx", "5xx"], { error: STATUS });
const status = z.union([statusCode, statusClass], { error: STATUS });

const CODE = "a code of an error";
const CODES = `${CODE}, or a list of them`;
const code = field.text(CODE);

const conditions = {
  status: z
    .union([statusCode, statusClass, field.list(status, STATUSES)], { error: STATUSES })
    .optional()
    .describe("Statuses: single ones, `4xx` or `5xx`."),
  code: z
    .union([code, field.list(code, CODES)], { error: CODES })
    .optional()
    .describe("Codes or types of errors, exactly as the provider writes them."),
  body_matches: field.pattern
    .optional()
    .describe(
      "A regular expression that is found in the error's message, or in the first 8 KiB of an answer that has none or a very long one; `(?i:...)` ignores case.",
    ),
} as const;

const consequences = {
  // biome-ignore lint/suspicious/noThenProperty: it is a schema, which nothing can call.
  then: field
    .choice("client", "rotate", "cool_key", "cool_model", "exhaust", "disable", "retry", "ignore")
    .describe(
      "`client` passes it on, nobody is blamed; `rotate` asks the next key, nobody is blamed; `cool_key` and `cool_model` rest the key, or the key for this model; `exhaust`: the key has no credit; `disable` takes the key out until it is enabled; `retry`: as status 500; `ignore`: as a success.",
    ),
  for: field.duration
    .optional()
    .describe("How long the key rests: with `cool_key`, `cool_model` (one of `for` and `until` is needed), `exhaust`."),
  until: field.clockTime
    .optional()
    .describe("In place of `for`: until it is this time there next, such as `00:00 America/Los_Angeles`."),
} as const;

const RULE = "a map with conditions and a field then";

export const ruleSchema = z.strictObject({ ...conditions, ...consequences }, { error: RULE });

export const topRuleSchema = z.strictObject(
  {
    ...conditions,
    provider: field.text("the name of a provider").optional().describe("Answers of this provider only."),
    ...consequences,
  },
  { error: RULE },
);

export const RULES = "a list of rules";

export type RawRule = z.output<typeof ruleSchema>;
export type RawTopRule = z.output<typeof topRuleSchema>;
