// Puts together what has changed, so that any number of changes becomes a few events.
import type { LiveNews, LiveTopic } from "../../admin/live-port.ts";
import type { Change } from "../../balancer/contract.ts";

/** Of more keys than these whoever shows some asks for them anew. */
const MOST_KEYS = 200;

export class NewsDigest {
  readonly #topics = new Set<LiveTopic>();
  readonly #providers = new Set<string>();
  readonly #keys = new Set<string>();

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

  /** What was noted since the last time. */
  take(): readonly LiveNews[] {
    const changed = Array.from(this.#topics, (what): LiveNews => ({ event: "changed", data: { what } }));
    const providers = [...this.#providers];
    const keys = this.#keys.size > MOST_KEYS ? undefined : [...this.#keys];
    this.clear();
    return providers.length === 0 ? changed : [{ event: "health", data: { keys, providers } }, ...changed];
  }

  clear(): void {
    this.#topics.clear();
    this.#providers.clear();
    this.#keys.clear();
  }
}
