// What is xAI's own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const ANSWERS = "answers of api.x.ai, not documented";

/** xAI: error codes and texts. */
export const XAI: Vendor = {
  hosts: ["api.x.ai"],
  errors: [
    {
      status: [400],
      message: /^Incorrect API key provided\b.*\bconsole\.x\.ai\b/,
      means: "invalid-key",
      source: "docs.x.ai/docs/key-information/debugging",
    },
    {
      status: [403, 429],
      message: /^Your team \S+ has either used all available credits or reached its monthly spending limit\b/,
      means: "no-credit",
      source: ANSWERS,
    },
  ],
  limits: { facts: [] },
};
