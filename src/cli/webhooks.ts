// `webhooks list` and `test`.
import type { ChalkInstance } from "chalk";
import type { OutputOf } from "../admin/operation-table.ts";
import { EXIT } from "../core/exit-codes.ts";
import { type CliContext, Interrupted, type JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import type { TargetOptions } from "./connection.ts";
import { paintFor, widthOf } from "./paint.ts";
import { printedJson } from "./print-json.ts";
import { hint } from "./say.ts";
import { withSpinner } from "./spinner.ts";
import { type Column, renderTable } from "./table.ts";
import { timeAgo } from "./words.ts";

export interface WebhooksOptions extends TargetOptions, JsonOption {}

type Row = OutputOf<"webhooks.list">["webhooks"][number];
type Result = OutputOf<"webhooks.test">["results"][number];
type Try = NonNullable<Row["last"]>;

const NONE = "Nobody is told of anything: webhooks of the config file name whom to tell";

/** One line for each webhook. */
export async function webhooksList(context: CliContext, options: WebhooksOptions): Promise<number> {
  await using connection = await connect(context, options, "read");
  const found = await connection.control.call("webhooks.list", {});
  if (printedJson(context, options, found)) return EXIT.ok;
  if (found.webhooks.length === 0) {
    hint(context, options, NONE);
    return EXIT.ok;
  }
  const paint = paintFor(context.out, context, options);
  context.out.write(renderTable(listColumns(paint, context.now()), found.webhooks, { width: widthOf(context), paint }));
  if (connection.control.kind === "offline")
    hint(context, options, "No daemon runs, so that nobody is told of anything");
  return EXIT.ok;
}

/** Without a daemon this process sends. `EXIT.unhealthy` when one does not take the message. */
export async function webhooksTest(
  context: CliContext,
  names: readonly string[],
  options: WebhooksOptions,
): Promise<number> {
  await using connection = await connect(context, options, "read");
  const signal = context.interruption();
  const found = await withSpinner("Sending", context, options, () =>
    connection.control.call("webhooks.test", { webhooks: [...names] }, signal),
  ).catch((error: unknown) => {
    throw signal.aborted ? new Interrupted("Ctrl-C") : error;
  });
  const exitCode = found.ok ? EXIT.ok : EXIT.unhealthy;
  if (printedJson(context, options, found)) return exitCode;
  const paint = paintFor(context.out, context, options);
  if (found.results.length === 0) hint(context, options, NONE);
  else context.out.write(renderTable(testColumns(paint), found.results, { width: widthOf(context), paint }));
  return exitCode;
}

function listColumns(paint: ChalkInstance, now: number): readonly Column<Row>[] {
  return [
    { title: "WEBHOOK", text: ({ name }) => name },
    { title: "URL", text: ({ url }) => url, least: 20, dropRank: 3 },
    { title: "FORM", text: ({ form, signed }) => (signed ? `${form}, signed` : form), dropRank: 5 },
    {
      title: "STATUS",
      text: statusOf,
      paint: (text, row) => (statusOf(row) === "ok" ? paint.green(text) : paint.yellow(text)),
    },
    { title: "SENT", text: ({ delivered }) => String(delivered), align: "right", dropRank: 2 },
    { title: "PENDING", text: ({ pending }) => String(pending), align: "right", dropRank: 0 },
    { title: "DROPPED", text: ({ dropped }) => String(dropped), align: "right", dropRank: 1 },
    { title: "LAST", text: ({ last }) => tryText(last, now), least: 16, dropRank: 4 },
    { title: "LAST FAULT", text: ({ last_fault }) => tryText(last_fault, now), least: 16, dropRank: 6 },
  ];
}

function testColumns(paint: ChalkInstance): readonly Column<Result>[] {
  return [
    { title: "WEBHOOK", text: ({ name }) => name },
    { title: "URL", text: ({ url }) => url, least: 20, dropRank: 1 },
    {
      title: "RESULT",
      text: ({ is_ok }) => (is_ok ? "ok" : "failed"),
      paint: (text, { is_ok }) => (is_ok ? paint.green(text) : paint.red(text)),
    },
    { title: "ANSWER", text: answerText },
    { title: "TIME", text: ({ latency_ms }) => `${Math.round(latency_ms)} ms`, align: "right", dropRank: 0 },
  ];
}

function statusOf({ gone, last, last_fault }: Row): string {
  if (gone) return "gone";
  if (last === undefined) return "nothing sent";
  return last.at === last_fault?.at ? "failing" : "ok";
}

function tryText(attempt: Try | undefined, now: number): string {
  return attempt === undefined ? "" : `${attempt.type} ${timeAgo(attempt.at, now)}: ${answerText(attempt)}`;
}

function answerText({ status, fault }: Pick<Try, "status" | "fault">): string {
  return status === undefined ? (fault ?? "") : `status ${status}`;
}
