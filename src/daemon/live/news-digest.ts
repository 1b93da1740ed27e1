// Puts together what has changed, so that any number of changes becomes a few events.
import type { LiveNews, LiveTopic } from "../../admin/live-port.ts";
import type { Change } from "../../balancer/contract.ts";

/** Of more keys than these whoever shows some asks for them anew. */
const MOST_KEYS = 200;

export class NewsDigest {
  readonly #topics = new Set<LiveTopic>();
  readonly #providers = new Set<string>();
  readonly #keys = new Set<string>();
  #written = 0;

  noteTopics(topics: readonly LiveTopic[]): void {
    for (const topic of topics) this.#topics.add(topic);
  }

  noteHealth(changes: readonly Change[]): void {
    for (const { provider, keyId } of changes) {
      this.#providers.add(provider);
      // One beyond says that there are too many.
      if (keyId !== undefined && this.#keys.size <= MOST_KEYS) this.#keys.add(keyId);
    }
  }

  /** So many request records. */
  noteWritten(count: number): void {
    this.#written += count;
  }

  /** What was noted since the last time. */
  take(): readonly LiveNews[] {
    const news: LiveNews[] = [];
    const providers = [...this.#providers];
    const keys = this.#keys.size > MOST_KEYS ? undefined : [...this.#keys];
    if (providers.length > 0) news.push({ event: "health", data: { keys, providers } });
    for (const what of this.#topics) news.push({ event: "changed", data: { what } });
    if (this.#written > 0) news.push({ event: "requests", data: { count: this.#written } });
    this.clear();
    return news;
  }

  clear(): void {
    this.#topics.clear();
    this.#providers.clear();
    this.#keys.clear();
    this.#written = 0;
  }
}
