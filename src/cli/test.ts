// `test` and `keys test`: real calls to providers, and what they answered.
import type { ChalkInstance } from "chalk";
import type { KeyRow } from "../admin/key-rows.ts";
import type { OutputOf } from "../admin/operation-table.ts";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import { type CliContext, Interrupted, type JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import type { TargetOptions } from "./connection.ts";
import { paintFor, widthOf } from "./paint.ts";
import { printJson } from "./print-json.ts";
import { hint } from "./say.ts";
import { withSpinner } from "./spinner.ts";
import { type Column, renderTable } from "./table.ts";
import { cause } from "./words.ts";

export interface TestOptions extends TargetOptions, JsonOption {
  readonly provider?: string;
  readonly status?: KeyRow["state"];
  readonly model?: string;
  readonly allKeys?: boolean;
  readonly concurrency?: string;
}

const NOTHING = ["There is no key to test. To add one:", "  openai-balance keys add"];

type TestItem = OutputOf<"test">;

/** One call for each provider, or with `--all-keys` for each key. `EXIT.unhealthy` when one failed. */
export function testProviders(
  context: CliContext,
  provider: string | undefined,
  options: TestOptions,
): Promise<number> {
  return test(context, [], { ...options, ...(provider !== undefined && { provider }) });
}

/** One call for each key that is meant. */
export function testKeys(context: CliContext, words: readonly string[], options: TestOptions): Promise<number> {
  const isAll = words.length === 0 && options.status === undefined;
  return test(context, words, { ...options, allKeys: isAll });
}

async function test(context: CliContext, words: readonly string[], options: TestOptions): Promise<number> {
  const { provider, status, model, allKeys = false } = options;
  const concurrency = concurrencyOf(options);
  await using connection = await connect(context, options, "read");
  const input = {
    keys: [...words],
    all_keys: allKeys,
    ...(provider !== undefined && { provider }),
    ...(status !== undefined && { status }),
    ...(model !== undefined && { model }),
    ...(concurrency !== undefined && { concurrency }),
  };
  const signal = context.interruption();
  const results: TestItem[] = [];
  await withSpinner("Testing", context, options, async (progress) => {
    for await (const item of connection.control.stream("test", input, signal)) {
      results.push(item);
      progress.say(`Testing: ${results.length} of ${item.total} answered`);
    }
  }).catch((error: unknown) => {
    // What was answered before Ctrl-C is worth showing.
    if (!signal.aborted) throw error;
  });
  const rows = results.map(({ total: _total, ...row }) => row);
  const isOk = rows.every(({ is_ok }) => is_ok);
  if (options.json) printJson(context, { ok: isOk && rows.length > 0, results: rows });
  else if (rows.length > 0) context.out.write(tableOf(rows, context, options));
  if (signal.aborted) throw new Interrupted("Ctrl-C");
  if (rows.length === 0 && !options.json)
    hint(context, options, ...(status === undefined ? NOTHING : [`No key is ${status}`]));
  if (rows.length === 0 && status !== undefined) return EXIT.ok;
  return isOk && rows.length > 0 ? EXIT.ok : EXIT.unhealthy;
}

function concurrencyOf({ concurrency }: TestOptions): number | undefined {
  if (concurrency === undefined) return undefined;
  const calls = Number(concurrency);
  if (Number.isInteger(calls) && calls >= 1 && calls <= 64) return calls;
  throw new UserError("Cannot use --concurrency: expected a whole number from 1 to 64");
}

type Row = Omit<TestItem, "total">;

function tableOf(rows: readonly Row[], context: CliContext, options: TestOptions): string {
  const paint = paintFor(context.out, context, options);
  return renderTable(columns(paint), rows, { width: widthOf(context), paint });
}

function columns(paint: ChalkInstance): readonly Column<Row>[] {
  return [
    { title: "PROVIDER", text: ({ provider }) => provider, least: 8 },
    { title: "KEY", text: ({ key }) => key ?? "", least: 12 },
    { title: "MODEL", text: ({ model }) => model ?? "", least: 12, dropRank: 4 },
    {
      title: "RESULT",
      text: ({ is_ok, outcome }) => (is_ok ? "ok" : outcome.replaceAll("_", " ")),
      paint: (text, { is_ok }) => (is_ok ? paint.green(text) : paint.red(text)),
    },
    { title: "STATUS", text: ({ status }) => String(status ?? ""), align: "right", dropRank: 3 },
    { title: "FIRST TOKEN", text: ({ first_token_ms }) => ms(first_token_ms), align: "right", dropRank: 5 },
    { title: "TIME", text: timeText, align: "right", dropRank: 2 },
    {
      title: "WHY",
      text: ({ is_ok, reason, message }) => (is_ok ? "" : cause({ reason, message })),
      least: 24,
      dropRank: 1,
    },
  ];
}

/** A call that was never made took no time. */
function timeText({ latency_ms, is_ok, status }: Row): string {
  return is_ok || status !== undefined ? ms(latency_ms) : "";
}

function ms(value: number | undefined): string {
  return value === undefined ? "" : `${Math.round(value)} ms`;
}
