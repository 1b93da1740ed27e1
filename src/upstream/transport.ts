// The seam to the network: one HTTP exchange with one origin. It knows nothing of keys, health or OpenAI.
import type { OutboundConfig } from "../config/outbound-proxy.ts";
import type { OutboundRoute } from "../outbound/outbound-route.ts";

/** A body that is read while it is sent, by one exchange and once. */
export interface StreamedBody {
  /** Undefined where nobody knows it before the end. */
  readonly length: number | undefined;
  /** The next piece; undefined after the last. Rejects where the rest will not come. Asked again only once it settled. */
  read(): Promise<Uint8Array | undefined>;
  /** The same from its beginning, in place of this one, for an exchange that was never sent; undefined once that is gone. */
  again?(): StreamedBody | undefined;
}

export type CallBody = Uint8Array | StreamedBody | null;

/** Whether a body is read while it is sent. */
export function isStreamed(body: CallBody): body is StreamedBody {
  return body !== null && !(body instanceof Uint8Array);
}

/** One upstream call. `path` begins with `/` and holds the query; `headers` alternate names and values. */
export interface TransportCall {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: readonly string[];
  readonly body: CallBody;
  readonly connectMs: number;
  /** The outbound proxies of the key that calls; absent: the call goes out directly. */
  readonly outbound?: OutboundRoute | undefined;
}

/**
 * How an exchange ended. `never-sent`: the upstream cannot have seen a whole request (DNS, connect, TLS, connect
 * timeout, an outbound proxy, a stream refused by GOAWAY or REFUSED_STREAM, a streamed body that was under way). `cut`:
 * it may have run; also where a streamed body failed. `aborted`: by our own `abort()`.
 * `cause`: the error code, for example `ECONNREFUSED`.
 */
export type TransportEnd =
  | { readonly kind: "complete" }
  | { readonly kind: "never-sent" | "cut" | "aborted"; readonly cause: string };

/** Headers of an answer: names in lower case, in the order received, repeated ones repeated. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Called in this order: onHead at most once, onData any number of times, onEnd exactly once and last. */
export interface TransportEvents {
  /** With the id of the outbound proxy that is asked, again where the next one is; also before `start` returned. */
  onRoute?(proxyId: string): void;
  /** A connection is there and the call begins to go out, again where it is sent anew; also before `start` returned. */
  onSent?(): void;
  onHead(status: number, headers: HeaderList): void;
  onData(bytes: Uint8Array): void;
  onEnd(end: TransportEnd): void;
}

/** A running exchange. `pause` stops reading from the network until `resume`; `abort` ends it as `aborted`. */
export interface Exchange {
  pause(): void;
  resume(): void;
  abort(): void;
}

export interface Transport {
  /** Starts one exchange; never throws, never calls an event before it returned. */
  start(call: TransportCall, events: TransportEvents): Exchange;
  /** Whether a call with these outbound proxies has little hope: who has another way takes that. @default no */
  isCutOff?(outbound: OutboundConfig): boolean;
  /** Closes connections through outbound proxies whose URL is not among these, once nobody uses them. */
  retainProxies?(urls: ReadonlySet<string>): Promise<void>;
  /** Lets running exchanges finish and closes idle connections. */
  close(): Promise<void>;
}

/** The call for a further exchange; undefined where some of its body is gone. */
export function callAgain(call: TransportCall): TransportCall | undefined {
  if (!isStreamed(call.body)) return call;
  const body = call.body.again?.();
  return body && { ...call, body };
}
