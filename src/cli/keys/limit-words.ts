// How much of limits is used up, in as few words as a table has room for.
import type { KeyRow } from "../../admin/key-rows.ts";
import { roughDuration } from "../../core/durations.ts";

type Limit = KeyRow["limits"][number];

/** More would leave no room for anything else. */
const MOST_LIMITS = 2;

/** The tightest ones: `rpm 48/60, gpt-4o tpm 12k/30k`. */
export function limitsText(limits: readonly Limit[]): string {
  const tightest = limits.length > 1 ? limits.toSorted((a, b) => shareOf(b) - shareOf(a)) : limits;
  return tightest.slice(0, MOST_LIMITS).map(limitText).join(", ");
}

/** What says why a key that rests for nothing serves nothing all the same: `rpd 1000/1000 used up`. */
export function usedUpText(limits: readonly Limit[]): string {
  const full = limits.filter(({ name, used, limit }) => name !== "concurrency" && used >= limit);
  return full.length === 0 ? "" : `${limitsText(full)} used up`;
}

/** A group as an operator named it, or whose the provider says it is: `group a`, `organization org-1`. */
export function groupText(group: string): string {
  return /^(?:organization|project) /.test(group) ? group : `group ${group}`;
}

function shareOf({ used, limit }: Limit): number {
  return limit > 0 ? used / limit : 1;
}

/** `gpt-4o rpm 48/60`, `3/3 at once`, `12/20 in 6s`; `shared`: with the keys of its quota group. */
function limitText(row: Limit): string {
  const { model, group } = row;
  return [model, amountText(row), group === undefined ? undefined : "shared"]
    .filter((part) => part !== undefined)
    .join(" ");
}

function amountText({ name, used, limit, window_s }: Limit): string {
  const share = `${short(used)}/${short(limit)}`;
  if (name === "concurrency") return `${share} at once`;
  if (name === "learnt") return `${share} in ${roughDuration((window_s ?? 0) * 1_000)}`;
  return `${name} ${share}`;
}

/** `940`, `12k`, `1.2M`; rounded down, so that no limit looks used up before it is. */
export function short(amount: number): string {
  if (amount < 10_000) return String(amount);
  const [size, unit] = amount < 1_000_000 ? [1_000, "k"] : [1_000_000, "M"];
  const tenths = Math.floor((amount / size) * 10) / 10;
  return `${tenths >= 100 ? Math.floor(tenths) : tenths}${unit}`;
}
