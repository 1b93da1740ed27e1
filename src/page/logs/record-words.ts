// What a record says in short: how well it ended, and why not.
import type { OutputOf } from "../../admin/operation-table.ts";
import { t, textOf } from "../texts/texts.ts";
import type { Tone } from "../ui/badge.tsx";

export type RecordRow = OutputOf<"logs.list">["records"][number];
export type RecordDetail = OutputOf<"logs.get">["record"];
export type Attempt = RecordDetail["tries"][number];

type Ended = Pick<RecordRow, "end" | "failed" | "status">;

/** How much a person should look at it. */
export function toneOf({ end, failed, status = 0 }: Ended): Tone {
  if (failed || end === "interrupted" || status >= 500) return "bad";
  if (end === "client_gone") return "idle";
  return status >= 400 || end === "error" ? "warn" : "good";
}

/** The status, or the word for a client that saw none. */
export function statusText({ status }: Pick<RecordRow, "status">): string {
  return status === undefined ? t("logs.left") : String(status);
}

/** What was wrong: the code that the client got, and how the last attempt ended; undefined where nothing was. */
export function whyText({ end, status = 0, error_code, outcome }: RecordRow): string | undefined {
  if (end === "client_gone") return t("logs.ends.client_gone");
  const code = codeText(error_code, outcome === "ok" ? undefined : outcome);
  if (end === "interrupted")
    return code === undefined ? t("logs.ends.interrupted") : `${t("logs.ends.interrupted")}: ${code}`;
  return status >= 400 || end === "error" ? code : undefined;
}

/** The daemon's word in words, or as it is. */
export function outcomeText(outcome: string): string {
  return textOf(`logs.outcomes.${outcome}`) ?? outcome;
}

export function toneOfAttempt({ outcome }: Pick<Attempt, "outcome">): Tone {
  if (outcome === "ok") return "good";
  return outcome === undefined || outcome === "client_gone" ? "idle" : "bad";
}

/** Both, where the one does not tell the other. */
function codeText(code: string | undefined, outcome: string | undefined): string | undefined {
  if (code === undefined || outcome === undefined) return code ?? (outcome && outcomeText(outcome));
  return code.includes(outcome) ? code : `${code} (${outcomeText(outcome)})`;
}
