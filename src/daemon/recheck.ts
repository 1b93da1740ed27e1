// Tries failed keys again by the clock, so that one that works again does not wait for a request to find out.
import type { KeyReport, PoolReport } from "../balancer/contract.ts";
import type { HealthConfig } from "../config/config.ts";
import { pause } from "../proxy/pause.ts";
import type { Schedule } from "../proxy/timing.ts";

export interface RecheckDeps {
  readonly health: () => HealthConfig;
  readonly pools: () => readonly PoolReport[];
  /** One key as it is now; undefined for one that is gone. */
  readonly key: (provider: string, keyId: string) => KeyReport | undefined;
  /** One call with one key; never rejects. */
  readonly check: (provider: string, keyId: string, signal: AbortSignal) => Promise<void>;
  readonly schedule: Schedule;
}

/** Calls at one provider are so far apart. */
const SPACING_MS = 1_000;
/** While checks are off the setting is looked at this often. */
const IDLE_MS = 60_000;

/** Runs until it is stopped. */
export class Recheck {
  readonly #deps: RecheckDeps;
  readonly #running = new AbortController();
  #stopTimer = () => {};

  constructor(deps: RecheckDeps) {
    this.#deps = deps;
    this.#armNext();
  }

  stop(): void {
    this.#stopTimer();
    this.#running.abort();
  }

  #armNext(): void {
    const { checkIntervalMs, probe } = this.#deps.health();
    const isOff = probe === "off" || checkIntervalMs === 0;
    this.#stopTimer = this.#deps.schedule(isOff ? IDLE_MS : checkIntervalMs, () => {
      const done = isOff ? Promise.resolve() : this.#checkAll();
      done.then(() => {
        if (!this.#running.signal.aborted) this.#armNext();
      });
    });
  }

  async #checkAll(): Promise<void> {
    await Promise.all(this.#deps.pools().map((pool) => this.#checkPool(pool)));
  }

  /** Whether a key still needs it is asked when its turn has come. */
  async #checkPool({ provider, keys }: PoolReport): Promise<void> {
    const { check, key, schedule } = this.#deps;
    const { signal } = this.#running;
    const ids = keys.filter((report) => this.#needsCheck(report)).map(({ id }) => id);
    for (const [index, id] of ids.entries()) {
      if (index > 0) await pause(SPACING_MS, signal, schedule);
      const report = key(provider, id);
      if (signal.aborted) return;
      if (report !== undefined && this.#needsCheck(report)) await check(provider, id, signal);
    }
  }

  /** A free call proves a credential, and that a firewall lets the key pass; only a chat proves credit. */
  #needsCheck({ state, failures }: KeyReport): boolean {
    switch (state) {
      case "invalid":
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
