// The tables of request records and of what they come to.
import { CLASSES } from "../../records/histogram.ts";

/** What a row of roll-ups counts; each is added to. */
export const COUNTERS = [
  "requests",
  "served",
  "refused",
  "failed",
  "gone",
  "attempts",
  "failed_attempts",
  "prompt_tokens",
  "completion_tokens",
  "cached_tokens",
  "reasoning_tokens",
  "cost_nanos",
  "unpriced",
  "bytes_in",
  "bytes_out",
] as const;

/** What a request and its attempts spent their time with, who was at fault, and what the head of an error said. */
export const RECORD_TIMES = `
ALTER TABLE requests ADD COLUMN body_ms INTEGER;
ALTER TABLE attempts ADD COLUMN waited_ms INTEGER;
ALTER TABLE attempts ADD COLUMN backoff_ms INTEGER;
ALTER TABLE attempts ADD COLUMN sent_ms INTEGER;
ALTER TABLE attempts ADD COLUMN head_ms INTEGER;
ALTER TABLE attempts ADD COLUMN blame TEXT;
ALTER TABLE attempts ADD COLUMN headers TEXT;
`;

/** Durations in classes (see records/histogram.ts): whole requests, and first bytes. */
export const DURATION_CLASSES: readonly string[] = Array.from({ length: CLASSES }, (_, at) => `duration_${at}`);
export const FIRST_BYTE_CLASSES: readonly string[] = Array.from({ length: CLASSES }, (_, at) => `first_byte_${at}`);

const ADDED = [...COUNTERS, ...DURATION_CLASSES, ...FIRST_BYTE_CLASSES]
  .map((name) => `${name} INTEGER NOT NULL DEFAULT 0`)
  .join(", ");

/** `seq` is described in records/record.ts. An index holds it behind its column, so that each gives rows in order of time. */
export const RECORD_TABLES = `
CREATE TABLE requests (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL, trace_id TEXT, received_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,
  client TEXT, method TEXT NOT NULL, route TEXT NOT NULL, operation TEXT NOT NULL, model TEXT, upstream_model TEXT,
  provider TEXT, key_id TEXT, key_name TEXT, status INTEGER, ending TEXT NOT NULL, outcome TEXT, error_code TEXT,
  is_failure INTEGER NOT NULL, attempts INTEGER NOT NULL, waited_ms INTEGER NOT NULL, first_byte_ms INTEGER,
  bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL, prompt_tokens INTEGER, completion_tokens INTEGER,
  cached_tokens INTEGER, reasoning_tokens INTEGER, cost_nanos INTEGER, is_stream INTEGER NOT NULL, repaired TEXT,
  weight INTEGER NOT NULL
);
CREATE INDEX requests_id ON requests (id);
CREATE INDEX requests_trace ON requests (trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX requests_client ON requests (client);
CREATE INDEX requests_model ON requests (model);
CREATE INDEX requests_upstream_model ON requests (upstream_model) WHERE upstream_model IS NOT NULL;
CREATE INDEX requests_provider ON requests (provider);
CREATE INDEX requests_key ON requests (key_id);
CREATE INDEX requests_operation ON requests (operation) WHERE operation <> 'chat/completions';
CREATE INDEX requests_not_ok ON requests (seq, status, is_failure) WHERE status IS NOT 200 OR is_failure = 1;
CREATE TABLE attempts (
  seq INTEGER NOT NULL, number INTEGER NOT NULL, provider TEXT NOT NULL, key_id TEXT NOT NULL, key_name TEXT NOT NULL,
  model TEXT, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, proxy TEXT, outcome TEXT, status INTEGER,
  reason TEXT, message TEXT, text TEXT, PRIMARY KEY (seq, number)
) WITHOUT ROWID;
CREATE INDEX attempts_key ON attempts (key_id, seq);
CREATE INDEX attempts_provider ON attempts (provider, seq);
CREATE TABLE key_names (key_name TEXT NOT NULL, key_id TEXT NOT NULL, PRIMARY KEY (key_name, key_id)) WITHOUT ROWID;
CREATE TABLE request_bodies (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, size INTEGER NOT NULL);
CREATE TABLE roll_ups (
  width INTEGER NOT NULL, dimension TEXT NOT NULL, bucket INTEGER NOT NULL, value TEXT NOT NULL, label TEXT, ${ADDED},
  PRIMARY KEY (width, dimension, bucket, value)
) WITHOUT ROWID;
CREATE TABLE key_faults (
  width INTEGER NOT NULL, bucket INTEGER NOT NULL, key_id TEXT NOT NULL, status INTEGER NOT NULL, outcome TEXT NOT NULL,
  key_name TEXT NOT NULL, provider TEXT NOT NULL, failures INTEGER NOT NULL, last_at INTEGER NOT NULL,
  PRIMARY KEY (width, bucket, key_id, status, outcome)
) WITHOUT ROWID;
`;
