// Turns one JSON log line into a line that reads well on a terminal.
import { Chalk, type ChalkInstance } from "chalk";
import { localTime } from "./local-time.ts";
import { printable } from "./printable.ts";

/** A map: a level is whatever stands in the record. */
const LEVELS: ReadonlyMap<unknown, (paint: ChalkInstance, text: string) => string> = new Map([
  ["debug", (paint, text) => paint.gray(text)],
  ["info", (paint, text) => paint.green(text)],
  ["warn", (paint, text) => paint.yellow(text)],
  ["error", (paint, text) => paint.red(text)],
]);
const PLAIN = new Chalk({ level: 0 });
const COLORED = new Chalk({ level: 1 });

export interface RecordFormat {
  readonly isColored: boolean;
  /** With the date and the offset from UTC, for who looks at what was logged long ago. @default false */
  readonly isDated?: boolean;
}

/**
 * `12:04:05.123 INFO  Message name=value …` in local time, with the stack of an error on the lines below it.
 * Control characters are escaped: texts of others must not drive the terminal.
 */
export function formatRecord(jsonLine: string, { isColored, isDated = false }: RecordFormat): string {
  const paint = isColored ? COLORED : PLAIN;
  const record = parse(jsonLine);
  if (record === undefined) return `${printable(jsonLine.replace(/\n$/, ""))}\n`;
  const { level, time, msg, err, ...fields } = record;
  const label = printable(String(level).toUpperCase().padEnd(5));
  const parts = [
    paint.dim(timeText(String(time), isDated)),
    LEVELS.get(level)?.(paint, label) ?? label,
    printable(String(msg ?? "")),
  ];
  for (const [name, value] of Object.entries(fields)) {
    parts.push(`${paint.cyan(printable(name))}=${formatValue(name === "tried" ? triedText(value) : value)}`);
  }
  return `${parts.join(" ")}\n${formatStack(err)}`;
}

/** Undefined for a line that redaction has made invalid: a secret of digits may stand in a number. */
function parse(jsonLine: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const record: unknown = JSON.parse(jsonLine);
    return typeof record === "object" && record !== null ? { ...record } : undefined;
  } catch {
    return undefined;
  }
}

/** The time as it stands where redaction broke it. */
function timeText(time: string, isDated: boolean): string {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return printable(time);
  const [date = "", clock = "", offset = ""] = localTime(at, { hasMs: true }).split(" ");
  return isDated ? `${date} ${clock} ${offset}` : clock;
}

/** `a/team-a 401 invalid_api_key, b/team-b timeout`: what one request met before, short enough for a line. */
function triedText(value: unknown): unknown {
  if (!Array.isArray(value) || !value.every(isAttempt)) return value;
  const texts = value.map(({ provider, key, status, reason, outcome }) => {
    return [`${provider}/${key}`, status, reason ?? outcome].filter((part) => part !== undefined).join(" ");
  });
  return texts.join(", ");
}

/** The line may come from a file that others wrote into. */
function isAttempt(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && "provider" in value && "key" in value;
}

function formatValue(value: unknown): string {
  if (typeof value === "string" && /^[^\s"'=\p{C}]+$/u.test(value)) return value;
  return printable(JSON.stringify(value));
}

function formatStack(error: unknown): string {
  if (typeof error !== "object" || error === null || !("stack" in error)) return "";
  return String(error.stack)
    .split("\n")
    .map((line) => `    ${printable(line)}\n`)
    .join("");
}
