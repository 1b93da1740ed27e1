// Asks providers that are out whether they are back, so that no client has to find out.
import type { Change, PoolSummary } from "../balancer/contract.ts";
import type { OutcomeCode } from "../core/verdict.ts";
import type { Timing } from "../proxy/timing.ts";
import type { CallSpacing } from "./call-spacing.ts";
import { nextProbeAt, type ProbeMeans } from "./next-probe.ts";

/** What a call met; `no_call`: there was none to make. */
export interface ProbeResult {
  readonly isOk: boolean;
  readonly outcome: string;
}

export interface ProviderProbesDeps {
  readonly isOff: () => boolean;
  readonly pools: () => readonly PoolSummary[];
  /** Undefined where no call can tell anything, or there is no such provider. */
  readonly means: (provider: string) => ProbeMeans | undefined;
  /** A key that a request might get there now, by its id. */
  readonly pick: (provider: string, means: ProbeMeans) => string | undefined;
  /** One call with one key, whose result counts for health; never rejects. */
  readonly check: (provider: string, keyId: string, signal: AbortSignal) => Promise<ProbeResult>;
  readonly spacing: CallSpacing;
  readonly timing: Pick<Timing, "now" | "schedule">;
}

/** A setting or a clock may have changed meanwhile. */
const LONGEST_SLEEP_MS = 60_000;
/** Answers that say nothing of whether the provider is back, nor would the next ones. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(["client_error", "by_rule", "model_blocked"] satisfies OutcomeCode[]);

/** Runs until it is stopped. */
export class ProviderProbes {
  readonly #deps: ProviderProbesDeps;
  readonly #ended = new AbortController();
  /** Of providers that are out: what stops the timer of the next look. */
  readonly #timers = new Map<string, () => void>();
  readonly #running = new Set<string>();
  readonly #lastAt = new Map<string, number>();
  /** Those whose probe cannot tell whether they are back: only requests can. */
  readonly #undecidable = new Set<string>();

  constructor(deps: ProviderProbesDeps) {
    this.#deps = deps;
    const out = deps.pools().filter(({ state, openModels }) => state !== "up" || openModels.length > 0);
    for (const { provider } of out) this.#look(provider);
  }

  /** Health changed: a provider may be out, or back. */
  note(changes: readonly Change[]): void {
    const concerned = changes.filter(({ level }) => level === "provider" || level === "provider-model");
    for (const provider of new Set(concerned.map((change) => change.provider))) {
      this.#undecidable.delete(provider);
      this.#look(provider);
    }
  }

  stop(): void {
    this.#ended.abort();
    for (const stopTimer of this.#timers.values()) stopTimer();
    this.#timers.clear();
  }

  /** Probes if that is due, or comes back when it is. */
  #look(provider: string): void {
    if (this.#ended.signal.aborted || this.#running.has(provider)) return;
    this.#timers.get(provider)?.();
    this.#timers.delete(provider);
    const dueAt = this.#dueAt(provider);
    if (dueAt === undefined) return;
    const delayMs = this.#deps.isOff() ? LONGEST_SLEEP_MS : dueAt - this.#deps.timing.now();
    if (delayMs <= 0) {
      void this.#probe(provider);
      return;
    }
    const look = () => this.#look(provider);
    this.#timers.set(provider, this.#deps.timing.schedule(Math.min(delayMs, LONGEST_SLEEP_MS), look));
  }

  async #probe(provider: string): Promise<void> {
    const { spacing, timing } = this.#deps;
    this.#running.add(provider);
    try {
      await spacing.inTurn(provider, this.#ended.signal, async () => {
        // It may be back meanwhile.
        if ((this.#dueAt(provider) ?? Number.POSITIVE_INFINITY) > timing.now()) return;
        this.#lastAt.set(provider, timing.now());
        await this.#ask(provider);
      });
    } finally {
      this.#running.delete(provider);
      this.#look(provider);
    }
  }

  async #ask(provider: string): Promise<void> {
    const { means, pick, check } = this.#deps;
    const how = means(provider);
    const keyId = how && pick(provider, how);
    if (keyId === undefined) return;
    const { isOk, outcome } = await check(provider, keyId, this.#ended.signal);
    if (isOk || SAYS_NOTHING.has(outcome)) this.#undecidable.add(provider);
  }

  /** Undefined for one that is well, or of which a probe would say nothing. */
  #dueAt(provider: string): number | undefined {
    const { pools, means, timing } = this.#deps;
    const how = means(provider);
    const pool = how && pools().find((each) => each.provider === provider);
    const now = timing.now();
    const dueAt = pool && how && nextProbeAt(pool, how, { now, lastAt: this.#lastAt.get(provider) });
    if (dueAt === undefined) this.#lastAt.delete(provider);
    return this.#undecidable.has(provider) ? undefined : dueAt;
  }
}
