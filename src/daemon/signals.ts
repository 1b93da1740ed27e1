// What the operating system may ask of the daemon.
import { EXIT } from "../core/exit-codes.ts";

export interface SignalActions {
  readonly reload: () => void;
  readonly stop: () => Promise<void>;
  readonly flush: () => Promise<void>;
  /** Wall-clock milliseconds. */
  readonly now: () => number;
}

/** A process group gets a signal from the terminal and again from its parent: within this time it is one signal. */
const SAME_SIGNAL_MS = 50;

/** SIGTERM and SIGINT stop, a second one at once; SIGHUP reloads. After the function that it returns, SIGHUP has no effect. */
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
  process.on("SIGHUP", reload);
  return () => {
    // Without any listener the signal would end the process.
    process.on("SIGHUP", () => {});
    process.off("SIGHUP", reload);
  };
}
