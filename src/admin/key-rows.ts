// Keys as operators see them: what is configured, how it fares, never the secret.
import { z } from "zod";
import type { KeyReport, LimitReport } from "../balancer/contract.ts";
import { limitsSchema } from "../config/limits-schema.ts";
import { sourceText } from "../config/source.ts";
import { maskSecret } from "../core/redaction.ts";
import { inSlices } from "../core/slices.ts";
import { isoTime, time } from "./iso-time.ts";
import { type KeyHealthPorts, type KnownKey, placeOf } from "./known-keys.ts";

export const KEY_STATES = ["ready", "half_open", "cooling", "exhausted", "invalid", "disabled", "unused"] as const;

const restFields = {
  since: time.optional().describe("Since when."),
  until: time.optional().describe("Until when; it is tried again then. In the past for what is half-open."),
  reason: z.string().optional().describe("The provider's code or our own cause; `operator`: a command."),
  status: z.int().optional().describe("The status that the provider answered."),
  message: z.string().optional().describe("What the provider said, secrets masked, at most 200 characters."),
};

const part = z.object({
  model: z.string().optional().describe("The upstream's name; absent for requests without a model."),
  operation: z.string().optional().describe("In place of a model: what the key may not do."),
  group: z.string().optional().describe("It rests for all keys of this quota group."),
  state: z
    .enum(["cooling", "blocked", "exhausted", "half_open"])
    .describe(
      "`cooling`: it rests. `blocked`: it was refused. `exhausted`: no credit. `half_open`: its next request is a probe.",
    ),
  ...restFields,
});

/** How a limit of a key stands. */
export const limitRow = z.object({
  model: z.string().optional().describe("The upstream's name; absent: it counts all models."),
  group: z.string().optional().describe("All keys of this quota group use it up together."),
  name: z
    .enum(["rpm", "rpd", "tpm", "tpd", "concurrency", "learnt"])
    .describe(
      "Requests or tokens, in a minute or a day; `concurrency`: requests at one time; `learnt`: requests in `window_s`.",
    ),
  source: z
    .enum(["config", "headers", "refusals"])
    .describe("Who says so: the configuration, the provider's headers, or refusals that taught it."),
  limit: z.int().describe("How much it lets through."),
  used: z.int().describe("How much of it is used up now."),
  window_s: z.number().optional().describe("Of a learnt one: in how many seconds so many are let through."),
});

/** One key. */
export const keyRow = z.object({
  id: z.string().describe("12 hex digits; the same over restarts, safe to show."),
  name: z.string().describe("What logs call it."),
  masked: z.string().describe("The secret's first and last four characters."),
  provider: z.string().describe("Its provider."),
  source: z.string().describe("`key store`, or where it is written: a place in a file, or a variable."),
  state: z
    .enum(KEY_STATES)
    .describe(
      "`ready` also where some of its models or operations rest; `half_open`: its next request is a probe, which finds out whether it works again; `unused`: its provider is not configured.",
    ),
  ...restFields,
  parts: z.array(part).describe("Models and operations that the key cannot serve now, or only as a probe."),
  limits: z.array(limitRow).describe("What is known of its limits; empty where nothing is."),
  groups: z.array(z.string()).describe("The quota groups whose limits it shares, the widest first."),
  in_flight: z.int().describe("Calls with it that have no answer yet."),
  failures: z.int().describe("Failures in a row that count towards `max_failures`."),
  used_24h: z.int().describe("Attempts in the last 24 hours."),
  failed_24h: z.int().describe("Those of them that failed by no fault of the client."),
  last_used: time.optional().describe("When an attempt with it was counted last; absent where none is known."),
  weight: z.number().describe("Its share of the load."),
  priority: z.int().describe("Lower ones are used up first."),
  models: z.array(z.string()).optional().describe("Patterns of the models that it may serve; absent: all."),
  own_limits: limitsSchema.optional().describe("The limits that are written at the key itself, as they are written."),
  added_at: time.optional().describe("When a key of the store was added."),
});

export type KeyRow = z.output<typeof keyRow>;

/** The state of a key; without a report it is as it was configured. */
export function stateOf({ service }: KnownKey, report: KeyReport | undefined): KeyRow["state"] {
  return service === "none" ? "unused" : (report?.state ?? "ready");
}

/** The rows of keys, made in slices; `isMeant` chooses among them, as a row costs ten times as much as a look. */
export async function keyRows(
  keys: Iterable<KnownKey>,
  ports: Pick<KeyHealthPorts, "key">,
  isMeant: (known: KnownKey, report: KeyReport | undefined) => boolean = () => true,
): Promise<KeyRow[]> {
  const rows: KeyRow[] = [];
  for await (const slice of inSlices(keys)) {
    for (const known of slice) {
      const report = ports.key(placeOf(known));
      if (isMeant(known, report)) rows.push(rowOf(known, report));
    }
  }
  return rows;
}

/** A key of a provider that is not enabled has no report. */
function rowOf(known: KnownKey, report: KeyReport | undefined): KeyRow {
  const { id, name, secret, weight, priority, models, ownLimits, addedAt, source } = known.key;
  return {
    id,
    name,
    masked: maskSecret(secret),
    provider: known.provider,
    source: sourceText(source),
    state: stateOf(known, report),
    ...restOf(report),
    parts: (report?.parts ?? []).map(({ model, operation, group, state, ...rest }) => ({
      ...(group !== undefined && { group }),
      ...(model !== undefined && { model }),
      ...(operation !== undefined && { operation }),
      state,
      ...restOf(rest),
    })),
    limits: limitRows(report?.limits ?? []),
    groups: [...(report?.groups ?? [])],
    in_flight: report?.inFlight ?? 0,
    failures: report?.failures ?? 0,
    used_24h: report?.used ?? 0,
    failed_24h: report?.failed ?? 0,
    ...(report?.lastUsed !== undefined && { last_used: isoTime(report.lastUsed) }),
    weight,
    priority,
    ...(models !== undefined && { models: [...models] }),
    ...(ownLimits !== undefined && { own_limits: ownLimits }),
    ...(addedAt !== undefined && { added_at: addedAt }),
  };
}

export function limitRows(limits: readonly LimitReport[]): z.output<typeof limitRow>[] {
  return limits.filter(({ limit }) => Number.isFinite(limit)).map(limitOf);
}

/** Buckets fill by fractions, which say nothing to anybody. */
function limitOf({ model, group, name, source, limit: most, used, windowMs }: LimitReport): z.output<typeof limitRow> {
  return {
    ...(model !== undefined && { model }),
    ...(group !== undefined && { group }),
    name,
    source,
    limit: Math.floor(most),
    used: Math.round(used),
    ...(windowMs !== undefined && { window_s: windowMs / 1_000 }),
  };
}

type RestFacts = Partial<Pick<KeyReport, "since" | "until" | "reason" | "status" | "message">>;

function restOf({ since, until, reason, status, message }: RestFacts = {}) {
  return {
    ...(since !== undefined && { since: isoTime(since) }),
    ...(until !== undefined && { until: isoTime(until) }),
    ...(reason !== undefined && { reason }),
    ...(status !== undefined && { status }),
    ...(message !== undefined && { message }),
  };
}
