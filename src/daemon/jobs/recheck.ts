// Tries failed keys again by the clock, so that one that works again does not wait for a request to find out.
import type { JobResult } from "../../admin/jobs-port.ts";
import type { KeyReport } from "../../balancer/contract.ts";
import type { HealthConfig } from "../../config/config.ts";
import { count } from "../../config/describe-value.ts";
import { inSlices } from "../../core/slices.ts";
import type { CallSpacing } from "../call-spacing.ts";
import type { ProbeResult } from "../provider-probes.ts";
import type { Job, Round } from "./job.ts";

export interface RecheckDeps {
  readonly health: () => HealthConfig;
  readonly pools: () => readonly KeyPool[];
  /** One key as it is now; undefined for one that is gone. */
  readonly key: (provider: string, keyId: string) => KeyReport | undefined;
  /** One call with one key; never rejects. */
  readonly check: (provider: string, keyId: string, signal: AbortSignal) => Promise<ProbeResult>;
  readonly spacing: CallSpacing;
}

/** The ids of a provider's keys. */
export interface KeyPool {
  readonly provider: string;
  readonly keys: readonly string[];
}

/** The job; an operator's run makes its calls also where `health.probe` is off, as free ones. */
export function recheckJob(deps: RecheckDeps): Job {
  return {
    name: "recheck",
    about: "Tries failed keys again",
    setting: "health.check_interval",
    intervalMs: () => (offBy(deps.health()) === undefined ? deps.health().checkIntervalMs : undefined),
    offBy: () => offBy(deps.health()),
    run: (round) => new Recheck(deps, round).run(),
  };
}

function offBy({ checkIntervalMs, probe }: HealthConfig): string | undefined {
  if (probe === "off") return "health.probe";
  return checkIntervalMs === 0 ? "health.check_interval" : undefined;
}

class Recheck {
  readonly #deps: RecheckDeps;
  readonly #round: Round;
  #asked = 0;
  #recovered = 0;
  /** Keys without credit, of which a free call would say nothing. */
  #left = 0;

  constructor(deps: RecheckDeps, round: Round) {
    this.#deps = deps;
    this.#round = round;
  }

  async run(): Promise<JobResult> {
    const pools = await Promise.allSettled(this.#deps.pools().map((pool) => this.#checkPool(pool)));
    for (const pool of pools) if (pool.status === "rejected") throw pool.reason;
    return this.#result();
  }

  /** Whether a key still needs it is asked when its turn has come. */
  async #checkPool({ provider, keys }: KeyPool): Promise<void> {
    const { spacing } = this.#deps;
    const { signal } = this.#round;
    const ids: string[] = [];
    for await (const slice of inSlices(keys)) ids.push(...slice.filter((id) => this.#isMeant(provider, id)));
    for (const id of ids) {
      await spacing.inTurn(provider, signal, async () => {
        if (this.#needsCheck(provider, id)) await this.#check(provider, id);
      });
    }
  }

  async #check(provider: string, keyId: string): Promise<void> {
    const { check, key } = this.#deps;
    const { isOk, outcome } = await check(provider, keyId, this.#round.signal);
    if (this.#round.signal.aborted || outcome === "no_call") return;
    this.#asked += 1;
    if (isOk && key(provider, keyId)?.state === "ready") this.#recovered += 1;
    this.#round.note(this.#result());
  }

  #isMeant(provider: string, keyId: string): boolean {
    if (this.#needsCheck(provider, keyId)) return true;
    if (this.#deps.key(provider, keyId)?.state === "exhausted") this.#left += 1;
    return false;
  }

  /** A free call proves a credential, and that a firewall lets the key pass; only a chat proves credit. */
  #needsCheck(provider: string, keyId: string): boolean {
    const health = this.#deps.health();
    const report = this.#deps.key(provider, keyId);
    if (report === undefined || (offBy(health) !== undefined && !this.#round.isAsked)) return false;
    const { state, failures } = report;
    switch (state) {
      case "invalid":
      // Without clients nobody else finds out.
      case "half_open":
        return true;
      case "cooling":
        return failures > 0;
      case "exhausted":
        return health.probe === "chat";
      case "ready":
        return failures > 0 && health.probe === "chat";
      case "disabled":
        return false;
      default:
        return state satisfies never;
    }
  }

  #result(): JobResult {
    const [asked, recovered, left] = [this.#asked, this.#recovered, this.#left];
    const failing = asked - recovered;
    const ends = [
      ...(recovered > 0 ? [`${recovered} ${recovered === 1 ? "works" : "work"} again`] : []),
      ...(failing > 0 ? [`${failing} still ${failing === 1 ? "fails" : "fail"}`] : []),
    ];
    const words = asked === 0 ? "no key to ask" : `${count(asked, "key")} asked: ${ends.join(", ")}`;
    const rest = left === 0 ? "" : `; ${left} without credit left out, which only health.probe chat would show`;
    return { words: words + rest, counts: { asked, recovered, failing, left_out: left } };
  }
}
