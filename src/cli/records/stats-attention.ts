// `stats attention`: which keys fail most, and what to do about it.
import type { ChalkInstance } from "chalk";
import type { OutputOf } from "../../admin/operation-table.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { localZone } from "../../core/local-time.ts";
import type { PeriodName } from "../../records/usage-report.ts";
import type { CliContext, JsonOption } from "../cli-context.ts";
import { connect } from "../connect.ts";
import type { TargetOptions } from "../connection.ts";
import { paintFor, widthOf } from "../paint.ts";
import { printedJson } from "../print-json.ts";
import { hint } from "../say.ts";
import { type Column, renderTable } from "../table.ts";
import { STATE_WORDS, timeAgo } from "../words.ts";
import { limitOf, statusOf } from "./record-options.ts";
import { amountText } from "./record-words.ts";

export interface StatsAttentionOptions extends TargetOptions, JsonOption {
  readonly period?: PeriodName;
  readonly status?: string;
  readonly provider?: string;
  readonly limit?: string;
}

type Row = OutputOf<"stats.attention">["keys"][number];

const LIMIT = { standard: 20, most: 1_000 } as const;
const MOST_HINTS = 3;

export async function statsAttention(context: CliContext, options: StatsAttentionOptions): Promise<number> {
  const { period = "24h", status, provider } = options;
  const input = {
    period,
    zone: localZone(),
    limit: Math.max(1, limitOf(options.limit, LIMIT)),
    ...(status !== undefined && { status: statusOf(status) }),
    ...(provider !== undefined && { provider }),
  };
  await using connection = await connect(context, options, "log");
  const found = await connection.control.call("stats.attention", input);
  if (printedJson(context, options, found)) return EXIT.ok;
  if (found.keys.length === 0) {
    hint(context, options, `No key failed in this time (${period})`);
    return EXIT.ok;
  }
  const paint = paintFor(context.out, context, options);
  const table = { width: widthOf(context), paint };
  context.out.write(renderTable(columns(context.now(), paint), found.keys, table));
  const steps = stepsFor(found.keys);
  if (steps.length > 0) hint(context, options, "What to do next:", ...steps);
  return EXIT.ok;
}

function columns(now: number, paint: ChalkInstance): readonly Column<Row>[] {
  return [
    { title: "ID", text: ({ key_id }) => key_id, dropRank: 3 },
    { title: "KEY", text: ({ key }) => key, least: 12 },
    { title: "PROVIDER", text: ({ provider }) => provider, least: 8, dropRank: 2 },
    { title: "STATUS", text: ({ status }) => (status === undefined ? "none" : String(status)), align: "right" },
    { title: "OUTCOME", text: ({ outcome }) => outcome, least: 8, dropRank: 1 },
    { title: "FAILED", text: ({ failures }) => amountText(failures), align: "right", paint: (text) => paint.red(text) },
    { title: "OF", text: ({ attempts }) => amountText(attempts), align: "right", dropRank: 4 },
    { title: "LAST", text: ({ last_at }) => timeAgo(last_at, now), dropRank: 5 },
    { title: "NOW", text: ({ state }) => (state === undefined ? "gone" : STATE_WORDS[state]), dropRank: 0 },
  ];
}

/** The commands that help with the first few keys; a key that is gone or disabled needs nothing. */
function stepsFor(rows: readonly Row[]): readonly string[] {
  const seen = new Set<string>();
  const open = rows.filter(({ key_id, state }) => {
    const isNew = state !== undefined && state !== "disabled" && state !== "unused" && !seen.has(key_id);
    seen.add(key_id);
    return isNew;
  });
  return open.slice(0, MOST_HINTS).flatMap(stepOf);
}

function stepOf(row: Row): readonly string[] {
  const { key_id: id, outcome, state } = row;
  const who = `${row.key} of ${row.provider}`;
  if (state === "invalid" || outcome === "invalid_key")
    return [
      `${who} is refused: test it, then remove it or keep it out`,
      ...commands(`keys test ${id}`, `keys disable ${id}`),
    ];
  if (outcome === "no_credit" || state === "exhausted")
    return [
      `${who} has no credit left: top it up and reset it, or keep it out`,
      ...commands(`keys reset ${id}`, `keys disable ${id}`),
    ];
  return [`${who} fails with ${outcome}: see what the provider says`, ...commands(`logs --errors --key ${id}`)];
}

function commands(...lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  openai-balance ${line}`);
}
