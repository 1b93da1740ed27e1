// `tokens list`: client tokens with their limits, use and end.
import type { ChalkInstance } from "chalk";
import type { TokenRow } from "../../admin/token-rows.ts";
import { EXIT } from "../../core/exit-codes.ts";
import type { CliContext, JsonOption } from "../cli-context.ts";
import { connect } from "../connect.ts";
import type { TargetOptions } from "../connection.ts";
import { short } from "../keys/limit-words.ts";
import { paintFor, widthOf } from "../paint.ts";
import { printedJson } from "../print-json.ts";
import { hint, note } from "../say.ts";
import { type Column, renderTable } from "../table.ts";
import { timeAgo, timeLeft } from "../words.ts";

export interface TokensListOptions extends TargetOptions, JsonOption {}

export async function tokensList(context: CliContext, options: TokensListOptions): Promise<number> {
  await using connection = await connect(context, options, "read");
  const found = await connection.control.call("tokens.list", {});
  if (printedJson(context, options, found)) return EXIT.ok;
  // Without a daemon it was said when the data folder was opened.
  if (found.store_fault !== undefined && connection.control.kind !== "offline") note(context, found.store_fault);
  if (found.tokens.length === 0) {
    hint(context, options, "There is no client token. This makes one:", "  openai-balance tokens add --name NAME");
    return EXIT.ok;
  }
  const paint = paintFor(context.out, context, options);
  context.out.write(renderTable(columns(context.now(), paint), found.tokens, { width: widthOf(context), paint }));
  return EXIT.ok;
}

function columns(now: number, paint: ChalkInstance): readonly Column<TokenRow>[] {
  return [
    { title: "ID", text: ({ id }) => id, dropRank: 5 },
    { title: "NAME", text: ({ name }) => name, least: 12 },
    { title: "FROM", text: ({ source }) => (source === "token store" ? "command" : "config"), dropRank: 6 },
    {
      title: "STATUS",
      text: ({ state }) => state,
      paint: (text, { state }) => (state === "active" ? paint.green(text) : paint.red(text)),
    },
    {
      title: "LAST USED",
      text: ({ last_used }) => (last_used === undefined ? "never" : timeAgo(last_used, now)),
      dropRank: 2,
    },
    { title: "REQUESTS", text: ({ requests }) => String(requests), align: "right", dropRank: 4 },
    { title: "ENDS IN", text: endText(now), dropRank: 1 },
    { title: "LIMITS", text: limitsText, least: 16, dropRank: 0 },
    { title: "MAY USE", text: scopeText, least: 12, dropRank: 3 },
  ];
}

function endText(now: number): (row: TokenRow) => string {
  return ({ state, expires }) => (state === "expired" ? "" : timeLeft(expires, now));
}

/** `rpm 3/60, budget 1.25/20 a month`. */
function limitsText({ limits }: TokenRow): string {
  return limits.map(limitText).join(", ");
}

function limitText({ name, used, limit, per }: TokenRow["limits"][number]): string {
  if (name === "concurrency") return `${used}/${limit} at once`;
  if (name !== "budget") return `${name} ${short(used)}/${short(limit)}`;
  return `budget ${money(used)}/${money(limit)}${per === "total" ? "" : ` a ${per}`}`;
}

function money(amount: number): string {
  return String(amount < 1 ? Number(amount.toPrecision(2)) : Math.round(amount * 100) / 100);
}

/** `models gpt-*; providers openai`. */
function scopeText({ models, providers, operations, cidrs }: TokenRow): string {
  const parts = { models, providers, operations, from: cidrs };
  return Object.entries(parts)
    .filter(([, list]) => list !== undefined)
    .map(([name, list]) => `${name} ${list?.join(", ")}`)
    .join("; ");
}
