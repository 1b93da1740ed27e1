// A list of names with what belongs to each, in two columns.
import { printable } from "../core/printable.ts";

const GAP = 2;
const NARROWEST = 20;

/** A line each; what is wider than `width` goes on below itself. `width`: undefined where there is room for all. */
export function renderFields(fields: readonly (readonly [name: string, text: string])[], width?: number): string {
  const indent = Math.max(...fields.map(([name]) => name.length)) + GAP;
  const room = width === undefined ? undefined : Math.max(NARROWEST, width - indent);
  return fields.map(([name, text]) => `${name.padEnd(indent)}${fitted(printable(text), room, indent)}\n`).join("");
}

/** Broken between words; a path that is too long as it stands is left to the terminal, so that it can be copied. */
function fitted(text: string, room: number | undefined, indent: number): string {
  if (room === undefined) return text;
  const lines = Bun.wrapAnsi(text, room, { wordWrap: true, hard: false, trim: true }).split("\n");
  return lines.join(`\n${" ".repeat(indent)}`);
}
