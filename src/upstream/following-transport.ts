// Follows the one redirect that belongs to an API: Google's files are downloaded from another path of the same origin.
import type { Exchange, HeaderList, Transport, TransportCall, TransportEnd, TransportEvents } from "./transport.ts";

// Reported of files and videos (github.com/BerriAI/litellm/issues/13557), not documented; the examples of
// ai.google.dev/gemini-api/docs/video follow it with `curl -L`.
const DOWNLOAD = /^\/v1(?:alpha|beta)?\/files\/[^/?]+:download(?:\?|$)/;
const TARGET = /\/download\/v1(?:alpha|beta)?\/files\/[^/]+:download$/;

/** Whether a read of this native path of Gemini's may be answered so. */
export function isDownload(method: string, path: string): boolean {
  return method === "GET" && DOWNLOAD.test(path);
}

/** A transport that follows such a redirect, once; any other is an answer like all others. */
export function followingDownloads(transport: Transport): Transport {
  return {
    start(call: TransportCall, events: TransportEvents): Exchange {
      const following = new FollowingExchange(transport, call, events);
      following.begin();
      return following;
    },
    close: () => transport.close(),
  };
}

class FollowingExchange implements Exchange, TransportEvents {
  readonly #transport: Transport;
  readonly #call: TransportCall;
  readonly #events: TransportEvents;
  #exchange: Exchange | undefined;
  /** Where it goes on once the redirect has ended. */
  #next: string | undefined;
  #isPaused = false;

  constructor(transport: Transport, call: TransportCall, events: TransportEvents) {
    this.#transport = transport;
    this.#call = call;
    this.#events = events;
  }

  begin(): void {
    this.#exchange = this.#transport.start(this.#call, this);
  }

  onRoute(proxyId: string): void {
    this.#events.onRoute?.(proxyId);
  }

  onSent(): void {
    this.#events.onSent?.();
  }

  onHead(status: number, headers: HeaderList): void {
    this.#next = status >= 300 && status <= 399 ? targetOf(headers, this.#call) : undefined;
    if (this.#next === undefined) this.#events.onHead(status, headers);
  }

  onData(bytes: Uint8Array): void {
    if (this.#next === undefined) this.#events.onData(bytes);
  }

  onEnd(end: TransportEnd): void {
    const path = this.#next;
    if (path === undefined || end.kind !== "complete") {
      this.#events.onEnd(end);
      return;
    }
    this.#exchange = this.#transport.start({ ...this.#call, path }, this.#events);
    if (this.#isPaused) this.#exchange.pause();
  }

  pause(): void {
    this.#isPaused = true;
    this.#exchange?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#exchange?.resume();
  }

  abort(): void {
    this.#exchange?.abort();
  }
}

/** The credential goes along, so that another origin is never one. */
function targetOf(headers: HeaderList, { origin, path }: TransportCall): string | undefined {
  const location = headers.find(([name]) => name === "location")?.[1];
  const url = location === undefined ? null : URL.parse(location, origin + path);
  if (url === null || url.origin !== new URL(origin).origin || !TARGET.test(url.pathname)) return undefined;
  return url.pathname + url.search;
}
