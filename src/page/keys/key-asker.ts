// Asks for rows of the list of keys: one question at a time, and no more often than the daemon does without effort.
import type { InputOf } from "../../admin/operation-table.ts";
import { type ApiFailure, toFailure } from "../api/api-failure.ts";
import type { KeysAnswer } from "./key-filter.ts";
import { LoadedRows, type Span, spanAround } from "./loaded-rows.ts";

/** What an answer says beside the rows. */
export type KeyCounts = Omit<KeysAnswer, "keys" | "ids">;

export interface ListState {
  /** Of the last answer; undefined before the first. */
  readonly counts: KeyCounts | undefined;
  readonly rows: LoadedRows;
  readonly failure: ApiFailure | undefined;
  /** The first answer to the present question is not there yet. */
  readonly isLoading: boolean;
}

type Question = InputOf<"keys.list">;

export interface AskerOptions {
  /** @throws ApiFailure. */
  readonly call: (question: Question, signal: AbortSignal) => Promise<KeysAnswer>;
  readonly onChange: () => void;
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** Gives what stops it. */
  readonly schedule: (delayMs: number, run: () => void) => () => void;
}

/** An order costs the daemon some microseconds for each key: no more than a tenth of its time is spent so. */
const REST_FACTOR = 9;
const LEAST_REST_MS = 1_000;
/** Rows that are seen before anybody has looked. */
const FIRST_SEEN: Span = { start: 0, end: 40 };

/** What is wanted while a question is under way is asked when its answer is there. */
export class KeyAsker {
  readonly #options: AskerOptions;
  #question: Question | undefined;
  #seen = FIRST_SEEN;
  #running: AbortController | undefined;
  /** What is wanted besides missing rows: all anew in the order of now, or the seen ones where they are. */
  #wanted: "order" | "rows" | undefined;
  #restUntil = Number.NEGATIVE_INFINITY;
  #stopTimer: (() => void) | undefined;
  #state: ListState = { counts: undefined, rows: new LoadedRows(), failure: undefined, isLoading: true };

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  get state(): ListState {
    return this.#state;
  }

  /** Another question; what is shown stays until its answer is there. */
  ask(question: Question): void {
    this.end();
    this.#question = question;
    this.#seen = FIRST_SEEN;
    this.#wanted = "order";
    this.#restUntil = Number.NEGATIVE_INFINITY;
    this.#set({ isLoading: true });
    this.#next();
  }

  /** Asks again, `rows`: for what is seen, where it stands; `order`: as it stands now. */
  renew(what: "order" | "rows"): void {
    if (this.#question === undefined || this.#state.isLoading) return;
    if (this.#wanted !== "order") this.#wanted = what;
    this.#next();
  }

  /** As it stands now, at once: whoever has just changed something waits for it. */
  renewNow(): void {
    this.#restUntil = Number.NEGATIVE_INFINITY;
    this.renew("order");
  }

  /** Says which rows are looked at. */
  look(seen: Span): void {
    this.#seen = seen;
    this.#next();
  }

  end(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#stopTimer?.();
  }

  #next(): void {
    if (this.#running !== undefined || this.#question === undefined) return;
    const { counts, rows, isLoading } = this.#state;
    const total = counts?.matched ?? 0;
    if (this.#wanted === "order" && this.#mayReorder()) {
      this.#wanted = undefined;
      this.#send(spanAround(this.#seen, Number.POSITIVE_INFINITY), undefined);
      return;
    }
    const missing = isLoading ? undefined : rows.missing(this.#seen, total);
    if (missing !== undefined) this.#send(missing, rows.order);
    else if (this.#wanted === "rows") {
      this.#wanted = undefined;
      if (total > 0) this.#send(spanAround(this.#seen, total), rows.order);
    }
  }

  /** Comes back by itself when it may. */
  #mayReorder(): boolean {
    const restMs = this.#restUntil - this.#options.now();
    if (restMs <= 0) return true;
    this.#stopTimer?.();
    this.#stopTimer = this.#options.schedule(restMs, () => this.#next());
    return false;
  }

  #send({ start, end }: Span, order: string | undefined): void {
    const running = new AbortController();
    this.#running = running;
    const { call, now } = this.#options;
    const startedAt = now();
    const input = { ...this.#question, offset: start, limit: end - start, ...(order !== undefined && { order }) };
    call(input, running.signal).then(
      (answer) => {
        if (running.signal.aborted) return;
        const tookMs = now() - startedAt;
        if (order === undefined) this.#restUntil = now() + Math.max(LEAST_REST_MS, tookMs * REST_FACTOR);
        this.#take(start, answer);
      },
      (error: unknown) => {
        if (running.signal.aborted) return;
        this.#running = undefined;
        this.#set({ failure: toFailure(error), isLoading: false });
      },
    );
  }

  #take(offset: number, { keys, ids: _, ...counts }: KeysAnswer): void {
    this.#running = undefined;
    const { rows, isLoading } = this.#state;
    const kept = isLoading ? new LoadedRows() : rows;
    kept.take(offset, { keys, order: counts.order });
    this.#set({ counts, rows: kept, failure: undefined, isLoading: false });
    this.#next();
  }

  #set(change: Partial<ListState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.onChange();
  }
}
