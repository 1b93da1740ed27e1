// A row of bars, as high as numbers are, for a terminal.

const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** At most so wide; where there are more numbers, neighbours are added up. Nothing is a blank. */
export function sparkline(numbers: readonly number[], width: number): string {
  const size = Math.max(1, Math.ceil(numbers.length / Math.max(1, width)));
  const columns = Array.from({ length: Math.ceil(numbers.length / size) }, (_, at) =>
    numbers.slice(at * size, (at + 1) * size).reduce((sum, number) => sum + number, 0),
  );
  const most = Math.max(0, ...columns);
  return columns.map((amount) => barOf(amount, most)).join("");
}

function barOf(amount: number, most: number): string {
  if (amount <= 0) return " ";
  return BARS[Math.min(BARS.length - 1, Math.ceil((amount / most) * BARS.length) - 1)] ?? " ";
}
