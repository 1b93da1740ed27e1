// How figures look in the tables of a report.

/** What is not known without /proc. */
export const UNKNOWN = "unknown";

export function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rows];
  return [`### ${title}`, "", ...lines.map((cells) => `| ${cells.join(" | ")} |`)].join("\n");
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`;
}

export function micros(value: number | undefined): string {
  return value === undefined ? UNKNOWN : `${Math.round(value)} µs`;
}

export function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? UNKNOWN : `${Math.round(bytes / 1e6)} MB`;
}
