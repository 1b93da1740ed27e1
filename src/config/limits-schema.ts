// The schema of limits that the operator states for keys: at the top level, of a provider and of a key.

import { z } from "zod";
import * as field from "./fields.ts";

const counts = {
  rpm: field.count.optional().describe("Requests of one key in any 60 seconds."),
  rpd: field.count.optional().describe("Requests of one key in a day."),
  tpm: field.count.optional().describe("Tokens of one key in any 60 seconds, those of requests and of answers."),
  tpd: field.count.optional().describe("Tokens of one key in a day."),
  concurrency: field.count.optional().describe("Requests of one key in flight at one time."),
} as const;

const day = field.day.describe(
  "The day of `rpd` and `tpd`: `rolling` is the last 24 hours, a time zone such as America/Los_Angeles the day there.",
);

const models = z
  .record(field.modelPattern, z.strictObject(counts, { error: "a map of limits" }), {
    error: "a map of patterns to limits",
  })
  .optional()
  .describe(
    "Limits of one key for models by pattern (`*` any run, `?` one character), besides its own; the first that matches counts.",
  );

const LIMITS = "a map of limits";

/** The names of the single counts, in the order of the documentation. */
export const COUNT_NAMES = Object.keys(counts) as readonly (keyof typeof counts)[];

export const topLimitsSchema = z.strictObject({ ...counts, day: day.default("rolling"), models }, { error: LIMITS });

export const limitsSchema = z.strictObject({ ...counts, day: day.optional(), models }, { error: LIMITS });

/** As they are written at one place. */
export type RawLimits = z.output<typeof limitsSchema>;

/** With everything that is inherited. */
export type ResolvedLimits = z.output<typeof topLimitsSchema>;
