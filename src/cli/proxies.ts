// `proxies list`, `test`, `enable`, `disable` and `prune`.
import type { ChalkInstance } from "chalk";
import type { OutputOf } from "../admin/operation-table.ts";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import { type CliContext, Interrupted, type JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import { type TargetOptions, whenText } from "./connection.ts";
import { paintFor, widthOf } from "./paint.ts";
import { printedJson, printJson } from "./print-json.ts";
import { hint, note, say } from "./say.ts";
import { withSpinner } from "./spinner.ts";
import { type Column, renderTable } from "./table.ts";
import { cause, countOf, STATE_WORDS, timeAgo, timeLeft } from "./words.ts";

export interface ProxiesOptions extends TargetOptions, JsonOption {}

export interface ProxiesPruneOptions extends ProxiesOptions {
  readonly yes?: boolean;
}

type Row = OutputOf<"proxies.list">["proxies"][number];
type Result = Omit<OutputOf<"proxies.test">, "total">;
type Named = Pick<Row, "id" | "url">;

const NONE = ["No provider or key calls through an outbound proxy: proxies.urls of the config file names them for all"];

/** One line for each proxy. */
export async function proxiesList(context: CliContext, options: ProxiesOptions): Promise<number> {
  await using connection = await connect(context, options, "read");
  const found = await connection.control.call("proxies.list", {});
  if (printedJson(context, options, found)) return EXIT.ok;
  if (found.proxies.length === 0) {
    hint(context, options, ...NONE);
    return EXIT.ok;
  }
  const paint = paintFor(context.out, context, options);
  context.out.write(renderTable(listColumns(paint, context.now()), found.proxies, { width: widthOf(context), paint }));
  return EXIT.ok;
}

/** `EXIT.unhealthy` when one does not work. */
export async function proxiesTest(
  context: CliContext,
  words: readonly string[],
  options: ProxiesOptions,
): Promise<number> {
  await using connection = await connect(context, options, "read");
  const signal = context.interruption();
  const results: Result[] = [];
  await withSpinner("Testing", context, options, async (progress) => {
    const items = connection.control.stream("proxies.test", { proxies: [...words] }, signal);
    for await (const { total, ...result } of items) {
      results.push(result);
      progress.say(`Testing: ${results.length} of ${total} answered`);
    }
  }).catch((error: unknown) => {
    // What was answered before Ctrl-C is worth showing.
    if (!signal.aborted) throw error;
  });
  const isOk = results.every(({ is_ok }) => is_ok);
  const paint = paintFor(context.out, context, options);
  if (options.json) printJson(context, { ok: isOk, results });
  else if (results.length > 0)
    context.out.write(renderTable(testColumns(paint), results, { width: widthOf(context), paint }));
  if (signal.aborted) throw new Interrupted("Ctrl-C");
  if (results.length === 0 && !options.json) hint(context, options, ...NONE);
  return isOk ? EXIT.ok : EXIT.unhealthy;
}

/** Lets proxies in, whatever kept them out. */
export function proxiesEnable(context: CliContext, words: readonly string[], options: ProxiesOptions): Promise<number> {
  return change("proxies.enable", context, words, options);
}

/** Keeps proxies out. */
export function proxiesDisable(
  context: CliContext,
  words: readonly string[],
  options: ProxiesOptions,
): Promise<number> {
  return change("proxies.disable", context, words, options);
}

/** Asks first on a terminal; elsewhere `--yes` says that it is meant. `EXIT.failed` when some could not be removed. */
export async function proxiesPrune(context: CliContext, options: ProxiesPruneOptions): Promise<number> {
  await using connection = await connect(context, options, "write");
  const { proxies } = await connection.control.call("proxies.list", {});
  const dead = proxies.filter(({ state }) => state === "out");
  if (dead.length > 0 && !(await isMeant(dead, context, options))) return EXIT.ok;
  const result = await connection.control.call("proxies.prune", {});
  const exitCode = result.refused.length > 0 ? EXIT.failed : EXIT.ok;
  if (printedJson(context, options, result)) return exitCode;
  for (const { url, why } of result.refused) note(context, `Cannot remove ${url}: ${why}`);
  if (result.removed.length > 0) say(context, options, `Removed ${namesOf(result.removed)} from the config file`);
  else if (result.refused.length === 0) say(context, options, "No outbound proxy is out");
  return exitCode;
}

const DONE = { "proxies.enable": "Enabled", "proxies.disable": "Disabled" } as const;

async function change(
  operation: keyof typeof DONE,
  context: CliContext,
  words: readonly string[],
  options: ProxiesOptions,
): Promise<number> {
  await using connection = await connect(context, options, "write");
  const changed = await connection.control.call(operation, { proxies: [...words] });
  if (printedJson(context, options, changed)) return EXIT.ok;
  say(context, options, `${DONE[operation]} ${namesOf(changed.proxies)}${whenText(connection)}`);
  return EXIT.ok;
}

async function isMeant(dead: readonly Named[], context: CliContext, { yes }: ProxiesPruneOptions): Promise<boolean> {
  if (yes === true) return true;
  if (!context.input.isTerminal)
    throw new UserError("Removed proxies cannot be brought back from here: --yes says that it is meant");
  if (await context.ask.confirm(`Remove ${namesOf(dead)} from the config file?`)) return true;
  note(context, "Nothing was removed");
  return false;
}

function namesOf(proxies: readonly Named[]): string {
  return proxies.map(({ url }) => url).join(", ");
}

function listColumns(paint: ChalkInstance, now: number): readonly Column<Row>[] {
  return [
    { title: "ID", text: ({ id }) => id },
    { title: "PROXY", text: ({ url }) => url, least: 20 },
    {
      title: "STATUS",
      text: ({ state }) => STATE_WORDS[state],
      paint: (text, { state }) => stateColor(state, paint)(text),
    },
    { title: "BACK IN", text: ({ until }) => timeLeft(until, now), dropRank: 0 },
    { title: "KEYS", text: keysText, least: 12, dropRank: 2 },
    { title: "CHECKED", text: (row) => checkText(row, now), dropRank: 3 },
    { title: "WHY", text: ({ reason, detail }) => cause({ reason, message: detail }), least: 24, dropRank: 1 },
  ];
}

function testColumns(paint: ChalkInstance): readonly Column<Result>[] {
  return [
    { title: "ID", text: ({ id }) => id, dropRank: 2 },
    { title: "PROXY", text: ({ url }) => url, least: 20 },
    {
      title: "RESULT",
      text: ({ is_ok }) => (is_ok ? "ok" : "failed"),
      paint: (text, { is_ok }) => (is_ok ? paint.green(text) : paint.red(text)),
    },
    { title: "TIME", text: ({ latency_ms }) => `${Math.round(latency_ms)} ms`, align: "right", dropRank: 1 },
    { title: "WHY", text: ({ reason, detail }) => cause({ reason, message: detail }), least: 24, dropRank: 0 },
  ];
}

function stateColor(state: Row["state"], paint: ChalkInstance): ChalkInstance {
  if (state === "ready") return paint.green;
  if (state === "half_open") return paint.yellow;
  return state === "out" ? paint.red : paint.gray;
}

/** The first names, and how many more. */
function keysText({ keys }: Row): string {
  const [first] = keys;
  if (first === undefined) return "";
  return keys.length === 1 ? first.key : `${first.key} and ${countOf(keys.length - 1, "other")}`;
}

function checkText({ checked_at, check_ok }: Row, now: number): string {
  if (checked_at === undefined) return "";
  return `${check_ok === true ? "ok" : "failed"} ${timeAgo(checked_at, now)}`;
}
