// A line of the daemon's log, taken apart for reading.

export interface LogLine {
  /** Counts up from the first that was read. */
  readonly number: number;
  readonly time: string | undefined;
  readonly level: string;
  readonly message: string;
  readonly requestId: string | undefined;
  /** All other fields: name and value as text. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const OWN_FIELDS: ReadonlySet<string> = new Set(["time", "level", "msg", "request_id", "pid", "hostname"]);

/** A line that is no JSON is all message. */
export function readLogLine(line: string, number: number): LogLine {
  const record = parsed(line);
  if (record === undefined)
    return { number, time: undefined, level: "info", message: line, requestId: undefined, fields: [] };
  const { time, level, msg, request_id: requestId } = record;
  return {
    number,
    time: typeof time === "string" ? time : undefined,
    level: typeof level === "string" ? level : "info",
    message: typeof msg === "string" ? msg : "",
    requestId: typeof requestId === "string" ? requestId : undefined,
    fields: Object.entries(record)
      .filter(([name]) => !OWN_FIELDS.has(name))
      .map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)] as const),
  };
}

/** Whether a text is anywhere in it, capital or small. */
export function hasText({ message, requestId = "", fields }: LogLine, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return true;
  const all = [message, requestId, ...fields.flatMap(([name, value]) => [value, `${name}=${value}`])];
  return all.some((part) => part.toLowerCase().includes(wanted));
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
