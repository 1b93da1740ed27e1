// Runs one exchange to its end and records what it reported, in order.

import type { Exchange, HeaderList, Transport, TransportCall, TransportEnd } from "../../../src/upstream/transport.ts";
import { createUndiciTransport } from "../../../src/upstream/undici-transport.ts";
import { readPem } from "../../fixture/raw-server.ts";

/** What one exchange reported. */
export interface Report {
  readonly events: readonly string[];
  readonly status: number | undefined;
  readonly headers: HeaderList;
  readonly body: Buffer;
  readonly end: TransportEnd;
}

interface Hooks {
  onStart?(exchange: Exchange): void;
  onHead?(exchange: Exchange): void;
  onData?(exchange: Exchange, bytes: Uint8Array): void;
  /** Count the body instead of keeping it. */
  readonly isLarge?: boolean;
}

/** A transport that trusts the test authority; disposing it closes it. */
export function testTransport(allowHttp2 = true): Transport & AsyncDisposable {
  const transport = createUndiciTransport({ ca: readPem("ca.pem"), allowHttp2 });
  return {
    start: (call, events) => transport.start(call, events),
    close: () => transport.close(),
    async [Symbol.asyncDispose]() {
      await transport.close();
    },
  };
}

/** A call with a small JSON body, unless told otherwise. */
export function callOf(origin: string, changes: Partial<TransportCall> = {}): TransportCall {
  const body = changes.method === "GET" || changes.method === "HEAD" ? null : Buffer.from('{"model":"m"}');
  return { origin, path: "/v1/x?y=1", method: "POST", headers: [], body, connectMs: 5000, ...changes };
}

/** Starts the call and waits for its `onEnd`. Fails when an event comes before `start` returned or after the end. */
export function run(transport: Transport, call: TransportCall, hooks: Hooks = {}): Promise<Report> {
  return new Promise((resolve, reject) => {
    const events: string[] = [];
    const chunks: Uint8Array[] = [];
    let status: number | undefined;
    let headers: HeaderList = [];
    let exchange: Exchange | undefined;
    const saw = (event: string): Exchange => {
      if (exchange === undefined) reject(new Error(`${event} before start returned`));
      if (events.includes("end")) reject(new Error(`${event} after the end`));
      if (event !== "data" || events.at(-1) !== "data") events.push(event);
      return exchange as Exchange;
    };
    exchange = transport.start(call, {
      onHead(newStatus, newHeaders) {
        const running = saw("head");
        status = newStatus;
        headers = newHeaders;
        hooks.onHead?.(running);
      },
      onData(bytes) {
        const running = saw("data");
        if (hooks.isLarge !== true) chunks.push(bytes);
        hooks.onData?.(running, bytes);
      },
      onEnd(end) {
        saw("end");
        // A turn later, so that a second end would be seen.
        setImmediate(() => resolve({ events, status, headers, body: Buffer.concat(chunks), end }));
      },
    });
    hooks.onStart?.(exchange);
  });
}

/** How many reports ended in which way: `complete`, or kind and cause. */
export function tally(reports: readonly Report[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { end } of reports) {
    const name = end.kind === "complete" ? "complete" : `${end.kind} ${end.cause}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Waits until `isTrue` holds, by turns of the event loop; the test's own time limit ends it otherwise. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
}
