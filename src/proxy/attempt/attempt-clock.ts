// The times of one attempt before its commit: one timer for its timeout and for how long its beginning is held.
import type { AnswerForm } from "../answer/answer-form.ts";
import type { Timing } from "../timing.ts";
import type { AttemptInput } from "./attempt-result.ts";

export interface AttemptClockEvents {
  /** What is held goes to the client now. */
  onHeld(): void;
  onTimeout(phase: "first-byte" | "response"): void;
}

/**
 * A stream must bring its first output within `firstByteMs`, everything else its end within `responseMs`. The timer is
 * never moved back: one that fires early looks again, which is cheaper than a new one for each chunk.
 */
export class AttemptClock {
  readonly #input: Pick<AttemptInput, "clocks" | "wantsStream">;
  readonly #timing: Timing;
  readonly #events: AttemptClockEvents;
  readonly #startedAt: number;
  #isStream: boolean;
  #responseMs: number;
  #heldUntil = Number.POSITIVE_INFINITY;
  #firesAt = Number.POSITIVE_INFINITY;
  #isRunning = false;
  #stopTimer: (() => void) | undefined;

  constructor(input: Pick<AttemptInput, "clocks" | "wantsStream">, timing: Timing, events: AttemptClockEvents) {
    this.#input = input;
    this.#timing = timing;
    this.#events = events;
    this.#startedAt = timing.now();
    this.#isStream = input.wantsStream;
    this.#responseMs = Math.min(input.clocks.responseMs, input.clocks.responseRetryMs);
  }

  start(): void {
    this.#isRunning = true;
    this.#arm();
  }

  /** The head is there: what was asked for as a stream may be none, and the other way round. */
  onForm(form: AnswerForm): void {
    const isStream = form === "stream";
    if (isStream === this.#isStream) return;
    this.#isStream = isStream;
    this.#arm();
  }

  /** If nothing else comes, what is held goes to the client at `until`. */
  holdUntil(until: number | undefined): void {
    this.#heldUntil = until ?? Number.POSITIVE_INFINITY;
    this.#arm();
  }

  stop(): void {
    this.#isRunning = false;
    this.#stopTimer?.();
  }

  #timeoutAt(): number {
    const { clocks } = this.#input;
    const beganAt = clocks.takenAt?.() ?? this.#startedAt;
    const limitMs = this.#isStream ? clocks.firstByteMs : this.#responseMs;
    return Math.min(clocks.commitAt + beganAt - this.#startedAt, beganAt + limitMs);
  }

  #arm(): void {
    if (!this.#isRunning) return;
    const dueAt = Math.min(this.#timeoutAt(), this.#heldUntil);
    if (dueAt >= this.#firesAt) return;
    this.#stopTimer?.();
    this.#firesAt = dueAt;
    this.#stopTimer = this.#timing.schedule(Math.max(0, dueAt - this.#timing.now()), () => this.#look());
  }

  #look(): void {
    if (!this.#isRunning) return;
    this.#firesAt = Number.POSITIVE_INFINITY;
    const now = this.#timing.now();
    if (now >= this.#heldUntil) {
      this.#events.onHeld();
      return;
    }
    if (now >= this.#timeoutAt() && !this.#isStream) this.#extendResponse();
    if (now >= this.#timeoutAt()) this.#events.onTimeout(this.#isStream ? "first-byte" : "response");
    else this.#arm();
  }

  // Asked only when the shorter time has passed, so that a normal answer never pays for the question.
  #extendResponse(): void {
    const { clocks } = this.#input;
    if (this.#responseMs < clocks.responseMs && !clocks.mayRetryElsewhere()) this.#responseMs = clocks.responseMs;
  }
}
