// Keys as rows of tables.
import type { ChalkInstance } from "chalk";
import type { KeyRow } from "../../admin/key-rows.ts";
import type { Column } from "../table.ts";
import { cause, STATE_WORDS, timeLeft } from "../words.ts";
import { groupText, limitsText, usedUpText } from "./limit-words.ts";

/** What all tables of keys show; `now` in wall-clock milliseconds. */
export interface KeyColumnFacts {
  readonly now: number;
  readonly paint: ChalkInstance;
}

/** Which key it is. */
export const KEY_NAMES: readonly Column<KeyRow>[] = [
  { title: "ID", text: ({ id }) => id, dropRank: 4 },
  { title: "NAME", text: ({ name }) => name, least: 12 },
];

export const KEY_PROVIDER: Column<KeyRow> = { title: "PROVIDER", text: ({ provider }) => provider, least: 8 };

/** How it fares. */
export function keyState({ paint }: KeyColumnFacts): Column<KeyRow> {
  return {
    title: "STATUS",
    text: ({ state }) => STATE_WORDS[state],
    paint: (text, { state }) => stateColor(state, paint)(text),
  };
}

/** Until when it does not serve all it could, and why. */
export function keyRest({ now }: KeyColumnFacts): readonly Column<KeyRow>[] {
  return [
    {
      title: "BACK IN",
      text: (row) => (fullText(row) === "" ? timeLeft(firstRest(row)?.until, now) : ""),
      dropRank: 0,
    },
    { title: "WHY", text: whyText, least: 24, dropRank: 1 },
  ];
}

/** How much of what is known of limits is used up. */
export const KEY_LIMITS: Column<KeyRow> = { title: "LIMITS", text: ({ limits }) => limitsText(limits), dropRank: 8 };

/** What the key itself rests for, else the first of its models or operations to be back. */
function firstRest(row: KeyRow): KeyRow | KeyRow["parts"][number] | undefined {
  return row.state === "ready" ? firstPart(row) : row;
}

function firstPart({ parts }: KeyRow): KeyRow["parts"][number] | undefined {
  return parts.toSorted((a, b) => (a.until ?? "").localeCompare(b.until ?? ""))[0];
}

/** What leaves a ready key nothing to serve; the end of what a model rests for does not bring it back. */
function fullText({ state, limits }: KeyRow): string {
  if (state !== "ready") return "";
  return usedUpText(limits.filter(({ model, group }) => model === undefined && group === undefined));
}

/** `gpt-4o cooling: 429 …`: a ready key may serve some models while others rest. */
function whyText(row: KeyRow): string {
  if (row.state === "unused") return `no provider ${row.provider}`;
  const rest = firstRest(row);
  if (rest === undefined) return usedUpText(row.limits);
  const why = rest.reason === "operator" ? "by an operator" : cause(rest);
  if (!("id" in rest)) {
    const part = `${partText(rest, row.parts.length - 1)}: ${why}`;
    return [fullText(row), part].filter(Boolean).join("; ");
  }
  // Why it rested before its next request became a probe.
  return rest.state === "half_open" ? `tried again after ${why}` : why;
}

/** `group org-2, gpt-4o cooling, 1 more`. */
function partText({ model, operation, group, state }: KeyRow["parts"][number], others: number): string {
  const named = model ?? operation;
  const what = group === undefined ? (named ?? "requests without a model") : [groupText(group), named].filter(Boolean);
  const more = others === 0 ? "" : `, ${others} more`;
  return `${[what].flat().join(", ")} ${STATE_WORDS[state]}${more}`;
}

function stateColor(state: KeyRow["state"], paint: ChalkInstance): ChalkInstance {
  switch (state) {
    case "ready":
      return paint.green;
    case "half_open":
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
