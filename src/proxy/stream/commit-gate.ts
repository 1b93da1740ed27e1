// Decides when the held beginning of an answer goes to the client.
import type { EventKind } from "./inspector.ts";

/** How long a beginning without output is held, in milliseconds. */
export interface GateLimits {
  /** Since the first comment or leading blank of an answer that has nothing else. */
  readonly commentMs: number;
  /** Since the first event that is no comment. */
  readonly preambleMs: number;
  readonly maxBytes: number;
}

/** `until`: the time at which the answer is committed if nothing else comes; undefined while nothing is held. */
export type GateDecision =
  | { readonly kind: "hold"; readonly until: number | undefined }
  | { readonly kind: "commit" }
  | { readonly kind: "error" };

export const GATE_LIMITS: GateLimits = { commentMs: 10_000, preambleMs: 300, maxBytes: 1024 * 1024 };

/**
 * Holds one answer's beginning. Feed each event's kind with `see` and the bytes with `hold`, then `decide`; leading
 * blank lines of a JSON answer count as comments. The first event with output, an end or an error settles it for
 * good, and so does a decision to commit. Times are milliseconds of any one clock.
 */
export class CommitGate {
  readonly #limits: GateLimits;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #until: number | undefined;
  #settled: "commit" | "error" | undefined;

  constructor(limits: GateLimits = GATE_LIMITS) {
    this.#limits = limits;
  }

  /** What was kept back so far, in order. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  see(kind: EventKind, now: number): void {
    if (this.#settled !== undefined) return;
    switch (kind) {
      case "comment":
        this.#until ??= now + this.#limits.commentMs;
        return;
      case "preamble":
        this.#until = Math.min(this.#until ?? Number.POSITIVE_INFINITY, now + this.#limits.preambleMs);
        return;
      case "output":
      case "end":
        this.#settled = "commit";
        return;
      case "error":
        this.#settled = "error";
        return;
      default:
        kind satisfies never;
    }
  }

  /** Keeps bytes until `take`; too many of them commit. */
  hold(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > this.#limits.maxBytes) this.#settled ??= "commit";
  }

  decide(now: number): GateDecision {
    if (this.#until !== undefined && now >= this.#until) this.#settled ??= "commit";
    return this.#settled === undefined ? { kind: "hold", until: this.#until } : { kind: this.#settled };
  }

  /** Gives the held bytes out, once. */
  take(): readonly Uint8Array[] {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }
}
