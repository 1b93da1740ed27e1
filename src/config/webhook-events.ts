// What webhooks tell of: the names of events, as the filters of the configuration and the receivers know them.

/** One sentence each, for the documentation. */
export const WEBHOOK_EVENTS = {
  "key.invalid": "A provider refuses a key for good: it is wrong, revoked, or its account is closed.",
  "key.exhausted": "A key, or the quota group that it is of, has no credit left.",
  "key.disabled": "A rule of the configuration disabled a key.",
  "key.recovered": "A key that was told to be invalid, exhausted or disabled may serve again.",
  "pool.low": "Fewer keys of a provider are usable than `pool_below` says.",
  "pool.empty": "No key of a provider is usable.",
  "pool.recovered": "A pool that was told to be low or empty has enough usable keys again.",
  "provider.open": "A provider fails, and others go first.",
  "provider.suspect": "A provider refuses key after key, so that the fault is probably its own.",
  "provider.region_refused": "A provider refuses requests from this region.",
  "provider.closed": "A provider that was told to be open or suspect answers again.",
  "model.open": "One model fails at a provider, and others go first.",
  "model.closed": "A model that was told to be open answers again.",
  "records.dropping": "Request records cannot be written and are dropped.",
  "records.recovered": "Request records are written again.",
  "storage.failed": "The state of the daemon cannot be written to the data folder.",
  "storage.recovered": "The state of the daemon is written again.",
} as const;

export type WebhookEvent = keyof typeof WEBHOOK_EVENTS;

export const WEBHOOK_EVENT_NAMES = Object.keys(WEBHOOK_EVENTS) as readonly WebhookEvent[];
