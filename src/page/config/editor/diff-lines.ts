// The lines in which two texts differ.
import { type Change, diff } from "@codemirror/merge";

/** Numbers of lines, from 1, before and after. */
export type DiffLine =
  | {
      readonly kind: "same" | "gone" | "new";
      readonly text: string;
      readonly before: number | undefined;
      readonly after: number | undefined;
    }
  | { readonly kind: "skipped"; readonly count: number; readonly before: number; readonly after: number };

/** Halves of pairs in UTF-16. */
const FIRST_SURROGATE = 0xd800;
const SURROGATES = 0x800;

/** Lines around a change that stay. */
const AROUND = 3;

/** A bound for texts of which nearly every line is another one: what is shown then is right, but longer. */
const SCAN_LIMIT = 2_000;

/** In their order; none for texts that are the same. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  if (before === after) return [];
  const a = before.split("\n");
  const b = after.split("\n");
  const all: DiffLine[] = [];
  let doneA = 0;
  let doneB = 0;
  const same = (to: number) => {
    for (; doneA < to; doneA++, doneB++) {
      all.push({ kind: "same", text: a[doneA] ?? "", before: doneA + 1, after: doneB + 1 });
    }
  };
  for (const { fromA, toA, toB } of changedLines(a, b)) {
    same(fromA);
    for (; doneA < toA; doneA++) all.push({ kind: "gone", text: a[doneA] ?? "", before: doneA + 1, after: undefined });
    for (; doneB < toB; doneB++) all.push({ kind: "new", text: b[doneB] ?? "", before: undefined, after: doneB + 1 });
  }
  same(a.length);
  return shortened(all);
}

/** The library compares characters: each line that differs from the others becomes one. Its own chunks of lines miss some empty ones. */
function changedLines(a: readonly string[], b: readonly string[]): readonly Change[] {
  const letters = new Map<string, string>();
  const letterOf = (line: string) => {
    const known = letters.get(line);
    if (known !== undefined) return known;
    // One unit each, and no halves of pairs: there are more of them than lines in a file that can be edited by hand.
    const code = letters.size < FIRST_SURROGATE ? letters.size : letters.size + SURROGATES;
    const letter = String.fromCharCode(code);
    letters.set(line, letter);
    return letter;
  };
  return diff(a.map(letterOf).join(""), b.map(letterOf).join(""), { scanLimit: SCAN_LIMIT });
}

function shortened(all: readonly DiffLine[]): readonly DiffLine[] {
  const isNear = (index: number) =>
    all.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ kind }) => kind !== "same");
  const shown: DiffLine[] = [];
  for (const [index, line] of all.entries()) {
    const last = shown.at(-1);
    if (isNear(index)) shown.push(line);
    else if (last?.kind === "skipped") shown[shown.length - 1] = { ...last, count: last.count + 1 };
    else shown.push({ kind: "skipped", count: 1, before: line.before ?? 0, after: line.after ?? 0 });
  }
  return shown;
}
