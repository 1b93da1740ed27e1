// Requests one after the other: the longest shows how long a daemon did nothing else.
import { JSON_ANSWER, JSON_REQUEST, PATH } from "../wire.ts";

const WARM_UP = 3_000;
const MOST_FAILURES = 10;

export class SteadyRequests {
  readonly #url: string;
  readonly #failures: string[];

  constructor(url: string, failures: string[]) {
    this.#url = url;
    this.#failures = failures;
  }

  async warmUp(): Promise<void> {
    for (let request = 0; request < WARM_UP; request++) await this.#ask();
  }

  /** The milliseconds of the longest request while something is done. */
  async during(work: () => Promise<void>): Promise<number> {
    let isDone = false;
    const loop = async () => {
      let longest = 0;
      while (!isDone) {
        const began = performance.now();
        await this.#ask();
        longest = Math.max(longest, performance.now() - began);
      }
      return longest;
    };
    const running = loop();
    await work().finally(() => {
      isDone = true;
    });
    return running;
  }

  async #ask(): Promise<void> {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.#url + PATH, { method: "POST", headers, body: JSON_REQUEST });
    const text = await answer.text();
    if (text !== JSON_ANSWER && this.#failures.length < MOST_FAILURES)
      this.#failures.push(`A request got ${answer.status}: ${text}`);
  }
}
