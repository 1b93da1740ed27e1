// Masks the secrets of a text that comes in pieces, also one that is cut in two by their ends.
import type { Redactor } from "../core/redaction.ts";

/** No line is held back that is longer, no secret is. */
const MOST_HELD = 512 * 1024;
const MOST_SECRET = 4 * 1024;

/** The pieces anew, cut at line ends, which no secret reaches over: an event of a stream goes on once it is whole. */
export async function* maskedPieces(
  pieces: AsyncIterable<string>,
  redactor: Pick<Redactor, "find" | "redactKnown">,
): AsyncGenerator<string> {
  let held = "";
  for await (const piece of pieces) {
    const end = piece.lastIndexOf("\n") + 1;
    const whole = end === 0 ? "" : held + piece.slice(0, end);
    if (whole !== "") yield redactor.redactKnown(whole);
    held = (end === 0 ? held : "") + piece.slice(end);
    if (held.length < MOST_HELD) continue;
    const cut = cutBefore(held, redactor);
    yield redactor.redactKnown(held.slice(0, cut));
    held = held.slice(cut);
  }
  if (held !== "") yield redactor.redactKnown(held);
}

/** Not within what may be a secret. */
function cutBefore(text: string, redactor: Pick<Redactor, "find">): number {
  const last = text.length - MOST_SECRET;
  const around = redactor.find(text).find(({ start, end }) => start < last && last < end);
  return around === undefined || around.start === 0 ? last : around.start;
}
