// Every metric of our own: its name, what it says, and its labels.

export interface MetricFacts {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
}

const call = ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "provider"] as const;
const key = ["provider", "key_id", "key"] as const;

/**
 * Names of OpenTelemetry's conventions where there are any (github.com/open-telemetry/semantic-conventions-genai,
 * gen-ai-metrics), spelt as Prometheus wants them: dots as `_`, with the unit, and nothing for a unit in braces
 * (opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics). `provider`, which is not of the
 * conventions, is the name in the configuration.
 */
export const METRICS = {
  requests: counter("requests", "Requests of clients that have ended", [
    "route",
    "provider",
    "model",
    "status_class",
    "end",
  ]),
  duration: histogram("request_duration_seconds", "From a request's arrival to the end of its answer", [
    "route",
    "provider",
    "model",
    "status_class",
    "end",
  ]),
  firstByte: histogram(
    "time_to_first_byte_seconds",
    "From a request's arrival to the first byte of a streamed answer",
    ["route", "provider", "model"],
  ),
  overhead: histogram(
    "overhead_seconds",
    "Time of ours until an answer began: neither of attempts nor of waiting for a key, a retry or the client's body",
    ["provider"],
  ),
  attempts: counter("attempts", "Calls of providers that have ended", ["provider", "model", "outcome"]),
  tokens: counter("tokens", "Tokens that providers report; cached is a part of input, reasoning a part of output", [
    "provider",
    "model",
    "type",
  ]),
  calls: {
    name: "gen_ai_client_operation_duration_seconds",
    type: "histogram",
    help: "Calls of models at providers, one for each attempt",
    labels: [...call, "error_type"],
  },
  firstChunk: {
    name: "gen_ai_client_operation_time_to_first_chunk_seconds",
    type: "histogram",
    help: "From the begin of a call to the first chunk of its stream",
    labels: call,
  },
  usage: {
    name: "gen_ai_client_token_usage",
    type: "histogram",
    help: "Tokens of one call",
    labels: [...call, "gen_ai_token_type"],
  },
  repaired: counter("repaired_paths", "Requests whose path was repaired", []),
  inFlight: gauge("requests_in_flight", "Requests of clients that have not ended", []),
  attemptsInFlight: gauge("attempts_in_flight", "Calls of providers that have not ended", ["provider"]),
  queueLength: gauge("queue_length", "Requests that wait for a key", []),
  queueLongest: gauge("queue_longest_wait_seconds", "How long the first of them waits already", []),
  queueWait: histogram("queue_wait_seconds", "How long requests waited for a key, of those that did", ["provider"]),
  queueEnded: counter("queue_ended", "Waits that have ended, by how", ["end"]),
  queueRefused: counter("queue_refused", "Requests that found no room in the queue", []),
  keys: gauge("keys", "Keys by state", ["provider", "state"]),
  keyParts: gauge("key_parts", "Models, operations and groups that rest for a key which may serve others", [
    "provider",
    "state",
  ]),
  cooldown: gauge("cooldown_seconds", "Until the first and the last of what cools down is back; 0 where nothing does", [
    "provider",
    "edge",
  ]),
  provider: gauge("provider_state", "1 for the state that the provider is in", ["provider", "state"]),
  openModels: gauge("open_models", "Models whose breaker is not closed", ["provider", "state"]),
  keyState: gauge("key_state", "1 for the state that the key is in; with metrics.per_key", [...key, "state"]),
  keyAttempts: counter("key_attempts", "Calls with this key that have ended; with metrics.per_key", [
    ...key,
    "outcome",
  ]),
  logDropped: counter("log_dropped", "Lines of the log that were lost", []),
  recordsDropped: counter("records_dropped", "Records of requests that were lost", []),
  recordsSampled: counter(
    "records_sampled_out",
    "Requests without a record: above requests.max_rate, or above 200 failures a second",
    [],
  ),
  recordsPending: gauge("records_pending", "Records of requests that wait to be written", []),
  webhooks: counter("webhook_messages", "Messages to webhooks by what became of them", ["webhook", "result"]),
  webhooksPending: gauge("webhook_messages_pending", "Messages to webhooks that wait or are under way", ["webhook"]),
  diskFault: gauge("disk_fault", "1 while this cannot be kept on the disk", ["what"]),
  build: gauge("build_info", "1, with the version that runs", ["version"]),
} as const satisfies Readonly<Record<string, MetricFacts>>;

const OWN = "openai_balance_";

function counter<const Label extends string>(name: string, help: string, labels: readonly Label[]) {
  return { name: `${OWN}${name}_total`, type: "counter", help, labels } as const;
}

function gauge<const Label extends string>(name: string, help: string, labels: readonly Label[]) {
  return { name: `${OWN}${name}`, type: "gauge", help, labels } as const;
}

function histogram<const Label extends string>(name: string, help: string, labels: readonly Label[]) {
  return { name: `${OWN}${name}`, type: "histogram", help, labels } as const;
}
