// Which records of the log a query asks for.

/** All that is given must match; a record without the field that is asked for does not. */
export interface LogQuery {
  /** Warnings and errors, and requests that were answered with 400 or more. */
  readonly errors?: boolean | undefined;
  /** Milliseconds since 1970. */
  readonly sinceMs?: number | undefined;
  /** Before this time. */
  readonly untilMs?: number | undefined;
  /** As `parseStatusPattern` reads it; nothing matches what it does not understand. */
  readonly status?: string | undefined;
  readonly provider?: string | undefined;
  /** Name or id. */
  readonly key?: string | undefined;
  /** As the client asked for it, or as the provider calls it. */
  readonly model?: string | undefined;
  /** The request's: finds the request, its attempts and whatever else was logged under it; or the id of a trace. */
  readonly id?: string | undefined;
}

/** Both ends belong to it. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

type LogRecord = Readonly<Record<string, unknown>>;
type Condition = (record: LogRecord) => boolean;

/** `429` or `4xx`; undefined for what is neither, and for numbers that are no HTTP status (RFC 9110, section 15). */
export function parseStatusPattern(text: string): StatusRange | undefined {
  const match = /^([1-5])(?:(\d\d)|xx)$/i.exec(text);
  if (match === null) return undefined;
  const from = Number(match[1]) * 100 + Number(match[2] ?? 0);
  return { from, to: match[2] === undefined ? from + 99 : from };
}

/** Makes the predicate of a query; an empty query matches every record. */
export function logFilter(query: LogQuery): (record: LogRecord) => boolean {
  const { errors, sinceMs, untilMs, status, provider, key, model, id } = query;
  const conditions: Condition[] = [];
  if (errors === true) conditions.push(isError);
  if (sinceMs !== undefined) conditions.push(({ time }) => typeof time === "string" && Date.parse(time) >= sinceMs);
  if (untilMs !== undefined) conditions.push(({ time }) => typeof time === "string" && Date.parse(time) < untilMs);
  if (status !== undefined) conditions.push(hasStatus(status));
  if (provider !== undefined) conditions.push(anyOf((record) => record.provider === provider));
  if (key !== undefined) conditions.push(anyOf((record) => record.key === key || record.key_id === key));
  if (model !== undefined) conditions.push((record) => record.model === model || record.upstream_model === model);
  if (id !== undefined) conditions.push((record) => record.request_id === id || record.trace_id === id);
  return (record) => conditions.every((isMet) => isMet(record));
}

/** A request belongs to every key and provider that it tried, not only to the last one. */
function anyOf(isMet: Condition): Condition {
  return (record) =>
    isMet(record) || (Array.isArray(record.tried) && record.tried.some((attempt) => isMet(attempt ?? {})));
}

/** Of the records with a status only those of requests have a method: an attempt that failed may have been made up for. */
function isError({ level, method, status }: LogRecord): boolean {
  if (level === "warn" || level === "error") return true;
  return method !== undefined && typeof status === "number" && status >= 400;
}

function hasStatus(pattern: string): Condition {
  const range = parseStatusPattern(pattern);
  return ({ status }) =>
    range !== undefined && typeof status === "number" && status >= range.from && status <= range.to;
}
