// Streams of the responses API.
import { fingerprintsIn } from "../objects/encrypted-content.ts";
import { readError } from "./answer-error.ts";
import { isObject, type JsonObject, objectsIn } from "./json-value.ts";
import { leadingType } from "./leading-type.ts";
import type { Reading, StreamReader } from "./stream-reader.ts";
import { readOpenAiUsage } from "./usage-report.ts";

type Role = "preamble" | "end" | "failed";

/** By event type; every other type is output. Source: the ResponseStreamEvent union of the official SDK. */
const ROLES: ReadonlyMap<unknown, Role> = new Map<unknown, Role>([
  ["response.created", "preamble"],
  ["response.queued", "preamble"],
  ["response.in_progress", "preamble"],
  ["keepalive", "preamble"],
  ["response.completed", "end"],
  ["response.incomplete", "end"],
  ["response.failed", "failed"],
]);

/** Carries a whole item, also where the stream is cut later. */
const ITEM_DONE = "response.output_item.done";

/** Ends with `response.completed`, `.incomplete` or `.failed`; the latter is an error before any output. */
export function createResponsesReader(): StreamReader {
  return new ResponsesReader();
}

class ResponsesReader implements StreamReader {
  #isEnded = false;
  #isKept = true;

  get isEnded(): boolean {
    return this.#isEnded;
  }

  isPlain(data: string): boolean {
    const type = leadingType(data);
    return type?.startsWith("response.") === true && type !== ITEM_DONE && !ROLES.has(type);
  }

  read(value: JsonObject, hasOutput: boolean): Reading {
    const role = ROLES.get(value.type);
    const response = isObject(value.response) ? value.response : {};
    this.#isKept &&= response.store !== false;
    const objectIds = namedIn(value, response, this.#isKept);
    const usage = readOpenAiUsage(response.usage);
    this.#isEnded ||= role === "end" || role === "failed";
    switch (role) {
      case undefined:
        return { kind: "output", objectIds };
      case "preamble":
      case "end":
        return { kind: role, usage, objectIds };
      case "failed": {
        const error = readError({ error: response.error || "The response failed" });
        return { kind: hasOutput ? "end" : "error", error, usage, objectIds };
      }
      default:
        return role satisfies never;
    }
  }
}

/** The response, its conversation and its items, unless they are not kept; encrypted content in any case. */
function namedIn(value: JsonObject, response: JsonObject, isKept: boolean): readonly string[] {
  const items = isObject(value.item) ? [value.item] : objectsIn(response.output);
  const conversation = isObject(response.conversation) ? [response.conversation] : [];
  const kept = !isKept ? [] : [response, ...conversation, ...items];
  const ids = kept.flatMap(({ id }) => (typeof id === "string" ? id : []));
  return [...ids, ...fingerprintsIn(items)];
}
