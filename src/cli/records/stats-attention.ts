// `stats attention`: which keys fail most, and what to do about it.
import type { ChalkInstance } from "chalk";
import { EXIT } from "../../core/exit-codes.ts";
import { localZone } from "../../core/local-time.ts";
import type { PeriodName } from "../../records/usage-report.ts";
import type { CliContext, JsonOption } from "../cli-context.ts";
import { connect } from "../connect.ts";
import type { TargetOptions } from "../connection.ts";
import { paintFor, widthOf } from "../paint.ts";
import { printedJson } from "../print-json.ts";
import { fitted, hint } from "../say.ts";
import { type Column, renderTable } from "../table.ts";
import { STATE_WORDS, timeAgo } from "../words.ts";
import { type AttentionRow, attentionSteps } from "./attention-steps.ts";
import { limitOf, statusOf } from "./record-options.ts";
import { amountText, countedText } from "./record-words.ts";
import { hintRecording } from "./recording-hints.ts";

export interface StatsAttentionOptions extends TargetOptions, JsonOption {
  readonly period?: PeriodName;
  readonly status?: string;
  readonly provider?: string;
  readonly limit?: string;
}

const LIMIT = { standard: 20, least: 1, most: 1_000 } as const;

export async function statsAttention(context: CliContext, options: StatsAttentionOptions): Promise<number> {
  const { period = "24h", status, provider } = options;
  const zone = localZone();
  const input = {
    period,
    zone,
    limit: limitOf(options.limit, LIMIT),
    ...(status !== undefined && { status: statusOf(status) }),
    ...(provider !== undefined && { provider }),
  };
  await using connection = await connect(context, options, "log");
  const found = await connection.control.call("stats.attention", input);
  if (printedJson(context, options, found)) return EXIT.ok;
  if (found.keys.length === 0) {
    hint(context, options, `No key failed ${countedText(found, zone)}`);
    hintRecording(context, options, found);
    return EXIT.ok;
  }
  const paint = paintFor(context.out, context, options);
  const table = { width: widthOf(context), paint };
  context.out.write(fitted([`Counted ${countedText(found, zone)}`], context.out));
  context.out.write(renderTable(columns(context.now(), paint), found.keys, table));
  const steps = options.quiet ? [] : await attentionSteps(found.keys, connection.control);
  if (steps.length > 0) hint(context, options, "What to do next:", ...steps);
  hintRecording(context, options, found);
  return EXIT.ok;
}

function columns(now: number, paint: ChalkInstance): readonly Column<AttentionRow>[] {
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
