// Follows one stream event by event: where output begins, what it reports, and whether it came to its end.
import type { Usage } from "../../core/usage.ts";
import type { ParsedError } from "../../upstream/outcome.ts";
import { inspectAnswer } from "./answer.ts";
import { errorIn, readError } from "./answer-error.ts";
import { createAssistantsReader } from "./assistants.ts";
import { createChatReader } from "./chat.ts";
import { createCompletionsReader } from "./completions.ts";
import { createGeminiReader } from "./gemini.ts";
import { createInteractionsReader } from "./interactions.ts";
import { isObject, type JsonObject, parseJson } from "./json-value.ts";
import { leadingType } from "./leading-type.ts";
import { createMediaReader } from "./media.ts";
import { createMessagesReader } from "./messages.ts";
import { createOtherReader } from "./other.ts";
import type { StreamProtocol } from "./protocol.ts";
import { createResponsesReader } from "./responses.ts";
import { SseEvent, type StreamEvent } from "./sse-event.ts";
import type { Reading, StreamReader } from "./stream-reader.ts";
import { USAGE_TAIL_BYTES, usageInTail } from "./usage-in-tail.ts";

/**
 * `comment`: nothing for the client's program. `preamble`: an announcement before the first output. `error`: the
 * provider's error event. `end`: the event that completes the stream; some may still follow (usage, `[DONE]`).
 */
export type EventKind = "comment" | "preamble" | "output" | "error" | "end";

export interface Inspector {
  see(event: StreamEvent): EventKind;
  /**
   * Looks at what is left when the upstream ended in the middle of an event: a terminator that only lacks its blank
   * line counts, and so does an error that came as plain JSON. Undefined: the rest is cut off, nobody can read it.
   */
  seeRest(rest: Uint8Array): EventKind | undefined;
  /** Without a terminator the stream is cut, however its connection ended; false for `other`. */
  readonly needsTerminator: boolean;
  /** The terminator came, or may have been in the last event, which was too long to be read. */
  readonly ended: boolean;
  /** The provider's own error event, or that of its terminator (`response.failed`). */
  readonly error: ParsedError | undefined;
  /** The last report. */
  readonly usage: Usage | undefined;
  /** The ids of the objects that it has named so far, some of them more than once. */
  readonly objectIds: readonly string[];
  /** Events seen, comments apart: the `sequence_number` that one more event of a responses stream has. */
  readonly eventCount: number;
}

const READERS: Readonly<Record<StreamProtocol, () => StreamReader>> = {
  chat: createChatReader,
  completions: createCompletionsReader,
  responses: createResponsesReader,
  messages: createMessagesReader,
  gemini: createGeminiReader,
  "gemini-array": createGeminiReader,
  assistants: createAssistantsReader,
  interactions: createInteractionsReader,
  media: createMediaReader,
  other: createOtherReader,
};

/** Every event says what it is, and the terminator is one of its own. */
const TYPED: ReadonlySet<StreamProtocol> = new Set(["responses", "messages", "media"]);

const DONE = "[DONE]";
/** A stream names a few objects; to one that names more nobody listens any longer. */
const MOST_IDS = 1_000;

/** Begins the inspection of one stream. */
export function createInspector(protocol: StreamProtocol): Inspector {
  return new StreamInspector(protocol);
}

class StreamInspector implements Inspector {
  readonly #protocol: StreamProtocol;
  readonly #reader: StreamReader;
  #hasOutput = false;
  #isDone = false;
  #isUnsure = false;
  #eventCount = 0;
  readonly #objectIds: string[] = [];
  #reading: Omit<Reading, "kind" | "objectIds"> = {};

  constructor(protocol: StreamProtocol) {
    this.#protocol = protocol;
    this.#reader = READERS[protocol]();
  }

  get needsTerminator(): boolean {
    return this.#reader.needsTerminator ?? this.#protocol !== "other";
  }

  get ended(): boolean {
    // The end of an array is always seen.
    const mayHaveEnded = this.#isUnsure && this.#protocol !== "gemini-array";
    return this.#isDone || mayHaveEnded || this.#reader.isEnded;
  }

  get error(): ParsedError | undefined {
    return this.#reading.error;
  }

  get usage(): Usage | undefined {
    return this.#reading.usage;
  }

  get objectIds(): readonly string[] {
    return this.#objectIds;
  }

  get eventCount(): number {
    return this.#eventCount;
  }

  see(event: StreamEvent): EventKind {
    if (event.isComment) return "comment";
    const data = event.data;
    this.#eventCount += 1;
    this.#isUnsure = false;
    if (event.isPartial) return this.#seePartial(event);
    if (data.startsWith(DONE)) {
      this.#isDone = true;
      return "end";
    }
    if (event.event !== "error" && this.#hasOutput && this.#reader.isPlain(data)) return "output";
    const value = parseJson(data);
    if (event.event === "error") return this.#note(errorReading(value, data));
    if (!isObject(value)) return this.#note({ kind: data.trim() === "" ? "preamble" : "output" });
    const error = errorIn(value);
    return this.#note(error === undefined ? this.#reader.read(value, this.#hasOutput) : { kind: "error", error });
  }

  seeRest(rest: Uint8Array): EventKind | undefined {
    const event = new SseEvent(rest);
    if (!event.isComment) {
      return event.data.trim() === DONE || isObject(parseJson(event.data)) ? this.see(event) : undefined;
    }
    const { error } = inspectAnswer(rest, this.#protocol);
    return error === undefined ? undefined : this.#note({ kind: "error", error });
  }

  /** Only its type can be known, and a usage at its end, as that of an image; without one, its terminator may be in the part that went out unread. */
  #seePartial(event: StreamEvent): EventKind {
    const type = TYPED.has(this.#protocol) ? (leadingType(event.data) ?? event.event) : undefined;
    this.#isUnsure = this.needsTerminator && type === undefined;
    const usage = usageInTail(event.raw.subarray(-USAGE_TAIL_BYTES), this.#protocol);
    if (type === undefined) return this.#note({ kind: "output", usage });
    return this.#note({ ...this.#reader.read({ type }, this.#hasOutput), usage });
  }

  #note(reading: Reading): EventKind {
    const { kind, objectIds, ...found } = reading;
    if (objectIds !== undefined && this.#objectIds.length < MOST_IDS) this.#objectIds.push(...objectIds);
    const previous = this.#reading;
    this.#reading = {
      error: found.error ?? previous.error,
      usage: found.usage ?? previous.usage,
    };
    const isLate = this.#hasOutput && kind === "preamble";
    this.#hasOutput ||= kind === "output" || kind === "end";
    return isLate ? "output" : kind;
  }
}

function errorReading(value: unknown, text: string): Reading {
  const object: JsonObject = isObject(value) ? value : { error: text };
  return { kind: "error", error: errorIn(object) ?? readError(object) };
}
