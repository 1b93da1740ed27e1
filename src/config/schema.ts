// The schema of the whole configuration: the single source of fields, defaults, documentation and validation.

import { z } from "zod";
import { clientTokenSchema } from "./client-token-schema.ts";
import * as field from "./fields.ts";
import { topLimitsSchema } from "./limits-schema.ts";
import { metricsSchema } from "./metrics-schema.ts";
import { inherited, providerSchema, timeoutsSchema } from "./provider-schema.ts";
import { proxiesSchema } from "./proxies-schema.ts";
import { requestsSchema } from "./requests-schema.ts";
import { RULES, topRuleSchema } from "./rules-schema.ts";
import { usageSchema } from "./usage-schema.ts";
import { webhooksSchema } from "./webhooks-schema.ts";

const tls = z.strictObject(
  {
    cert: field
      .text("a path")
      .describe("A PEM file with the certificate and those of its issuers, relative to the config file."),
    key: field.text("a path").describe("A PEM file with its private key, without a passphrase."),
  },
  { error: "a map with the fields cert and key" },
);

const cors = z.strictObject(
  {
    origins: field
      .list(field.origin, "a list of origins such as http://localhost:3000")
      .describe("Whose pages may call and read: origins as browsers send them, or `*` for all."),
    max_age: field.durationOrZero.default("10m").describe("How long a browser need not ask again whether it may call."),
  },
  { error: "a map with a field origins" },
);

const server = z.strictObject(
  {
    host: field.host.default("127.0.0.1").describe("The address to listen on."),
    port: field.whole(0, 65_535).default(8000).describe("The port to listen on; 0 takes a free one."),
    max_body: field.size
      .default("64MiB")
      .describe("The largest request body that is held, so that it can be sent again; JSON above it gets 413."),
    max_upload: field.sizeOrZero
      .default("1GiB")
      .describe(
        "The largest form or file: above `max_body` it is sent on while it arrives, to one key only; 0: never, so that it gets 413.",
      ),
    max_buffered: field.size
      .default("512MiB")
      .describe(
        "Memory for request bodies over all requests, and for messages of WebSockets that wait; above it 503, or 1013.",
      ),
    body_timeout: field.duration
      .default("60s")
      .describe(
        "Time to send a request body; of a form or file that takes longer, or is above `max_body`, for each piece.",
      ),
    drain_timeout: field.durationOrZero.default("30s").describe("How long a shutdown waits for what is in flight."),
    repair_paths: field.flag.default(true).describe("Repairs well-known mistakes in request paths."),
    debug_headers: field.flag.default(false).describe("Adds `x-openai-balance-*` headers that name provider and key."),
    pass_ratelimit_headers: field
      .choice("auto", "always", "never")
      .default("auto")
      .describe("Whether `x-ratelimit-*` headers reach clients; `auto`: only from a provider with one key."),
    trusted_proxies: field
      .list(field.addressRange, "a list of addresses and ranges such as 10.0.0.0/8", 0)
      .default([])
      .describe("Reverse proxies in front, whose `X-Forwarded-For` says where a client is."),
    tls: tls
      .optional()
      .describe("Serves HTTPS (HTTP/1.1, TLS 1.2 and later) in place of HTTP; files that are replaced are taken up."),
    cors: cors
      .optional()
      .describe(
        "Lets pages in browsers call the API, never the control API. Without client tokens the pages named here may use the keys.",
      ),
  },
  { error: "a map of server settings" },
);

const auth = z.strictObject(
  {
    client_tokens: field
      .list(clientTokenSchema, "a list of client tokens", 0)
      .default([])
      .describe("What clients present. Without any, only this machine may ask."),
    admin_token: field.secret.optional().describe("Opens the control API and the admin reads; never a client token."),
    allow_query_key: field.flag.default(false).describe("Also accepts a client token as `?key=`."),
    session_ttl: field.sessionTtl
      .default("1h")
      .describe("How long a browser stays logged in to `/admin` without asking for anything, 5m to 24h."),
    session_max: field.sessionMax
      .default("7d")
      .describe("How long a browser stays logged in at most, however often it asks, 5m to 365d."),
    admin_hosts: field
      .list(field.hostName, "a list of host names such as gateway.example", 0)
      .default([])
      .describe(
        "Further names under which browsers may open `/admin`, besides loopback names and `server.host`: any other could be a trap (DNS rebinding).",
      ),
  },
  { error: "a map of authentication settings" },
);

const retry = z.strictObject(
  {
    max_rotations: field
      .whole(1, 1_000)
      .default(32)
      .describe("How many keys one request may go through when each of them is refused."),
    budget: z
      .number({ error: "a number from 0 to 1" })
      .min(0, { error: "a number from 0 to 1" })
      .max(1, { error: "a number from 0 to 1" })
      .default(0.2)
      .describe("Retries at a provider, as a share of its first attempts in the last 60 s."),
    budget_min: field.whole(0, 100_000).default(10).describe("Retries in 60 s that are always allowed."),
  },
  { error: "a map of retry settings" },
);

const health = z.strictObject(
  {
    max_cooldown: field.duration.default("24h").describe("No key rests longer than this."),
    probe: field
      .choice("off", "models", "chat")
      .default("models")
      .describe(
        "How failed keys, and providers that fail or are suspect, are tried again in the background: `models` by a free call, `chat` by a short chat with `test_model`, which costs tokens.",
      ),
    check_interval: field.durationOrZero.default("1h").describe("How often failed keys are tried again; `0s`: never."),
  },
  { error: "a map of health settings" },
);

const queue = z.strictObject(
  {
    max_wait: field.durationOrZero
      .default("30s")
      .describe(
        "How long a request waits for a key when none is free at once; `0s`: not at all, and then without `max_size`.",
      ),
    max_size: field
      .whole(1, 1_000_000)
      .default(1_000)
      .describe("How many requests wait at one time; one too many gets 503 `queue_full`."),
  },
  { error: "a map of queue settings" },
);

const logging = z.strictObject(
  {
    level: field.choice("debug", "info", "warn", "error", "silent").default("info").describe("What is worth a line."),
    format: field
      .choice("auto", "pretty", "json")
      .default("auto")
      .describe("How lines look; `auto`: pretty on a terminal, else JSON."),
  },
  { error: "a map of logging settings" },
);

const TARGET = "a target such as openai/gpt-4o";
const ROUTE = "a list of targets such as openai/gpt-4o, or of lists of them";
const target = field.text(TARGET, (value) => /^[^/]+\/./.test(value));
const route = field.list(z.union([target, field.list(target, ROUTE)], { error: TARGET }), ROUTE);

export const configSchema = z.strictObject(
  {
    server: server.prefault({}).describe("Where and how requests are taken."),
    auth: auth.prefault({}).describe("Who may ask."),
    default_provider: field
      .text("the name of a provider")
      .optional()
      .describe("Serves requests that name no provider; the first enabled one with keys by default."),
    providers: field
      .list(providerSchema, "a list of providers", 0)
      .default([])
      .describe("Upstream account spaces, each with its keys."),
    models: z
      .record(field.text("a name"), route, { error: "a map of names to lists of targets" })
      .default({})
      .describe("Names that clients may ask for: targets in fallback order; those of an inner list share the load."),
    retry: retry.prefault({}).describe("Bounds for further attempts."),
    timeouts: timeoutsSchema.prefault({}).describe("Clocks of a request; providers may replace them."),
    ...inherited,
    limits: topLimitsSchema
      .prefault({})
      .describe(
        "What a key may spend, known before its provider refuses it; providers and keys may replace them. A restart keeps what is spent of a day, and begins minutes anew.",
      ),
    rules: field
      .list(topRuleSchema, RULES, 0)
      .default([])
      .describe("What answers of providers mean, before what is known of them; the first rule that matches counts."),
    usage: usageSchema.prefault({}).describe("What models cost."),
    requests: requestsSchema
      .prefault({})
      .describe("What is kept of requests in `requests.sqlite`: one record each, and counts."),
    queue: queue.prefault({}).describe("Where requests wait for a key."),
    proxies: proxiesSchema
      .prefault({})
      .describe(
        "Outbound proxies: calls to providers go through them, by a tunnel to the provider in which TLS is end to end. `HTTP_PROXY` and the like are not heeded; `{ env: HTTPS_PROXY }` among the URLs takes one over.",
      ),
    health: health.prefault({}).describe("Rests of keys, and how failed ones are tried again."),
    webhooks: webhooksSchema
      .default([])
      .describe("Whom the daemon tells, by POST, when keys, pools or providers fail and when they are back."),
    logging: logging.prefault({}).describe("The log, written to standard error."),
    metrics: metricsSchema.prefault({}).describe("Figures for monitoring."),
  },
  { error: "a map of settings" },
);

/** The configuration as it is written: validated, with defaults, references and units still as text. */
export type RawConfig = z.output<typeof configSchema>;
