// Replaces pieces of a text.

/** `text` takes the place of what stands from `start` to `end`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with its pieces replaced, which do not overlap; at the same place they follow each other as given. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  return splices
    .toSorted((a, b) => a.start - b.start)
    .reduceRight((result, { start, end, text: piece }) => result.slice(0, start) + piece + result.slice(end), text);
}

/** What puts a text in without taking any out. */
export function insertion(at: number, text: string): Splice {
  return { start: at, end: at, text };
}
