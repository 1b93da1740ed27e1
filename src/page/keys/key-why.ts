// Why a key is as it is, and how its limits stand, in a few words.

import { formatNumber } from "../format/format.ts";
import { isolated, t, textOf } from "../texts/texts.ts";
import type { KeyRow } from "./key-row.ts";

type Part = KeyRow["parts"][number];
type Limit = KeyRow["limits"][number];

/** Empty for a key that rests for nothing. */
export function whyText(row: KeyRow): string {
  const own = causeText(row);
  if (own !== "") return own;
  const full = row.limits.find(({ used, limit }) => used >= limit);
  const parts = row.parts.map(partText);
  return [...(full === undefined ? [] : [t("keys.used_up", { limit: limitText(full) })]), ...parts].join("; ");
}

/** Until when the key rests, or the first of its parts. */
export function untilOf({ until, parts }: KeyRow): string | undefined {
  if (until !== undefined) return until;
  return parts
    .map((part) => part.until)
    .filter((time) => time !== undefined)
    .toSorted()[0];
}

/** The limit that most is used of. */
export function fullestLimit({ limits }: KeyRow): Limit | undefined {
  return limits.toSorted((a, b) => b.used / Math.max(1, b.limit) - a.used / Math.max(1, a.limit))[0];
}

/** Such as `gpt-4o rpm 48/60`. */
export function limitText({ group, model, name, used, limit }: Limit): string {
  const figures = `${formatNumber(used, { isShort: true })}/${formatNumber(limit, { isShort: true })}`;
  return wordsOf([group, model, name, figures]).join(" ");
}

function causeText({ reason, status, message }: Pick<KeyRow, "reason" | "status" | "message">): string {
  if (reason === undefined) return "";
  if (reason === "operator") return t("keys.by_operator");
  const cause = wordsOf([status, reason]).join(" ");
  return message === undefined ? cause : `${cause}: ${isolated(message)}`;
}

function partText(part: Part): string {
  const { group, model, operation, state } = part;
  const name = wordsOf([group, model ?? operation]).join(", ") || t("keys.no_model");
  const cause = wordsOf([part.status, part.reason]).join(" ");
  return `${name}: ${textOf(`states.${state}`) ?? state}${cause === "" ? "" : ` (${cause})`}`;
}

/** Those that are known; providers and clients chose them. */
function wordsOf(words: readonly (string | number | undefined)[]): readonly string[] {
  return words.filter((word) => word !== undefined).map((word) => isolated(String(word)));
}
