// The pipe of an event stream: whole events only, watched for output, errors and the terminator.
import type { Usage } from "../../core/usage.ts";
import type { ParsedError } from "../../upstream/outcome.ts";
import type { TransportEnd } from "../../upstream/transport.ts";
import { createArrayFramer } from "../stream/array-framer.ts";
import { errorEvent } from "../stream/error-event.ts";
import { createFramer, type Framer, MAX_TAIL_BYTES } from "../stream/framer.ts";
import { createInspector, type EventKind, type Inspector } from "../stream/inspector.ts";
import type { StreamProtocol } from "../stream/protocol.ts";
import { startOf, withoutRequest } from "../stream/said.ts";
import type { StreamEvent } from "../stream/sse-event.ts";
import type { BodyPipe, PipeEnd } from "./body-pipe.ts";

const NOTHING = new Uint8Array(0);
const ARRAY_END = new TextEncoder().encode("\r\n]");
const INTERRUPTED = {
  code: "upstream_stream_interrupted",
  message: "The provider's stream ended before it was complete",
} as const;

/** Frames, inspects and passes on one stream. `observe` hears of every event, so that an attempt knows when to commit. */
export class EventPipe implements BodyPipe {
  readonly #protocol: StreamProtocol;
  readonly #observe: (kind: EventKind) => void;
  readonly #framer: Framer;
  readonly #inspector: Inspector;
  #hasError = false;
  #said: Uint8Array | undefined;
  #isInEvent = false;
  #end: PipeEnd | undefined;

  constructor(protocol: StreamProtocol, observe: (kind: EventKind) => void) {
    this.#protocol = protocol;
    this.#observe = observe;
    this.#inspector = createInspector(protocol);
    this.#framer = protocol === "gemini-array" ? createArrayFramer() : createFramer();
  }

  /** The provider's own error event. */
  get error(): ParsedError | undefined {
    return this.#inspector.error;
  }

  get said(): Uint8Array | undefined {
    return this.#said;
  }

  get usage(): Usage | undefined {
    return this.#inspector.usage;
  }

  get objectIds(): readonly string[] {
    return this.#inspector.objectIds;
  }

  push(bytes: Uint8Array): Uint8Array | undefined {
    const framed = this.#framer.push(bytes);
    for (const event of framed.events) {
      const kind = this.#inspector.see(event);
      this.#note(kind);
      // The terminator may tell of a failure, too.
      if (kind === "error" || (kind === "end" && this.error !== undefined)) this.#keep(event);
    }
    if (framed.events.length > 0) this.#isInEvent = false;
    if (this.#framer.pendingBytes <= MAX_TAIL_BYTES) return framed.bytes.length === 0 ? undefined : framed.bytes;
    // An event this long is passed on in parts, so that memory stays bounded.
    this.#isInEvent = true;
    const rest = this.#framer.rest();
    return framed.bytes.length === 0 ? rest : Buffer.concat([framed.bytes, rest]);
  }

  end(how: TransportEnd | "stalled"): PipeEnd {
    this.#end ??= this.#conclude(how);
    return this.#end;
  }

  #conclude(how: TransportEnd | "stalled"): PipeEnd {
    const rest = this.#framer.rest();
    const seen = rest.length === 0 ? undefined : this.#inspector.seeRest(rest);
    if (seen === "error") {
      this.#note(seen);
      this.#said ??= startOf(rest);
    }
    const isComplete = how !== "stalled" && how.kind === "complete";
    const hasEnded = this.#inspector.ended || (isComplete && !this.#inspector.needsTerminator);
    const isStalled = how === "stalled";
    const cause = this.#causeOf(how);
    // What follows the terminator is the client's, unless it was cut in the middle: nobody can read that.
    const tail = this.#framer.isClosed === false ? ARRAY_END : isComplete || seen !== undefined ? rest : NOTHING;
    if (hasEnded) return this.#hasError ? { kind: "broken", cause, isStalled, tail } : { kind: "complete", tail };
    const wasTold = this.#hasError && seen !== "error";
    return { kind: "broken", cause, isStalled, tail: wasTold ? this.#afterError() : this.#errorEvent() };
  }

  #afterError(): Uint8Array {
    return this.#framer.isClosed === false ? ARRAY_END : NOTHING;
  }

  /** Undefined where nothing that is added could be read. */
  #errorEvent(): Uint8Array | undefined {
    if (this.#framer.isClosed !== undefined && (this.#isInEvent || this.#framer.isClosed)) return undefined;
    return errorEvent(this.#protocol, {
      ...INTERRUPTED,
      isInEvent: this.#isInEvent,
      sequenceNumber: this.#inspector.eventCount,
    });
  }

  #causeOf(how: TransportEnd | "stalled"): string {
    if (this.#hasError) return "error_event";
    if (how === "stalled") return "stream_idle";
    return how.kind === "complete" ? "no_terminator" : how.cause;
  }

  #keep({ raw, data }: StreamEvent): void {
    this.#said ??= startOf(this.#protocol === "responses" ? withoutRequest(Buffer.from(data)) : raw);
  }

  #note(kind: EventKind): void {
    if (kind === "error") this.#hasError = true;
    this.#observe(kind);
  }
}
