// Times as the control API writes them.
import { z } from "zod";

export const time = z.iso.datetime();

/** RFC 3339 in UTC, of wall-clock milliseconds. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
