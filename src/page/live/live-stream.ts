// The one stream of events of a page: kept up for as long as somebody looks, and taken up again where it was.
import type { OutputOf } from "../../admin/operation-table.ts";

export type LiveEvent = OutputOf<"live">;

/** As far as it is used of an `EventSource`. */
export interface Source {
  readonly readyState: number;
  addEventListener(name: string, listener: (event: Event) => void): void;
  close(): void;
}

export interface LiveStreamOptions {
  /** `after`: the id of the last event that was seen. */
  readonly connect: (after: string | undefined) => Source;
  readonly schedule: (delayMs: number, run: () => void) => () => void;
  readonly onEvent: (event: LiveEvent) => void;
  /** It was lost, and the browser tries again. */
  readonly onLost: () => void;
  readonly onEnded: () => void;
  /** An answer that is no stream. Resolves when it makes sense to try again: why it was none only an operation tells. */
  readonly onRefused: () => Promise<boolean>;
}

const NAMES = [
  "hello",
  "reset",
  "figures",
  "health",
  "requests",
  "changed",
  "stopping",
] as const satisfies LiveEvent["event"][];
/** `EventSource.CLOSED`: the browser does not try again by itself. */
const CLOSED = 2;
/** `EventSource.OPEN`. */
const OPEN = 1;
const RETRY_MS = 2_000;

export class LiveStream {
  readonly #options: LiveStreamOptions;
  #source: Source | undefined;
  #lastId: string | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
  }

  /** Takes it up where it was; one that goes on is left alone. */
  open(): void {
    if (this.#source !== undefined) return;
    this.#stopWaiting();
    const source = this.#options.connect(this.#lastId);
    this.#source = source;
    /** What comes of one that was closed meanwhile is nobody's. */
    const on = (name: string, act: (event: Event) => void) =>
      source.addEventListener(name, (event) => {
        if (this.#source === source) act(event);
      });
    for (const name of NAMES) on(name, (event) => this.#take(name, event as MessageEvent<string>));
    on("session_ended", () => {
      this.close();
      this.#options.onEnded();
    });
    on("error", () => this.#noteError(source));
  }

  /** One that seems to be well is tried anew. */
  restart(): void {
    if (this.#source?.readyState !== OPEN) return;
    this.close();
    this.open();
  }

  close(): void {
    this.#stopWaiting();
    this.#source?.close();
    this.#source = undefined;
  }

  #stopWaiting(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #take(name: LiveEvent["event"], { data, lastEventId }: MessageEvent<string>): void {
    if (lastEventId !== "") this.#lastId = lastEventId;
    this.#options.onEvent({ event: name, data: JSON.parse(data) } as LiveEvent);
  }

  #noteError(source: Source): void {
    if (source.readyState !== CLOSED) {
      this.#options.onLost();
      return;
    }
    this.close();
    void this.#options.onRefused().then((isWorthIt) => {
      if (isWorthIt && this.#source === undefined) this.#openLater();
    });
  }

  #openLater(): void {
    this.#stopWaiting();
    this.#stopTimer = this.#options.schedule(RETRY_MS, () => this.open());
  }
}
