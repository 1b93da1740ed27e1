// Server-sent events: how they are written (WHATWG HTML, section 9.2), and what keeps a quiet stream alive.

/** Runs something later, unless the function that it returns is called. */
export type Schedule = (delayMs: number, run: () => void) => () => void;

/** `event`: `message` by default. Neither it nor `id` has a line end. */
export interface ServerEvent {
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  /** Anything that JSON can say. */
  readonly data: unknown;
}

/** How long a browser waits before it connects again. */
const RETRY_MS = 1_000;
/** Shorter than what proxies let pass without a byte, which is a minute for nginx; a dead connection is found by it. */
const HEARTBEAT_MS = 15_000;
const HEARTBEAT = ":\n\n";

/** Whether a caller takes events. */
export function takesEvents({ headers }: Request): boolean {
  return headers.get("accept")?.includes("text/event-stream") === true;
}

/** The text of each event as it comes, and of a comment where none has come for a while. */
export async function* sentEvents(events: AsyncIterable<ServerEvent>, schedule: Schedule): AsyncGenerator<string> {
  const iterator = events[Symbol.asyncIterator]();
  try {
    // Brings the head of the answer on its way.
    yield `retry: ${RETRY_MS}\n\n`;
    for (;;) {
      const next = iterator.next();
      while (!(await isThereSoon(next, schedule))) yield HEARTBEAT;
      const { done, value } = await next;
      if (done === true) return;
      yield textOf(value);
    }
  } finally {
    await iterator.return?.();
  }
}

/** JSON has no line ends, which would begin another field. */
function textOf({ id, event, data }: ServerEvent): string {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    `data: ${JSON.stringify(data)}`,
  ];
  return `${lines.join("\n")}\n\n`;
}

function isThereSoon(next: Promise<unknown>, schedule: Schedule): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = schedule(HEARTBEAT_MS, () => resolve(false));
    const settle = () => {
      stop();
      resolve(true);
    };
    next.then(settle, settle);
  });
}
