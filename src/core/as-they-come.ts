// Runs many calls, some at a time, and gives their results as they come.

/** `atATime`: how many run at once. */
export interface Calls<Item, Result> {
  readonly items: readonly Item[];
  readonly atATime: number;
  readonly run: (item: Item, signal: AbortSignal) => Promise<Result>;
}

/**
 * The results in the order in which they come. When the caller stops listening, `signal` aborts or a call rejects, the
 * others are aborted and waited for; the results of aborted calls are not given.
 * @throws whatever a call rejects with.
 */
export async function* asTheyCome<Item, Result>(
  { items, atATime, run }: Calls<Item, Result>,
  signal: AbortSignal,
): AsyncGenerator<Result> {
  const rest = items.values();
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const running = new Set<Promise<void>>();
  const ready: Result[] = [];
  const startNext = () => {
    const next = either.aborted ? undefined : rest.next();
    if (next === undefined || next.done === true) return;
    const done = run(next.value, either).then((result) => {
      running.delete(done);
      // What was broken off says nothing.
      if (either.aborted) return;
      ready.push(result);
      startNext();
    });
    // It is heard of below, perhaps later.
    done.catch(() => {});
    running.add(done);
  };
  try {
    for (let i = 0; i < atATime; i++) startNext();
    while (running.size > 0 || ready.length > 0) {
      if (ready.length === 0) await Promise.race(running);
      for (const result of ready.splice(0)) yield result;
    }
  } finally {
    // Nobody waits for the others any more.
    ended.abort();
    await Promise.allSettled(running);
  }
}
