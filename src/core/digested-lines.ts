// A list in a JSON file that tells by itself whether it is whole: one line for each item, and a digest of all before it.
import { createHash } from "node:crypto";

/** Items that become text in one piece, which is some tenths of a millisecond of work. */
export const ITEMS_PER_PIECE = 100;

const END = /\n\],"sha256":"([0-9a-f]{64})"\}\n?$/;

/** The text of the file; each piece is made when the one before is written. `head`: all up to the `[` of the list. */
export function* digestedLines(head: string, items: Iterable<unknown>): Iterable<string> {
  const digest = createHash("sha256");
  for (const piece of contentPieces(head, items)) {
    digest.update(piece);
    yield piece;
  }
  yield `\n],"sha256":"${digest.digest("hex")}"}\n`;
}

/** Whether a text ends in the digest of all before it; `absent`: it ends in none, as one that somebody wrote by hand. */
export function digestOfLines(text: string): "sound" | "wrong" | "absent" {
  const end = END.exec(text);
  if (end === null) return "absent";
  return createHash("sha256").update(text.slice(0, end.index)).digest("hex") === end[1] ? "sound" : "wrong";
}

function* contentPieces(head: string, items: Iterable<unknown>): Iterable<string> {
  yield head;
  let lines: string[] = [];
  let separator = "\n";
  for (const item of items) {
    lines.push(JSON.stringify(item));
    if (lines.length < ITEMS_PER_PIECE) continue;
    yield separator + lines.join(",\n");
    separator = ",\n";
    lines = [];
  }
  if (lines.length > 0) yield separator + lines.join(",\n");
}
