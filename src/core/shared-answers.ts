// Makes one answer for all who ask meanwhile, and never one that was begun before somebody asked.

interface Line<Answer> {
  running: Promise<Answer>;
  /** Begins when the running one has ended; everybody who asks until then gets it. */
  next: Promise<Answer> | undefined;
}

/**
 * One answer at a time for each question. Whoever asks while one is made gets the next one, with all others who do: what
 * they have just changed may be missing in the one that was begun before.
 */
export class SharedAnswers<Answer> {
  readonly #lines = new Map<string, Line<Answer>>();

  /** `question`: what makes one answer differ from another. */
  ask(question: string, make: () => Promise<Answer>): Promise<Answer> {
    const line = this.#lines.get(question);
    if (line === undefined) return this.#begin(question, make);
    line.next ??= line.running.then(
      () => this.#begin(question, make),
      () => this.#begin(question, make),
    );
    return line.next;
  }

  #begin(question: string, make: () => Promise<Answer>): Promise<Answer> {
    const running = make();
    const line: Line<Answer> = { running, next: undefined };
    this.#lines.set(question, line);
    const leave = () => {
      if (line.next === undefined) this.#lines.delete(question);
    };
    running.then(leave, leave);
    return running;
  }
}
