// `stats` and `stats.attention`: what requests came to, and which keys fail most.
import { z } from "zod";
import { inSlices } from "../../core/slices.ts";
import { UserError } from "../../core/user-error.ts";
import { type AttentionRow, DIMENSIONS, PERIODS, type UsageQuestion } from "../../records/usage-report.ts";
import { isoTime, time } from "../iso-time.ts";
import { KEY_STATES, stateOf } from "../key-rows.ts";
import { eachKnownKey, type KnownKey, placeOf } from "../known-keys.ts";
import { call } from "../operation.ts";
import type { ControlPorts } from "../ports.ts";
import { known } from "../record-rows.ts";
import { refuseUnknownNames, statusPattern } from "../record-selection.ts";
import { recordingNotes, recordingNotesOf } from "../records-status.ts";
import { zone } from "../time-zone.ts";
import { toUsageReport, usageReport } from "../usage-rows.ts";

const MOST_GROUPS = 1_000;

const period = z
  .enum(PERIODS)
  .default("24h")
  .describe("The time until now; `month`: since the first midnight of the month in `zone`.");
const limit = z.int().min(1).max(MOST_GROUPS);

export const stats = call({
  name: "stats",
  kind: "read",
  who: "admin",
  summary: "Counts requests, tokens, money and times of a period, all together and by provider, key, model and so on.",
  input: z.strictObject({
    period,
    by: z.enum(DIMENSIONS).optional().describe("By what it is divided."),
    value: z
      .string()
      .min(1)
      .optional()
      .describe("With `by`: only this provider, model, token or status, or this key, by its name or id."),
    zone,
    limit: limit.default(100).describe("How many groups at most, those with most requests."),
  }),
  output: usageReport.extend(recordingNotes),
  async run(given, ports, signal) {
    const report = await ports.records.usage(await questionOf(given, ports), signal);
    if (report.total.requests === 0) await refuseUnknownValue(given, ports);
    return { ...toUsageReport(report), ...recordingNotesOf(ports) };
  },
});

export const statsAttention = call({
  name: "stats.attention",
  kind: "read",
  who: "admin",
  summary: "Lists keys by their failures in a period, those with most first, a row for each status.",
  input: z.strictObject({
    period,
    status: statusPattern.optional().describe("Only failures with this status: `429`, or `4xx`."),
    provider: z.string().min(1).optional().describe("Only keys of this provider."),
    zone,
    limit: limit.default(20).describe("How many rows at most."),
  }),
  output: z.object({
    from: time.describe("Since when it is counted: for long periods the hour into which their beginning falls."),
    to: time.describe("Until when."),
    keys: z
      .array(
        z.object({
          key_id: z.string().describe("The id of the key."),
          key: z.string().describe("Its name."),
          provider: z.string().describe("Its provider."),
          status: z.int().optional().describe("What the provider answered; absent where no answer came."),
          outcome: z.string().describe("How the attempts ended, such as `invalid_key`, `rate_limited`, `timeout`."),
          failures: z.int().describe("How many attempts with this key ended so."),
          attempts: z.int().describe("All attempts with this key in the period."),
          last_at: time.describe("When it failed so last."),
          state: z
            .enum(KEY_STATES)
            .optional()
            .describe("How the key fares now; absent where there is no such key any more."),
        }),
      )
      .describe("Most failures first."),
    ...recordingNotes,
  }),
  async run(given, ports, signal) {
    const { from, to, rows } = await ports.records.attention(given, signal);
    if (rows.length === 0) await refuseUnknownNames(known({ provider: given.provider }), ports);
    const keys = await keysOf(rows, ports);
    return {
      from: isoTime(from),
      to: isoTime(to),
      keys: rows.map((row) => toAttentionRow(row, keys.get(row.keyId), ports)),
      ...recordingNotesOf(ports),
    };
  },
});

/** Those of the rows that there still are, by id. */
async function keysOf(rows: readonly AttentionRow[], ports: ControlPorts): Promise<ReadonlyMap<string, KnownKey>> {
  const wanted = new Set(rows.map(({ keyId }) => keyId));
  const found = new Map<string, KnownKey>();
  if (wanted.size === 0) return found;
  for await (const slice of inSlices(eachKnownKey(ports)))
    for (const known of slice) if (wanted.has(known.key.id)) found.set(known.key.id, known);
  return found;
}

function toAttentionRow(row: AttentionRow, key: KnownKey | undefined, ports: ControlPorts) {
  const { keyId, keyName, provider, status, outcome, failures, attempts, lastAt } = row;
  return known({
    key_id: keyId,
    key: keyName,
    provider,
    status,
    outcome,
    failures,
    attempts,
    last_at: isoTime(lastAt),
    state: key === undefined ? undefined : stateOf(key, ports.key(placeOf(key))),
  });
}

type Given = z.output<typeof stats.input>;

/** @throws UserError for a value of nothing, or a name that several keys have. */
async function questionOf({ by, value, ...given }: Given, ports: ControlPorts): Promise<UsageQuestion> {
  if (value !== undefined && by === undefined)
    throw new UserError("Cannot count one value only: `by` must say what it is, such as `provider`");
  if (by === undefined) return given;
  return { ...given, by, ...(value !== undefined && { value: by === "key" ? await keyIdOf(value, ports) : value }) };
}

/** Keys that are gone are named by their ids alone. */
async function keyIdOf(word: string, ports: ControlPorts): Promise<string> {
  const named: string[] = [];
  for await (const slice of inSlices(eachKnownKey(ports))) {
    for (const { key } of slice) {
      if (key.id === word) return word;
      if (key.name === word) named.push(key.id);
    }
  }
  if (named.length > 1) throw new UserError(`Several keys have this name: ask by the id, ${named.join(" or ")}`);
  return named[0] ?? word;
}

/** @throws UserError where nothing has the name that was asked for. */
async function refuseUnknownValue({ by, value }: Given, ports: ControlPorts): Promise<void> {
  if (by === "provider" || by === "key" || by === "token") await refuseUnknownNames(known({ [by]: value }), ports);
}
