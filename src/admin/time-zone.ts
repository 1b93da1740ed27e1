// The time zone of who asks, in which days and months begin.
import { z } from "zod";

export const zone = z
  .string()
  .refine(isZone, { error: "a time zone such as Europe/Berlin" })
  .default("UTC")
  .describe("The time zone of who asks, an IANA name.");

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
