// Tries failed keys again by the clock, so that one that works again does not wait for a request to find out.
import type { KeyReport } from "../balancer/contract.ts";
import type { HealthConfig } from "../config/config.ts";
import { inSlices } from "../core/slices.ts";
import type { Schedule } from "../proxy/timing.ts";
import type { CallSpacing } from "./call-spacing.ts";

export interface RecheckDeps {
  readonly health: () => HealthConfig;
  readonly pools: () => readonly KeyPool[];
  /** One key as it is now; undefined for one that is gone. */
  readonly key: (provider: string, keyId: string) => KeyReport | undefined;
  /** One call with one key; never rejects. */
  readonly check: (provider: string, keyId: string, signal: AbortSignal) => Promise<unknown>;
  readonly spacing: CallSpacing;
  readonly schedule: Schedule;
}

/** The ids of a provider's keys. */
export interface KeyPool {
  readonly provider: string;
  readonly keys: readonly string[];
}

/** The setting is looked at this often: a reload may have changed it. */
const LOOK_MS = 60_000;

/** Runs until it is stopped. */
export class Recheck {
  readonly #deps: RecheckDeps;
  readonly #running = new AbortController();
  #stopTimer = () => {};

  constructor(deps: RecheckDeps) {
    this.#deps = deps;
    this.#armNext(0);
  }

  stop(): void {
    this.#stopTimer();
    this.#running.abort();
  }

  /** `waitedMs`: how long ago the last round ended, or checks were off. */
  #armNext(waitedMs: number): void {
    const { health, schedule } = this.#deps;
    const { checkIntervalMs } = health();
    const delayMs = this.#isOff() ? LOOK_MS : Math.min(LOOK_MS, Math.max(0, checkIntervalMs - waitedMs));
    this.#stopTimer = schedule(delayMs, () => void this.#look(waitedMs + delayMs));
  }

  async #look(waitedMs: number): Promise<void> {
    if (this.#isOff()) return this.#armNext(0);
    if (waitedMs < this.#deps.health().checkIntervalMs) return this.#armNext(waitedMs);
    try {
      await this.#checkAll();
    } finally {
      if (!this.#running.signal.aborted) this.#armNext(0);
    }
  }

  #isOff(): boolean {
    const { checkIntervalMs, probe } = this.#deps.health();
    return probe === "off" || checkIntervalMs === 0;
  }

  async #checkAll(): Promise<void> {
    await Promise.all(this.#deps.pools().map((pool) => this.#checkPool(pool)));
  }

  /** Whether a key still needs it is asked when its turn has come. */
  async #checkPool({ provider, keys }: KeyPool): Promise<void> {
    const { check, spacing } = this.#deps;
    const { signal } = this.#running;
    const ids: string[] = [];
    for await (const slice of inSlices(keys)) ids.push(...slice.filter((id) => this.#needsCheck(provider, id)));
    for (const id of ids) {
      await spacing.inTurn(provider, signal, async () => {
        if (this.#needsCheck(provider, id)) await check(provider, id, signal);
      });
    }
  }

  /** A free call proves a credential, and that a firewall lets the key pass; only a chat proves credit. */
  #needsCheck(provider: string, keyId: string): boolean {
    const report = this.#deps.key(provider, keyId);
    if (report === undefined || this.#isOff()) return false;
    const { state, failures } = report;
    switch (state) {
      case "invalid":
      // Without clients nobody else finds out.
      case "half_open":
        return true;
      case "cooling":
        return failures > 0;
      case "exhausted":
        return this.#deps.health().probe === "chat";
      case "ready":
        return failures > 0 && this.#deps.health().probe === "chat";
      case "disabled":
        return false;
      default:
        return state satisfies never;
    }
  }
}
