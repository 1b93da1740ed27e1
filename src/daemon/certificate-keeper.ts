// Keeps the server on the certificate of the configuration, also when its files are replaced, and says when it ends.
import type { Config } from "../config/config.ts";
import { certificateEnd } from "../core/certificate-end.ts";
import type { Logger } from "../core/logger.ts";
import type { Timing } from "../proxy/timing.ts";
import type { Listening } from "./listen.ts";
import { watchFile } from "./watch-file.ts";

export interface CertificateKeeperOptions {
  readonly listening: Pick<Listening, "secure">;
  readonly timing: Pick<Timing, "now" | "schedule">;
  readonly logger: Logger;
  /** A file was replaced: the configuration is to be read again. */
  readonly onFile: () => void;
}

/** How long until the port, which was free a moment ago, is tried again. */
const RETRY_MS = 1_000;
const DAY_MS = 24 * 60 * 60_000;

export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #watches = new Map<string, () => void>();
  #stopRetry: () => void = () => {};
  #stopLooking: () => void = () => {};

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
  }

  /** Takes what the configuration says. */
  follow({ server }: Config): void {
    this.#watch(server.tls?.files ?? []);
    this.#secure(server.tls);
    this.#lookAt(server.tls);
  }

  stop(): void {
    this.#watch([]);
    this.#stopRetry();
    this.#stopLooking();
  }

  /** Now and once a day. */
  #lookAt(tls: Config["server"]["tls"]): void {
    this.#stopLooking();
    if (tls === undefined) return;
    const { timing, logger } = this.#options;
    const { endsAt, days, state } = certificateEnd(tls.cert, timing.now());
    if (state === "ended")
      logger.error({ ended: new Date(endsAt).toISOString() }, "The certificate of server.tls has ended");
    else if (state === "soon") logger.warn({ days }, "The certificate of server.tls ends soon");
    this.#stopLooking = timing.schedule(DAY_MS, () => this.#lookAt(tls));
  }

  #secure(tls: Config["server"]["tls"]): void {
    const { listening, logger, timing } = this.#options;
    this.#stopRetry();
    try {
      listening.secure(tls);
    } catch (error: unknown) {
      logger.error({ err: error }, "Cannot listen with the new certificate, trying again");
      this.#stopRetry = timing.schedule(RETRY_MS, () => this.#secure(tls));
    }
  }

  #watch(files: readonly string[]): void {
    const { timing, onFile } = this.#options;
    for (const [file, stop] of this.#watches) {
      if (files.includes(file)) continue;
      stop();
      this.#watches.delete(file);
    }
    for (const file of files) {
      if (!this.#watches.has(file)) this.#watches.set(file, watchFile(file, timing.schedule, onFile));
    }
  }
}
