// Keys as rows of tables.
import type { ChalkInstance } from "chalk";
import type { KeyRow } from "../../admin/key-rows.ts";
import type { Column } from "../table.ts";
import { cause, timeLeft } from "../words.ts";

/** What all tables of keys show; `now` in wall-clock milliseconds. */
export interface KeyColumnFacts {
  readonly now: number;
  readonly paint: ChalkInstance;
}

/** Which key it is. */
export const KEY_NAMES: readonly Column<KeyRow>[] = [
  { title: "ID", text: ({ id }) => id, dropRank: 1 },
  { title: "NAME", text: ({ name }) => name, isFlexible: true },
];

/** How it fares, until when and why. */
export function keyStates({ now, paint }: KeyColumnFacts): readonly Column<KeyRow>[] {
  return [
    { title: "STATUS", text: stateText, paint: (text, { state }) => stateColor(state, paint)(text) },
    { title: "BACK IN", text: (row) => timeLeft(firstRest(row)?.until, now) },
    { title: "WHY", text: (row) => whyText(row), isFlexible: true },
  ];
}

/** `ready, 2 models cooling`: a key may serve some models while others rest. */
function stateText({ state, parts }: KeyRow): string {
  if (state !== "ready" || parts.length === 0) return state;
  const [part] = parts;
  const what = parts.length === 1 ? (part?.model ?? part?.operation ?? "1 model") : `${parts.length} models`;
  return `ready, ${what} ${part?.state ?? ""}`;
}

/** What the key itself rests for, else the first of its models or operations to be back. */
function firstRest(row: KeyRow): Pick<KeyRow, "until" | "status" | "reason" | "message"> | undefined {
  if (row.state !== "ready") return row;
  return row.parts.toSorted((a, b) => (a.until ?? "").localeCompare(b.until ?? ""))[0];
}

function whyText(row: KeyRow): string {
  const rest = firstRest(row);
  if (rest === undefined) return "";
  return rest.reason === "operator" ? "by an operator" : cause(rest);
}

function stateColor(state: KeyRow["state"], paint: ChalkInstance): ChalkInstance {
  switch (state) {
    case "ready":
      return paint.green;
    case "cooling":
      return paint.yellow;
    case "exhausted":
    case "invalid":
      return paint.red;
    case "disabled":
    case "unused":
      return paint.gray;
    default:
      return state satisfies never;
  }
}
