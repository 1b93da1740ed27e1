// What the operating system may ask of the daemon.
import { EXIT } from "../core/exit-codes.ts";

export interface SignalActions {
  readonly reload: () => void;
  readonly stop: () => Promise<void>;
  readonly flush: () => Promise<void>;
}

/** SIGTERM and SIGINT stop, a second one at once; SIGHUP reloads. The function that it returns stops listening to SIGHUP. */
export function onSignals({ reload, stop, flush }: SignalActions): () => void {
  let isStopping = false;
  const end = () => {
    if (isStopping) {
      flush().finally(() => process.exit(EXIT.ok));
      return;
    }
    isStopping = true;
    stop().then(
      () => process.exit(EXIT.ok),
      () => process.exit(EXIT.failed),
    );
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  process.on("SIGHUP", reload);
  return () => process.off("SIGHUP", reload);
}
