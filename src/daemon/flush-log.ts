// Brings the log to its places when the process ends, but does not wait long for places that take nothing.
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../core/logger.ts";

/** A pipe that nobody reads takes nothing: supervisors kill what takes much longer to stop. */
const PATIENCE_MS = 2_000;

/** Resolves once everything logged so far is written, or when patience ends. */
export async function flushLog(logger: Pick<Logger, "flush">, patienceMs = PATIENCE_MS): Promise<void> {
  await Promise.race([logger.flush(), sleep(patienceMs, undefined, { ref: false })]);
}
