// The schema of what is kept of requests.

import { z } from "zod";
import * as field from "./fields.ts";

/** A million a second is more than any machine serves. */
const MOST_RATE = 1_000_000;

const retention = z.strictObject(
  {
    errors: field.longDuration
      .default("7d")
      .describe("How long attempts are kept, with what providers answered, and bodies."),
    requests: field.longDuration.default("30d").describe("How long requests are kept."),
    rollups: field.longDuration.default("400d").describe("How long counts of each hour are kept."),
  },
  { error: "a map with errors, requests and rollups" },
);

export const requestsSchema = z.strictObject(
  {
    enabled: field.flag.default(true).describe("Keeps a record of each request, and counts of each minute and hour."),
    record_bodies: field
      .choice("off", "on_error")
      .default("off")
      .describe("`on_error`: also the bodies of requests that failed, their first 64 KiB, with secrets masked."),
    max_rate: field
      .whole(0, MOST_RATE)
      .default(200)
      .describe(
        "How many successes are recorded a second; of more only a sample is, while counts stay exact. 0: failures only.",
      ),
    retention: retention.prefault({}).describe("How long what was written is kept."),
    max_size: field.size
      .default("1GiB")
      .describe(
        "How large the database may grow, at least 16MiB; then the oldest requests go, and the oldest counts where these alone are larger. A key that is busy all the time needs some 2 MB for the counts of a year.",
      ),
  },
  { error: "a map of settings for request records" },
);
