// What becomes of pasted keys: what the daemon foretells of each line, and what a test of it met.
import type { OutputOf } from "../../admin/operation-table.ts";

export type Foretold = OutputOf<"keys.add">;
export type TryRow = OutputOf<"keys.try">;

/** Results of tests, by the line of the key. */
export type Tries = ReadonlyMap<number, TryRow>;

/** `unfit`: it cannot be taken. */
export type LineOutcome = Foretold["keys"][number]["outcome"] | "unfit";

export interface PastedLine {
  readonly line: number;
  readonly masked: string;
  readonly outcome: LineOutcome;
  readonly name?: string | undefined;
  readonly provider?: string | undefined;
  /** Why it cannot be taken, or where it is already. */
  readonly note?: string | undefined;
}

/** In the order of the text. */
export function linesOf({ keys, unfit }: Foretold): readonly PastedLine[] {
  const good = keys.map(({ line, masked, outcome, name, provider, source }): PastedLine => {
    return { line, masked, outcome, name: name === masked ? undefined : name, provider, note: source };
  });
  const bad = unfit.map(({ line, masked, why }): PastedLine => ({ line, masked, outcome: "unfit", note: why }));
  return [...good, ...bad].toSorted((a, b) => a.line - b.line);
}

/** Lines that change something in the store. */
export function newsIn({ keys }: Foretold): readonly number[] {
  return keys.filter(({ outcome }) => outcome === "added" || outcome === "updated").map(({ line }) => line);
}

/** Those of them that failed no test. */
export function workingIn(foretold: Foretold, tries: Tries): readonly number[] {
  return newsIn(foretold).filter((line) => tries.get(line)?.is_ok !== false);
}

export function failedIn(tries: Tries): number {
  return [...tries.values()].filter(({ is_ok }) => !is_ok).length;
}

/** How many there are of each outcome, those that there are none of left out. */
export function countsOf(lines: readonly PastedLine[]): ReadonlyMap<LineOutcome, number> {
  const counts = new Map<LineOutcome, number>();
  for (const { outcome } of lines) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}
