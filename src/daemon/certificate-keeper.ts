// Keeps the server on the certificate of the configuration, also when its files are replaced.
import type { Config } from "../config/config.ts";
import type { Logger } from "../core/logger.ts";
import type { Schedule } from "../proxy/timing.ts";
import type { Listening } from "./listen.ts";
import { watchFile } from "./watch-file.ts";

export interface CertificateKeeperOptions {
  readonly listening: Pick<Listening, "secure">;
  readonly schedule: Schedule;
  readonly logger: Logger;
  /** A file was replaced: the configuration is to be read again. */
  readonly onFile: () => void;
}

/** How long until the port, which was free a moment ago, is tried again. */
const RETRY_MS = 1_000;

export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #watches = new Map<string, () => void>();
  #stopRetry: () => void = () => {};

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
  }

  /** Takes what the configuration says. */
  follow({ server }: Config): void {
    this.#watch(server.tls?.files ?? []);
    this.#secure(server.tls);
  }

  stop(): void {
    this.#watch([]);
    this.#stopRetry();
  }

  #secure(tls: Config["server"]["tls"]): void {
    const { listening, logger, schedule } = this.#options;
    this.#stopRetry();
    try {
      listening.secure(tls);
    } catch (error: unknown) {
      logger.error({ err: error }, "Cannot listen with the new certificate, trying again");
      this.#stopRetry = schedule(RETRY_MS, () => this.#secure(tls));
    }
  }

  #watch(files: readonly string[]): void {
    const { schedule, onFile } = this.#options;
    for (const [file, stop] of this.#watches) {
      if (files.includes(file)) continue;
      stop();
      this.#watches.delete(file);
    }
    for (const file of files) {
      if (!this.#watches.has(file)) this.#watches.set(file, watchFile(file, schedule, onFile));
    }
  }
}
