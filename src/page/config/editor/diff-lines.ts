// The lines in which two texts differ.
import { Chunk } from "@codemirror/merge";
import { Text } from "@codemirror/state";

/** Numbers of lines, from 1, before and after. */
export type DiffLine =
  | {
      readonly kind: "same" | "gone" | "new";
      readonly text: string;
      readonly before: number | undefined;
      readonly after: number | undefined;
    }
  | { readonly kind: "skipped"; readonly count: number; readonly before: number; readonly after: number };

/** Lines around a change that stay. */
const AROUND = 3;

/** In their order; none for texts that are the same. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const a = Text.of(before.split("\n"));
  const b = Text.of(after.split("\n"));
  const chunks = Chunk.build(a, b);
  if (chunks.length === 0) return [];
  const all: DiffLine[] = [];
  const same = (to: number) => {
    const shift = lineIn(b, doneB) - lineIn(a, doneA);
    for (let line = lineIn(a, doneA); line < to; line++) {
      all.push({ kind: "same", text: a.line(line).text, before: line, after: line + shift });
    }
  };
  let doneA = 0;
  let doneB = 0;
  for (const { fromA, fromB, toA, toB } of chunks) {
    same(lineIn(a, fromA));
    for (let line = lineIn(a, fromA); line < lineIn(a, toA); line++) {
      all.push({ kind: "gone", text: a.line(line).text, before: line, after: undefined });
    }
    for (let line = lineIn(b, fromB); line < lineIn(b, toB); line++) {
      all.push({ kind: "new", text: b.line(line).text, before: undefined, after: line });
    }
    doneA = toA;
    doneB = toB;
  }
  same(a.lines + 1);
  return shortened(all);
}

/** The line that begins at a boundary; behind the end it is the one after the last. */
function lineIn(text: Text, offset: number): number {
  return offset > text.length ? text.lines + 1 : text.lineAt(offset).number;
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
