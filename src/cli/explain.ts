// `explain`: which key a request would get now, and why every other is skipped.
import type { ChalkInstance } from "chalk";
import type { OutputOf } from "../admin/operation-table.ts";
import { roughDuration } from "../core/durations.ts";
import { EXIT } from "../core/exit-codes.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import type { TargetOptions } from "./connection.ts";
import {
  type ExplainedKey,
  type ExplainedTarget,
  latestOf,
  targetText,
  targetUntil,
  whyText,
} from "./explain-words.ts";
import { paintFor, widthOf } from "./paint.ts";
import { printJson } from "./print-json.ts";
import { fitted } from "./say.ts";
import { type Column, renderTable } from "./table.ts";
import { countOf, timeLeft } from "./words.ts";

export interface ExplainOptions extends TargetOptions, JsonOption {
  readonly model?: string;
  readonly method?: string;
  readonly token?: string;
}

type Explained = OutputOf<"explain">;

/** `EXIT.unhealthy` when the request would get no key. */
export async function explain(context: CliContext, request: string, options: ExplainOptions): Promise<number> {
  await using connection = await connect(context, options, "read");
  const { model, method, token } = options;
  const found = await connection.control.call("explain", {
    request,
    ...(model !== undefined && { model }),
    ...(method !== undefined && { method }),
    ...(token !== undefined && { token }),
  });
  if (options.json) printJson(context, found);
  else context.out.write(textOf(found, context, options));
  const isServed = found.refusal === undefined && found.picked?.proxy_state !== "disabled";
  return isServed ? EXIT.ok : EXIT.unhealthy;
}

function textOf(found: Explained, context: CliContext, options: ExplainOptions): string {
  const { method, path, model, rule, refusal, keys, route } = found;
  const paint = paintFor(context.out, context, options);
  const facts = { now: context.now(), paint, isTiered: route.length > 1 };
  const table = { width: widthOf(context), paint };
  const subject = model === undefined ? `${method} ${path}` : `${model} by ${method} ${path}`;
  const outcome = outcomeText(found, facts.now);
  const color = refusal !== undefined ? paint.red : found.wait !== undefined ? paint.yellow : paint.green;
  const shown = (text: string) => fitted([text], context.out).trimEnd();
  const head = [
    shown(rule === undefined ? subject : `${subject}: ${rule}`),
    ...(outcome === undefined ? [] : [color(shown(outcome))]),
  ];
  const tables = [
    route.length === 0 ? "" : renderTable(routeColumns(facts), targetsOf(found), table),
    keys.length === 0 ? "" : renderTable(keyColumns(found, facts), keys, table),
  ];
  return [`${head.join("\n")}\n`, ...tables].filter((part) => part !== "").join("\n");
}

/** What the client meets first. */
function outcomeText(found: Explained, now: number): string | undefined {
  const { picked, refusal, wait, model, on_trial } = found;
  if (refusal !== undefined) {
    const { status, code, message, retry_after_s } = refusal;
    const retry = retry_after_s === undefined ? "" : `, Retry-After ${retry_after_s} s`;
    return `Answered with ${status} ${code}${retry}: ${message}`;
  }
  if (wait !== undefined) return waitText(wait, now);
  if (picked === undefined) return undefined;
  const as = picked.model === undefined || picked.model === model ? "" : `, as ${picked.model}`;
  const trial = on_trial === true ? ", which is on trial: the request finds out whether it works again" : "";
  const through = picked.proxy === undefined ? "" : `, through ${picked.proxy}${proxyText(picked)}`;
  return `Goes to ${picked.name} of ${picked.provider}${as}${through}${trial || affinityText(found)}`;
}

/** What stands in the way of a call that has its key. */
function proxyText({ proxy_state }: ExplainedKey): string {
  if (proxy_state === "disabled") return ", which is disabled, so that it cannot go out: openai-balance proxies enable";
  return proxy_state === "out" ? ", which is out: openai-balance proxies list says why" : "";
}

/** Only a real request has a beginning by which it may prefer a key. */
function affinityText({ picked, route, keys }: Explained): string {
  const isOpen = keys.some(({ choice, tier }) => choice === "usable" && tier === picked?.tier);
  const isAffine = isOpen && route[picked?.tier ?? 0]?.affinity === true;
  return isAffine ? ", unless what it begins with prefers another key (affinity)" : "";
}

function waitText({ until, at_most_s, waiting }: NonNullable<Explained["wait"]>, now: number): string {
  const left = timeLeft(until, now);
  const forWhat = left === "" || left === "now" ? "until another request ends" : `${left} for a key`;
  const others = waiting === 0 ? "" : `, beside ${countOf(waiting, "other")} that ${waiting === 1 ? "waits" : "wait"}`;
  return `Waits ${forWhat}, at most ${roughDuration(at_most_s * 1_000)} (queue.max_wait)${others}`;
}

interface Facts {
  readonly now: number;
  readonly paint: ChalkInstance;
  readonly isTiered: boolean;
}

interface TargetRow extends ExplainedTarget {
  readonly tier: number;
  readonly strategy: string;
}

function targetsOf({ route }: Explained): readonly TargetRow[] {
  return route.flatMap(({ strategy, targets }, tier) => targets.map((target) => ({ ...target, tier, strategy })));
}

function routeColumns({ now, paint, isTiered }: Facts): readonly Column<TargetRow>[] {
  return [
    tierColumn(isTiered),
    { title: "PROVIDER", text: ({ provider }) => provider, least: 8 },
    { title: "MODEL", text: ({ model }) => model ?? "", least: 12, dropRank: 1 },
    { title: "STRATEGY", text: ({ strategy }) => strategy, dropRank: 2 },
    { title: "BACK IN", text: (row) => timeLeft(targetUntil(row), now), dropRank: 0 },
    {
      title: "STATUS",
      text: targetText,
      paint: (text, row) => (targetText(row) === "up" ? paint.green(text) : paint.red(text)),
      least: 12,
    },
  ];
}

function keyColumns({ route }: Explained, { now, paint, isTiered }: Facts): readonly Column<ExplainedKey>[] {
  return [
    tierColumn(isTiered),
    {
      title: "",
      text: ({ choice }) => CHOICES[choice],
      paint: (text, { choice }) =>
        choice === "picked" ? paint.green(text) : choice === "usable" ? text : paint.dim(text),
    },
    { title: "KEY", text: ({ name }) => name, least: 12 },
    { title: "PROVIDER", text: ({ provider }) => provider, least: 8, dropRank: 2 },
    { title: "MODEL", text: ({ model }) => model ?? "", least: 12, dropRank: 3 },
    { title: "BACK IN", text: (row) => timeLeft(latestOf(row), now), dropRank: 1 },
    { title: "WHY", text: (row) => whyText(row, route[row.tier]?.strategy, now), least: 36 },
  ];
}

/** Only where there is a fallback. */
function tierColumn(isTiered: boolean): Column<{ readonly tier: number }> {
  return { title: "TIER", text: ({ tier }) => (isTiered ? String(tier + 1) : ""), align: "right", dropRank: 4 };
}

const CHOICES = { picked: "now", usable: "could", skipped: "no" } as const;
