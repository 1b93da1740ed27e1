// Streams of Anthropic messages.
import { fingerprintsIn } from "../objects/encrypted-content.ts";
import { isObject, type JsonObject, objectsIn } from "./json-value.ts";
import { leadingType } from "./leading-type.ts";
import type { Reading, StreamReader } from "./stream-reader.ts";
import { readAnthropicUsage } from "./usage-report.ts";

/** Most events; a block that starts may hold encrypted content, such as what a search found. */
const PLAIN: ReadonlySet<string> = new Set(["content_block_delta", "content_block_stop"]);

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
    return PLAIN.has(leadingType(data) ?? "");
  }

  read(value: JsonObject): Reading {
    switch (value.type) {
      case "message_start": {
        const message = isObject(value.message) ? value.message : {};
        return { kind: "preamble", usage: this.#count(atStart(message.usage)), objectIds: containerIn(message) };
      }
      case "ping":
        return { kind: "preamble" };
      case "message_delta":
        return { kind: "output", usage: this.#count(value.usage), objectIds: containerIn(value.delta) };
      case "content_block_start":
        return { kind: "output", objectIds: encryptedIn(value.content_block) };
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

/** What it states of the output is a mere beginning: where no `message_delta` follows nobody knows how much came. */
function atStart(usage: unknown): unknown {
  return isObject(usage) ? { ...usage, output_tokens: undefined, output_tokens_details: undefined } : usage;
}

/** docs.anthropic.com, code execution: the container that later messages may name. */
function containerIn(holder: unknown): Reading["objectIds"] {
  const container = isObject(holder) && isObject(holder.container) ? holder.container.id : undefined;
  return typeof container === "string" ? [container] : undefined;
}

/** docs.anthropic.com, web search: each result holds content that must come back as it is. */
function encryptedIn(block: unknown): Reading["objectIds"] {
  return isObject(block) && Array.isArray(block.content) ? fingerprintsIn(objectsIn(block.content)) : undefined;
}
