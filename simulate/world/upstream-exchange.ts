// One call at a simulated provider: what it answers, sent at the times at which a real one would.
import type { Exchange, HeaderList, TransportEvents } from "../../src/upstream/transport.ts";
import type { Arrival } from "../arrivals.ts";
import { type Answer, STREAM_HEADERS, STREAM_ROLE, STREAM_STOP, STREAM_WORD, streamEnd } from "../upstream/answers.ts";
import { bodyFor, type Reply } from "../upstream/upstream-provider.ts";
import type { VirtualClock } from "../virtual-clock.ts";

const encoder = new TextEncoder();
/** Words of a stream, and where in its time the first one comes. */
const WORDS = 8;
const FIRST_WORD = 0.2;

const ROLE = encoder.encode(STREAM_ROLE);
const WORD = encoder.encode(STREAM_WORD);
const STOP = encoder.encode(STREAM_STOP);

type Served = Extract<Reply, { kind: "served" }>;

export interface ExchangeDeps {
  readonly clock: VirtualClock;
  readonly events: TransportEvents;
  readonly onOver: () => void;
}

/** Plays one reply. A real transport calls no event before `start` returned, and neither does this. */
export class UpstreamExchange implements Exchange {
  readonly #clock: VirtualClock;
  readonly #events: TransportEvents;
  readonly #arrival: Arrival;
  readonly #onOver: () => void;
  #release: (() => void) | undefined;
  #stop: () => void = () => {};
  #isOver = false;

  constructor(arrival: Arrival, { clock, events, onOver }: ExchangeDeps) {
    this.#arrival = arrival;
    this.#clock = clock;
    this.#events = events;
    this.#onOver = onOver;
  }

  play(reply: Reply): this {
    switch (reply.kind) {
      case "served":
        this.#serve(reply);
        return this;
      case "error":
        this.#after(reply.afterMs, () => this.#answer(reply.answer));
        return this;
      case "refused":
        this.#after(reply.afterMs, () => this.#end({ kind: "never-sent", cause: "ECONNREFUSED" }));
        return this;
      case "hang":
        return this;
      default:
        return reply satisfies never;
    }
  }

  pause(): void {
    throw new Error("Cannot pause a simulated call: the simulated clients read all they are given");
  }

  resume(): void {
    this.pause();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#stop();
    this.#stop = this.#clock.schedule(0, () => this.#end({ kind: "aborted", cause: "aborted" }));
  }

  #serve({ afterMs, headersAt, release }: Served): void {
    this.#release = release;
    if (this.#arrival.isStream) {
      this.#after(afterMs * FIRST_WORD, () => this.#begin(headersAt(this.#clock.now()), afterMs));
      return;
    }
    const answer = bodyFor(this.#arrival);
    this.#after(afterMs, () => {
      this.#answer({ ...answer, headers: [...answer.headers, ...headersAt(this.#clock.now())] });
    });
  }

  #begin(headers: HeaderList, totalMs: number): void {
    this.#events.onHead(200, [...STREAM_HEADERS, ...headers]);
    this.#events.onData(ROLE);
    this.#events.onData(WORD);
    const gapMs = (totalMs * (1 - FIRST_WORD)) / WORDS;
    this.#after(gapMs, () => this.#word(1, gapMs));
  }

  #word(index: number, gapMs: number): void {
    if (index < WORDS) {
      this.#events.onData(WORD);
      this.#after(gapMs, () => this.#word(index + 1, gapMs));
      return;
    }
    const { inputTokens, outputTokens } = this.#arrival;
    this.#events.onData(STOP);
    this.#events.onData(encoder.encode(streamEnd(inputTokens, outputTokens)));
    this.#end({ kind: "complete" });
  }

  #answer({ status, headers, body }: Answer): void {
    this.#events.onHead(status, headers);
    this.#events.onData(encoder.encode(body));
    this.#end({ kind: "complete" });
  }

  #end(end: Parameters<TransportEvents["onEnd"]>[0]): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stop();
    this.#onOver();
    this.#release?.();
    this.#events.onEnd(end);
  }

  #after(delayMs: number, run: () => void): void {
    this.#stop = this.#clock.schedule(delayMs, () => {
      if (!this.#isOver) run();
    });
  }
}
