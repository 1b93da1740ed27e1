// Streams of Anthropic messages.
import { isObject, type JsonObject } from "./json-value.ts";
import { leadingType } from "./leading-type.ts";
import type { Reading, StreamReader } from "./stream-reader.ts";
import { readAnthropicUsage } from "./usage-report.ts";

/** Ends with `message_stop`; `message_start` and `ping` are preamble. */
export function createMessagesReader(): StreamReader {
  return new MessagesReader();
}

class MessagesReader implements StreamReader {
  #isEnded = false;
  /** The counts of `message_start`, replaced one by one by those of `message_delta`, which are cumulative. */
  #counts: JsonObject = {};

  get isEnded(): boolean {
    return this.#isEnded;
  }

  isPlain(data: string): boolean {
    return leadingType(data)?.startsWith("content_block_") === true;
  }

  read(value: JsonObject): Reading {
    switch (value.type) {
      case "message_start":
        return { kind: "preamble", usage: this.#count(isObject(value.message) ? value.message.usage : undefined) };
      case "ping":
        return { kind: "preamble" };
      case "message_delta":
        return { kind: "output", usage: this.#count(value.usage) };
      case "message_stop":
        this.#isEnded = true;
        return { kind: "end" };
      default:
        return { kind: "output" };
    }
  }

  #count(usage: unknown): Reading["usage"] {
    const known = Object.entries(isObject(usage) ? usage : {}).filter(([, count]) => count !== null);
    this.#counts = { ...this.#counts, ...Object.fromEntries(known) };
    return readAnthropicUsage(this.#counts);
  }
}
