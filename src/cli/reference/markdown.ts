// The parts of Markdown that the references are made of.

/** A table without its last line end. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function code(text: string): string {
  return `\`${text}\``;
}

export function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

/** As the beginning of a sentence, with a period at its end. */
export function sentence(text: string): string {
  const start = /^[a-z]/.test(text) ? text[0]?.toUpperCase() + text.slice(1) : text;
  return /[.:]$/.test(start) ? start : `${start}.`;
}
