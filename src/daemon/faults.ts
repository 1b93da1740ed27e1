// Catches what is thrown outside of every request, so that it is written through the log, which hides secrets.
import { EXIT } from "../core/exit-codes.ts";
import type { Logger } from "../core/logger.ts";
import { flushLog } from "./flush-log.ts";
import { logBug } from "./log-events.ts";

/** The process, as far as it is needed here. */
export interface FaultSource {
  on(event: "uncaughtException" | "unhandledRejection", listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

/**
 * A rejection that nobody waits for has no effect on others: it is logged, and streams in flight go on. After an
 * exception the state of what threw it is unknown: it is logged, and the process ends for its supervisor to restart.
 */
export function catchFaults(source: FaultSource, logger: Logger): void {
  source.on("unhandledRejection", (error) => logBug(error, "none", logger));
  source.on("uncaughtException", (error) => {
    logBug(error, "none", logger);
    flushLog(logger).finally(() => source.exit(EXIT.failed));
  });
}
