// The schema of what usage costs.

import { z } from "zod";
import * as field from "./fields.ts";

const PRICE = "a number from 0 to 1000000";
const MOST_PRICE = 1_000_000;
const price = z.number({ error: PRICE }).min(0, { error: PRICE }).max(MOST_PRICE, { error: PRICE });

const priceRow = z.strictObject(
  {
    models: field
      .list(field.modelPattern, "a list of patterns for names of models")
      .describe("Patterns of models, by their providers' names of them (`*` any run, `?` one character)."),
    provider: field.text("the name of a provider").optional().describe("Only at this provider; else at each."),
    input: price.describe("What a million tokens of requests cost."),
    output: price.describe("What a million tokens of answers cost."),
    cached_input: price
      .optional()
      .describe("What a million tokens of requests cost that the provider had in its cache; as `input` by default."),
  },
  { error: "a map with models, input and output" },
);

export const usageSchema = z.strictObject(
  {
    prices: field
      .list(priceRow, "a list of prices", 0)
      .default([])
      .describe("What models cost, for budgets of client tokens; the first one that fits counts."),
  },
  { error: "a map of usage settings" },
);
