// Reads the lines of the daemon's log as they come, and keeps the last of them.
import { type LogLine, readLogLine } from "./log-line.ts";

const MOST_LINES = 1_000;
/** Lines that come in one piece are drawn in one piece. */
const DRAW_MS = 200;

/** `draw`: takes all that are kept, oldest first; first of all when there may be none. */
export async function readLines(
  items: AsyncIterable<{ readonly line: string }>,
  draw: (all: readonly LogLine[]) => void,
): Promise<void> {
  let all: LogLine[] = [];
  let count = 0;
  let isDue = false;
  const drawSoon = () => {
    if (isDue) return;
    isDue = true;
    setTimeout(() => {
      isDue = false;
      draw(all);
    }, DRAW_MS);
  };
  drawSoon();
  for await (const { line } of items) {
    count += 1;
    all = [...all.slice(1 - MOST_LINES), readLogLine(line, count)];
    drawSoon();
  }
  draw(all);
}
