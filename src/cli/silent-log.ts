// The log of a command: it has none, but the parts that it uses want one.
import { createLogger, type Logger } from "../core/logger.ts";
import { Redactor } from "../core/redaction.ts";

/** A logger that writes nothing, and the redactor for what the command itself prints. */
export function silentLog(): { readonly logger: Logger; readonly redactor: Redactor } {
  const redactor = new Redactor();
  return { logger: createLogger({ level: "silent", format: "json", redactor, write: () => {} }), redactor };
}
