// Guesses which of many names was meant.
import { nearestName } from "../config/nearest-name.ts";
import { inSlices } from "../core/slices.ts";

/** As `nearestName`, in slices: the word itself where it is among them. */
export async function nearestOfMany(word: string, names: Iterable<string>): Promise<string | undefined> {
  // Of each slice the nearest; then that of these.
  const nearest: string[] = [];
  for await (const slice of inSlices(names)) {
    if (slice.includes(word)) return word;
    const near = nearestName(word, slice);
    if (near !== undefined) nearest.push(near);
  }
  return nearestName(word, nearest);
}
