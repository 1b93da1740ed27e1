// What the operating system may ask of the daemon.
import { isatty } from "node:tty";
import { EXIT } from "../core/exit-codes.ts";
import { SAME_SIGNAL_MS } from "../core/same-signal.ts";

export interface SignalActions {
  readonly reload: () => void;
  readonly stop: () => Promise<void>;
  readonly flush: () => Promise<void>;
  /** Wall-clock milliseconds. */
  readonly now: () => number;
}

/** The standard streams, by descriptor. */
const STREAMS = [0, 1, 2];

/**
 * SIGTERM and SIGINT stop, a second one at once. SIGHUP reloads, but stops where it means that the terminal was closed.
 * After the function that it returns, SIGHUP has no effect.
 */
export function onSignals({ reload, stop, flush, now }: SignalActions): () => void {
  let firstAt: number | undefined;
  const end = () => {
    if (firstAt !== undefined) {
      if (now() - firstAt >= SAME_SIGNAL_MS) flush().finally(() => process.exit(EXIT.ok));
      return;
    }
    firstAt = now();
    stop().then(
      () => process.exit(EXIT.ok),
      () => process.exit(EXIT.failed),
    );
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  const terminals = STREAMS.filter(isatty);
  const hangUp = () => (terminals.length > 0 && !terminals.some(isatty) ? end() : reload());
  process.on("SIGHUP", hangUp);
  return () => {
    // Without any listener the signal would end the process.
    process.on("SIGHUP", () => {});
    process.off("SIGHUP", hangUp);
  };
}
