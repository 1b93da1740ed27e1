// The schema of one provider and of what providers inherit from the top level.

import { z } from "zod";
import * as field from "./fields.ts";
import { limitsSchema } from "./limits-schema.ts";
import { ownProxiesSchema } from "./proxies-schema.ts";
import { RULES, ruleSchema } from "./rules-schema.ts";

const PATTERNS = "a list of patterns for names of models";
const patterns = field.list(field.modelPattern, PATTERNS);

const timeout = {
  commit: field.duration.describe("Bounds everything before the first byte goes to the client, waiting included."),
  connect: field.duration.describe("Until the connection stands, TLS included."),
  first_byte: field.duration.describe("Until the first event of a stream."),
  response: field.duration.describe("Until the end of an answer that is no stream."),
  response_retry: field.duration.describe(
    "Replaces `response` while another candidate is left and the operation may be retried; at most `response`.",
  ),
  stream_idle: field.duration.describe("Between two pieces of a stream or download."),
} as const;

const modelTimeouts = z.record(field.modelPattern, z.strictObject(optional(timeout), { error: "a map of timeouts" }), {
  error: "a map of patterns to timeouts",
});

const models = {
  models: modelTimeouts
    .optional()
    .describe("Timeouts for models by pattern (`*` any run, `?` one character); the first that matches counts."),
};

/** The names of the single timeouts, in the order of the documentation. */
export const TIMEOUT_NAMES = Object.keys(timeout) as readonly (keyof typeof timeout)[];

const TIMEOUTS = "a map of timeouts";

export const timeoutsSchema = z.strictObject(
  {
    commit: timeout.commit.default("10m"),
    connect: timeout.connect.default("10s"),
    first_byte: timeout.first_byte.default("5m"),
    response: timeout.response.default("10m"),
    response_retry: timeout.response_retry.default("5m"),
    stream_idle: timeout.stream_idle.default("5m"),
    ...models,
  },
  { error: TIMEOUTS },
);

/** What providers inherit. */
export const inherited = {
  max_failures: field
    .whole(0, 1_000)
    .describe("Consecutive failures after which a key rests; 0 means never.")
    .default(3),
  max_retries: field
    .whole(0, 100)
    .describe(
      "Further attempts of one client request at providers that failed already; another provider is tried besides.",
    )
    .default(3),
  strategy: field
    .choice("balanced", "round_robin", "random", "fill_first", "least_used", "headroom")
    .describe(
      "How a key is chosen within a tier: `balanced`: the fewest requests in flight per weight, else in turn; `round_robin`: in turn by weight; `random`: at random by weight; `fill_first`: the first one until it is out; `least_used`: the fewest requests in 24 hours; `headroom`: the largest share of its limits left. That of the top level is for tiers over several providers, too.",
    )
    .default("balanced"),
  affinity: field
    .choice("off", "auto")
    .describe(
      "`auto`: requests with the same `prompt_cache_key`, `user` or beginning prefer the same key, so that prompt caches of the provider hit; not in tiers over several providers.",
    )
    .default("off"),
} as const;

const HEADERS_TEXT = "Set on every upstream request, last; the credential is not set here but through `auth_header`.";

const keyObject = z.strictObject(
  {
    key: field.secret.describe("The secret."),
    name: field
      .text("a name")
      .optional()
      .describe("What logs call it; its masked form by default. Several keys in one variable are numbered."),
    weight: field.positive(1_000).optional().describe("Its share of the load within its tier; 1 by default."),
    priority: field.whole(-1_000, 1_000).optional().describe("Lower ones are used up first; 0 by default."),
    headers: field.headers.optional().describe("As those of the provider, for this key only."),
    models: patterns.optional().describe("The models that this key may serve; all by default."),
    quota_group: field
      .text("a name")
      .optional()
      .describe("Keys of the provider with the same name share one limit there; by default as its answers say."),
    limits: limitsSchema.optional().describe("Replace those of the provider, each by itself."),
    proxies: ownProxiesSchema
      .optional()
      .describe("Outbound proxies of this key in place of those of the provider; `direct`: none."),
  },
  { error: "a map with a field key" },
);

const KEY = "a key: a string, { env: NAME }, { file: PATH } or a map with a field key";

const apiKey = z.union([field.secretText(KEY), ...field.secretReferences, keyObject], { error: KEY });

const keyReference = field.text("the name or the id of a key");

export const providerSchema = z.strictObject(
  {
    name: field.providerName.describe("Names it in URLs, routes and logs."),
    path: field.providerName.optional().describe("A second name for URLs; the name by default."),
    enabled: field.flag.default(true).describe("A provider that is not enabled gets no requests."),
    base_url: field
      .text("an http or https URL", isHttpUrl)
      .optional()
      .describe("What stands before the part of a request's path that follows `/v1`. Presets bring it."),
    native_base_url: field
      .text("an http or https URL", isHttpUrl)
      .optional()
      .describe(
        "Where paths native to the dialect go; by default `base_url` without its end that is OpenAI's (`/v1`, `/openai/v1`, `/v1beta/openai`).",
      ),
    dialect: field
      .choice("openai", "azure", "anthropic", "gemini", "custom")
      .optional()
      .describe("How it authenticates and reports errors; `openai`, unless a preset says otherwise."),
    api_version: field
      .text("a version such as 2024-10-21", (value) => /^[\w.-]+$/.test(value))
      .optional()
      .describe("Azure only: sends requests to `/openai/deployments/{model}` with this version."),
    api_keys: field
      .list(apiKey, "a list of keys", 0)
      .optional()
      .describe("Keys: strings, references or maps. A variable may hold several, separated by commas or lines."),
    keys_file: field.text("a path").optional().describe("A file with one key per line; `#` begins a comment."),
    auth_header: field.headerName
      .optional()
      .describe("The header that carries the key, if not the dialect's own; `none`: the provider needs no key."),
    auth_prefix: field.prefix.optional().describe("What stands before the key in that header, such as `Bearer`."),
    headers: field.headers.optional().describe(HEADERS_TEXT),
    custom_headers: field.headers.optional().describe("Another name for `headers`."),
    timeouts: z
      .strictObject({ ...optional(timeout), ...models }, { error: TIMEOUTS })
      .optional()
      .describe("Replace those of the top level, each by itself."),
    max_failures: inherited.max_failures.unwrap().optional(),
    max_retries: inherited.max_retries.unwrap().optional(),
    strategy: inherited.strategy.unwrap().optional(),
    affinity: inherited.affinity.unwrap().optional(),
    limits: limitsSchema.optional().describe("Replace those of the top level, each by itself."),
    rules: field
      .list(ruleSchema, RULES, 0)
      .optional()
      .describe("What its answers mean, before the rules of the top level and what is known of the provider."),
    models: z
      .strictObject(
        {
          include: patterns
            .default(["*"])
            .describe(
              "Only models that match one of these patterns. Of Azure only deployments that are named here are listed.",
            ),
          exclude: field
            .list(field.modelPattern, PATTERNS, 0)
            .default([])
            .describe("Not those that match one of these."),
        },
        { error: "a map with include and exclude" },
      )
      .optional()
      .describe("Filters the models of this provider by pattern."),
    model_request_key: keyReference.optional().describe("The key that lists models, by name or id."),
    stateful_key: keyReference
      .optional()
      .describe(
        "The key that makes objects such as files and batches, and is asked first for those whose maker is not known; the first by default.",
      ),
    new_objects: field
      .choice("stateful_key", "any_key")
      .describe(
        "Which key makes files, batches, conversations and the like: the `stateful_key`, so that they can be used together, or any, which spreads the load; then a request must not name objects that different accounts made.",
      )
      .default("stateful_key"),
    object_lists: field
      .choice("stateful_key", "every_account")
      .describe(
        "Lists of files, batches and the like: those of the `stateful_key`, or the lists of all accounts that are known, one after the other. An account is a `quota_group`, or the project or organization that answers name.",
      )
      .default("stateful_key"),
    pass_organization: field.flag
      .default(false)
      .describe("Lets `OpenAI-Organization`, `OpenAI-Project` and `X-Goog-User-Project` of clients through."),
    test_model: field.text("the name of a model").optional().describe("A cheap model for tests. Presets bring one."),
    probe_path: field
      .text("a path such as /models, or none", (value) => value === "none" || /^\/[\x21\x22\x24-\x7e]*$/.test(value))
      .optional()
      .describe(
        "Where a GET below `base_url` proves a key for free: `/models`, unless a preset says otherwise; `none`: nowhere.",
      ),
    proxies: ownProxiesSchema
      .optional()
      .describe("Outbound proxies in place of `proxies.urls` of the top level; `direct`: none."),
    ca_file: field.text("a path").optional().describe("A PEM file with the certificates of a private authority."),
  },
  { error: "a map that describes a provider" },
);

export type ProviderInput = z.input<typeof providerSchema>;
export type RawProvider = z.output<typeof providerSchema>;
export type RawKey = NonNullable<RawProvider["api_keys"]>[number];
export type RawTimeouts = NonNullable<RawProvider["timeouts"]>;

function isHttpUrl(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") && /^https?:\/\//i.test(value);
}

function optional(fields: typeof timeout) {
  return {
    commit: fields.commit.optional(),
    connect: fields.connect.optional(),
    first_byte: fields.first_byte.optional(),
    response: fields.response.optional(),
    response_retry: fields.response_retry.optional(),
    stream_idle: fields.stream_idle.optional(),
  };
}
