// The schema of metrics.

import { z } from "zod";
import * as field from "./fields.ts";

export const metricsSchema = z.strictObject(
  {
    enabled: field.flag.default(true).describe("Serves metrics at `/metrics`, as Prometheus text."),
    public: field.flag
      .default(false)
      .describe("Anybody who reaches the server may read them; else they take `auth.admin_token`."),
    per_key: field.flag
      .default(false)
      .describe("Adds metrics of each single key, by its id and name; mind how many there are."),
  },
  { error: "a map of metrics settings" },
);
