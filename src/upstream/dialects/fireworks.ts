// What is Fireworks's own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const ANSWERS = "answers of api.fireworks.ai, not documented";

/** Fireworks: error codes and texts. */
export const FIREWORKS: Vendor = {
  hosts: ["api.fireworks.ai"],
  errors: [
    {
      status: [412],
      message: /^Account \S+ is suspended, possibly due to reaching the monthly spending limit\b/,
      means: "no-credit",
      source: ANSWERS,
    },
  ],
  limits: { facts: [] },
};
