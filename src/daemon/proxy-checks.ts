// Asks every outbound proxy by the clock whether it works, where the configuration says so.
import type { OutboundHealthConfig } from "../config/outbound-proxy.ts";
import type { Schedule } from "../proxy/timing.ts";

export interface ProxyChecksDeps {
  readonly settings: () => OutboundHealthConfig;
  /** Asks all of them; never rejects. */
  readonly checkAll: (signal: AbortSignal) => Promise<void>;
  readonly schedule: Schedule;
}

/** The setting is looked at this often: a reload may have changed it. */
const LOOK_MS = 10_000;

/** Begins one interval after the start; runs until it is stopped. */
export class ProxyChecks {
  readonly #deps: ProxyChecksDeps;
  readonly #running = new AbortController();
  #stopTimer = () => {};

  constructor(deps: ProxyChecksDeps) {
    this.#deps = deps;
    this.#arm(0);
  }

  stop(): void {
    this.#stopTimer();
    this.#running.abort();
  }

  /** `waitedMs`: how long ago the last round ended, or checks were off. */
  #arm(waitedMs: number): void {
    const { settings, schedule } = this.#deps;
    const leftMs = isOff(settings()) ? LOOK_MS : settings().intervalMs - waitedMs;
    const delayMs = Math.max(0, Math.min(LOOK_MS, leftMs));
    this.#stopTimer = schedule(delayMs, () => void this.#look(waitedMs + delayMs));
  }

  async #look(waitedMs: number): Promise<void> {
    const settings = this.#deps.settings();
    if (isOff(settings)) return this.#arm(0);
    if (waitedMs < settings.intervalMs) return this.#arm(waitedMs);
    const { signal } = this.#running;
    await this.#deps.checkAll(signal);
    if (!signal.aborted) this.#arm(0);
  }
}

function isOff({ checkUrl, intervalMs }: OutboundHealthConfig): boolean {
  return checkUrl === undefined || intervalMs === 0;
}
