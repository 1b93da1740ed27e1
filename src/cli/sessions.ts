// `sessions list` and `sessions revoke`: the browsers that are logged in to the page.
import type { SessionRow } from "../admin/operations/sessions.ts";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import { type TargetOptions, whenText } from "./connection.ts";
import { paintFor, widthOf } from "./paint.ts";
import { printedJson } from "./print-json.ts";
import { hint, say } from "./say.ts";
import { type Column, renderTable } from "./table.ts";
import { timeAgo, timeLeft } from "./words.ts";

export interface SessionsListOptions extends TargetOptions, JsonOption {}

export interface SessionsRevokeOptions extends TargetOptions, JsonOption {
  readonly all?: boolean;
}

export async function sessionsList(context: CliContext, options: SessionsListOptions): Promise<number> {
  await using connection = await connect(context, options, "read");
  const found = await connection.control.call("sessions.list", {});
  if (printedJson(context, options, found)) return EXIT.ok;
  if (found.sessions.length === 0) {
    hint(context, options, "No browser is logged in to the page. This opens it:", "  openai-balance open");
    return EXIT.ok;
  }
  const paint = paintFor(context.out, context, options);
  context.out.write(renderTable(columns(context.now()), found.sessions, { width: widthOf(context), paint }));
  return EXIT.ok;
}

export async function sessionsRevoke(
  context: CliContext,
  ids: readonly string[],
  options: SessionsRevokeOptions,
): Promise<number> {
  const all = options.all === true;
  if (all === ids.length > 0) throw new UserError("Cannot end sessions: give their ids, or --all");
  await using connection = await connect(context, options, "write");
  const result = await connection.control.call("sessions.revoke", { sessions: [...ids], all });
  if (printedJson(context, options, result)) return EXIT.ok;
  const { length } = result.revoked;
  const what =
    length === 0 ? "No session was there to be ended" : `Ended ${length === 1 ? "1 session" : `${length} sessions`}`;
  say(context, options, `${what}${length === 0 ? "" : whenText(connection)}`);
  return EXIT.ok;
}

function columns(now: number): readonly Column<SessionRow>[] {
  return [
    { title: "ID", text: ({ id }) => id },
    { title: "LAST USED", text: ({ seen_at }) => timeAgo(seen_at, now) },
    { title: "ENDS IN", text: ({ expires_at }) => timeLeft(expires_at, now), dropRank: 1 },
    { title: "BEGAN", text: ({ created_at }) => timeAgo(created_at, now), dropRank: 2 },
    { title: "BY", text: ({ via }) => via, dropRank: 3 },
    { title: "FROM", text: ({ address }) => address, least: 12, dropRank: 4 },
    { title: "BROWSER", text: ({ agent }) => agent, least: 12, dropRank: 0 },
  ];
}
