// Asks for the request records that have come, one question at a time.
import type { InputOf, OutputOf } from "../../admin/operation-table.ts";
import { callOperation } from "../api/call-operation.ts";

type Question = InputOf<"logs.list">;
type Page = OutputOf<"logs.list">;

/** What is asked for when some have come. */
const AT_ONCE = 200;

/** Asks behind the newest place that there was at the time of the question before, whether anything matched or not. */
export class NewestFirst {
  readonly #question: Question;
  readonly #add: (page: Page) => void;
  readonly #gone = new AbortController();
  #after: number;
  #isBusy = false;
  #isDue = false;

  constructor(question: Question, after: number, add: (page: Page) => void) {
    this.#question = question;
    this.#after = after;
    this.#add = add;
  }

  look(): void {
    this.#isDue = true;
    if (!this.#isBusy) void this.#ask();
  }

  stop(): void {
    this.#gone.abort();
  }

  async #ask(): Promise<void> {
    const { signal } = this.#gone;
    this.#isBusy = true;
    try {
      while (this.#isDue && !signal.aborted) {
        this.#isDue = false;
        const wish = { ...this.#question, limit: AT_ONCE, after: this.#after };
        const page = await callOperation("logs.list", wish, signal);
        if (signal.aborted) return;
        this.#after = Math.max(this.#after, page.newest ?? 0);
        if (page.records.length > 0) this.#add(page);
      }
    } catch {
      // The next event asks again, and the shell says that the daemon is lost.
    } finally {
      this.#isBusy = false;
    }
  }
}
