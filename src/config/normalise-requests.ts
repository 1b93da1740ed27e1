// Makes the settings of request records of what is written of them.

import type { RequestsConfig } from "./config.ts";
import type { LoadContext } from "./load-context.ts";
import { bytes, milliseconds } from "./normalise-timeouts.ts";
import type { RawConfig } from "./schema.ts";

/** Less would be filled by what is counted, and leave no room for requests. */
const LEAST_BYTES = 16 * 1024 * 1024;
const FIELDS = ["record_bodies", "max_rate", "retention", "max_size"] as const;

/** Reports what has no effect. */
export function normaliseRequests(raw: RawConfig["requests"], context: LoadContext): RequestsConfig {
  const { list } = context;
  const maxSizeBytes = bytes(raw.max_size);
  if (maxSizeBytes < LEAST_BYTES) list.error(["requests", "max_size"], "expected a size of 16MiB or more");
  const errorsMs = milliseconds(raw.retention.errors);
  const requestsMs = milliseconds(raw.retention.requests);
  const path = ["requests", "retention"];
  if (errorsMs > requestsMs && context.isSet([...path, "errors"]))
    list.error([...path, "errors"], "has no effect: it is above requests, and attempts go with their request");
  if (!raw.enabled)
    for (const name of FIELDS)
      if (context.isSet(["requests", name])) list.error(["requests", name], "has no effect: enabled is false");
  return {
    enabled: raw.enabled,
    recordBodies: raw.record_bodies,
    maxRate: raw.max_rate,
    retention: { errorsMs: Math.min(errorsMs, requestsMs), requestsMs, rollupsMs: milliseconds(raw.retention.rollups) },
    maxSizeBytes,
  };
}
