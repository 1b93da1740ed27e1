// The items of an operation as a streamed answer: one a line, or as server-sent events.
import { type Schedule, type ServerEvent, sentEvents } from "./server-sent-events.ts";

/** Why a stream ended; each is the answer that would have been given in its place. */
export interface StreamEnds {
  /** Undefined where everything was told. */
  atEnd(): Response | undefined;
  onError(error: unknown): Response;
}

/** An error is the last line. */
export function linesAnswer(items: AsyncIterable<unknown>, ends: StreamEnds): Response {
  return new Response(lines(items, ends), { headers: { "content-type": "application/x-ndjson" } });
}

/**
 * `isLive`: the items are events themselves. An error is the last event, named by its code, which is no name of another.
 * Nobody on the way may keep it or hold it back: `x-accel-buffering` says so to nginx.
 */
export function eventsAnswer(
  items: AsyncIterable<unknown>,
  ends: StreamEnds,
  { isLive, schedule }: { readonly isLive: boolean; readonly schedule: Schedule },
): Response {
  return new Response(sentEvents(events(items, ends, isLive), schedule), {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    },
  });
}

async function* lines(items: AsyncIterable<unknown>, ends: StreamEnds): AsyncGenerator<string> {
  try {
    for await (const item of items) yield `${JSON.stringify(item)}\n`;
    const end = await ends.atEnd()?.text();
    if (end !== undefined) yield `${end}\n`;
  } catch (error: unknown) {
    yield `${await ends.onError(error).text()}\n`;
  }
}

async function* events(items: AsyncIterable<unknown>, ends: StreamEnds, isLive: boolean): AsyncGenerator<ServerEvent> {
  try {
    for await (const item of items) yield isLive ? (item as ServerEvent) : { data: item };
    const end = ends.atEnd();
    if (end !== undefined) yield await errorEvent(end);
  } catch (error: unknown) {
    yield await errorEvent(ends.onError(error));
  }
}

async function errorEvent(failure: Response): Promise<ServerEvent> {
  const data = (await failure.json()) as { readonly error: { readonly code: string } };
  return { event: data.error.code, data };
}
