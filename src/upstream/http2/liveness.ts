// Notices a connection that died without a word, and one that nobody needs any more.

/**
 * How often a connection is looked at. A silent one is sent a PING at the first look and given up at the second, so that
 * a peer which vanished behind a NAT is noticed after 20 to 40 s instead of never; an answer that takes minutes to begin
 * is not mistaken for one, because the peer's HTTP/2 layer answers the PING.
 */
const LOOK_MS = 20_000;

/** A connection without a stream is closed at this look: after 40 to 60 s, like the pools of nginx and Go. */
const IDLE_LOOKS = 3;

/** The connection that is watched. */
export interface Watched {
  readonly isIdle: boolean;
  ping(): void;
  /** Nobody uses it. */
  retire(): void;
  /** It does not answer. */
  giveUp(): void;
}

/** Call `heard` for whatever arrives, and `stop` at the end. */
export class Liveness {
  readonly #watched: Watched;
  readonly #timer: NodeJS.Timeout;
  #hasHeard = true;
  #isWaiting = false;
  #idleLooks = 0;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.#timer.unref();
  }

  heard(): void {
    this.#hasHeard = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** What the timer does. */
  look(): void {
    this.#idleLooks = this.#watched.isIdle ? this.#idleLooks + 1 : 0;
    const isSilent = !this.#hasHeard;
    this.#hasHeard = false;
    if (this.#idleLooks >= IDLE_LOOKS) this.#watched.retire();
    else if (isSilent && this.#isWaiting) this.#watched.giveUp();
    else if (isSilent) this.#watched.ping();
    this.#isWaiting = isSilent;
  }
}
