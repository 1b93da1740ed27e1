// Which topics have changed how often, told in steps: many events of a moment are one reason to ask again.

export interface BoardOptions {
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** Runs something later, unless the function that it returns is called. */
  readonly schedule: (delayMs: number, run: () => void) => () => void;
}

/** What happens together is told together. */
const GATHER_MS = 50;
const PACE_MS = 1_000;

export class TopicBoard<Topic extends string> {
  readonly #options: BoardOptions;
  readonly #versions = new Map<Topic, number>();
  readonly #listeners = new Set<() => void>();
  /** Changed, and not told yet. */
  readonly #noted = new Set<Topic>();
  /** How often everything may have changed. */
  #rounds = 0;
  #isAllNoted = false;
  #isPaused = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  #stopTimer: (() => void) | undefined;

  constructor(options: BoardOptions) {
    this.#options = options;
  }

  /** Another number after each change of these topics, and after each time that everything may have changed. */
  versionOf(topics: readonly Topic[]): number {
    return topics.reduce((sum, topic) => sum + (this.#versions.get(topic) ?? 0), this.#rounds);
  }

  note(topic: Topic): void {
    this.#noted.add(topic);
    this.#plan();
  }

  noteAll(): void {
    this.#isAllNoted = true;
    this.#plan();
  }

  /** Nobody looks: what changes from now on is told when somebody does. */
  pause(): void {
    this.#isPaused = true;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  resume(): void {
    this.#isPaused = false;
    this.#plan();
  }

  /** Gives what ends it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #plan(): void {
    const isIdle = this.#noted.size === 0 && !this.#isAllNoted;
    if (isIdle || this.#isPaused || this.#stopTimer !== undefined) return;
    const waitMs = Math.max(GATHER_MS, this.#toldAt + PACE_MS - this.#options.now());
    this.#stopTimer = this.#options.schedule(waitMs, () => this.#tell());
  }

  #tell(): void {
    this.#stopTimer = undefined;
    this.#toldAt = this.#options.now();
    if (this.#isAllNoted) this.#rounds += 1;
    else for (const topic of this.#noted) this.#versions.set(topic, (this.#versions.get(topic) ?? 0) + 1);
    this.#isAllNoted = false;
    this.#noted.clear();
    for (const listener of [...this.#listeners]) listener();
  }
}
