// The outbound proxies that one call asks one after the other, within its time to connect.
import type { OutboundProxy } from "../config/outbound-proxy.ts";
import { isProxyFault, TARGET_UNREACHABLE } from "../outbound/outbound-fault.ts";
import type { OutboundBook } from "./outbound-way.ts";
import type { TransportCall } from "./transport.ts";

/** While another proxy is left one has at most half of the time that remains, and at least this much. */
const LEAST_SHARE_MS = 1_000;

/** The connection stood, or the call can go nowhere: no other proxy would change it. */
const NOT_OF_THE_WAY = /^(?:HTTP2|INVALID|UND_ERR|TRANSPORT)_/;

/** One proxy to ask, and for how long. */
export interface OutboundTry {
  readonly proxy: OutboundProxy;
  readonly connectMs: number;
}

interface Failure {
  readonly proxy: OutboundProxy;
  readonly cause: string;
  readonly startedAt: number;
  /** The connection stood, and took some of the body. */
  readonly stood: boolean;
}

/** Keeps count for one call. */
export class OutboundTries {
  readonly #order: readonly OutboundProxy[];
  readonly #book: OutboundBook;
  readonly #connectMs: number;
  readonly #deadline: number;
  #failures: readonly Failure[] = [];
  #next = 0;
  #startedAt = 0;

  constructor(order: readonly OutboundProxy[], book: OutboundBook, { connectMs }: TransportCall) {
    this.#order = order;
    this.#book = book;
    this.#connectMs = connectMs;
    this.#deadline = book.now() + connectMs;
  }

  /** The next proxy to ask; undefined where none is left, or no time. */
  next(): OutboundTry | undefined {
    const proxy = this.#order[this.#next];
    this.#startedAt = this.#book.now();
    // A clock that was set back gives nobody more time.
    const leftMs = Math.min(this.#connectMs, this.#deadline - this.#startedAt);
    if (proxy === undefined || (leftMs <= 0 && this.#next > 0)) return undefined;
    this.#next += 1;
    const isLast = this.#next === this.#order.length;
    const share = isLast ? leftMs : Math.min(leftMs, Math.max(leftMs / 2, LEAST_SHARE_MS));
    return { proxy, connectMs: Math.max(1, Math.ceil(share)) };
  }

  /** The call was not sent through the proxy asked last; false where no other can change that. */
  noteFailure(cause: string, stood = false): boolean {
    const proxy = this.#order[this.#next - 1];
    if (proxy === undefined || NOT_OF_THE_WAY.test(cause)) return false;
    this.#failures = [...this.#failures, { proxy, cause, startedAt: this.#startedAt, stood }];
    return true;
  }

  /** What a working proxy says of the target, or what the target itself met, counts before faults of proxies. */
  get cause(): string {
    const ofTarget = this.#failures.find(({ cause }) => !isProxyFault(cause));
    return (ofTarget ?? this.#failures[0])?.cause ?? "PROXY_DISABLED";
  }

  /** The call was answered. The same call went through in the end, so what seemed to be the target's fault was that of the proxies before. */
  noteSuccess(): void {
    const carrier = this.#order[this.#next - 1];
    if (carrier !== undefined) this.#book.answered(carrier, this.#startedAt);
    if (this.#failures.length === 0) return;
    for (const { proxy, cause, startedAt, stood } of this.#failures) {
      // A fault of the proxy itself was told when it was met.
      if (stood || isProxyFault(cause)) continue;
      const detail = cause === TARGET_UNREACHABLE ? "others reach the target" : cause;
      this.#book.blame(proxy, { code: "PROXY_REFUSED", detail }, startedAt);
    }
    this.#failures = [];
  }
}
