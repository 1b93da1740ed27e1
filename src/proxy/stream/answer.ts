// Looks into a complete JSON answer for the few members that matter here.
import type { Usage } from "../../core/usage.ts";
import type { ParsedError } from "../../upstream/outcome.ts";
import { scanMembers } from "../json-scan.ts";
import { errorIn } from "./answer-error.ts";
import { errorInChoices } from "./choices-reader.ts";
import { isObject, type JsonObject, objectsIn, parseJson } from "./json-value.ts";
import type { StreamProtocol } from "./protocol.ts";
import { readAnthropicUsage, readGeminiUsage, readOpenAiUsage } from "./usage-report.ts";

/** What a complete JSON answer says about itself. */
export interface AnswerFacts {
  /** The body is a whole JSON text; false where it was cut off or is something else. */
  readonly isWhole: boolean;
  /** An error although the status says success; meaningful for operations that compute, since jobs and batches may
   * carry the error of their own work. */
  readonly error?: ParsedError | undefined;
  readonly usage?: Usage | undefined;
  /** The id of a response object. */
  readonly objectId?: string | undefined;
}

const MEMBERS: ReadonlySet<string> = new Set(["error", "usage", "usageMetadata", "id", "type", "object", "choices"]);

const decoder = new TextDecoder();

/** Reads top-level members only, so that an answer of 8 MiB (embeddings, images) costs milliseconds; never throws. */
export function inspectAnswer(body: Uint8Array, protocol: StreamProtocol): AnswerFacts {
  const members = scanMembers(body, MEMBERS);
  if (members === undefined) return inspectOther(parseJson(decoder.decode(body)), protocol);
  const bytesOf = new Map(members.map(({ name, start, end }) => [name, body.subarray(start, end)]));
  const read = (name: string) => parseJson(decoder.decode(bytesOf.get(name)));
  const top: JsonObject = { error: read("error"), type: read("type"), object: read("object"), id: read("id") };
  const isFlatError = !top.error && errorIn(top) !== undefined;
  const whole = isFlatError ? parseJson(decoder.decode(body)) : top;
  const choices = protocol === "chat" || protocol === "completions" ? bytesOf.get("choices") : undefined;
  return {
    isWhole: true,
    error: (isObject(whole) ? errorIn(whole) : undefined) ?? errorOfChoices(choices),
    usage: usageOf({ usage: read("usage"), usageMetadata: read("usageMetadata") }, protocol),
    objectId: protocol === "responses" && typeof top.id === "string" ? top.id : undefined,
  };
}

/** What is no object: Gemini answers a stream without `alt=sse` with an array of chunks, or of one error. */
function inspectOther(value: unknown, protocol: StreamProtocol): AnswerFacts {
  const elements = objectsIn(value);
  return {
    isWhole: value !== undefined,
    error: elements.map(errorIn).find((error) => error !== undefined),
    usage: elements.map((element) => usageOf(element, protocol)).findLast((usage) => usage !== undefined),
  };
}

function errorOfChoices(bytes: Uint8Array | undefined): ParsedError | undefined {
  if (bytes === undefined || !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('"error"')) {
    return undefined;
  }
  return errorInChoices(objectsIn(parseJson(decoder.decode(bytes))));
}

function usageOf(value: JsonObject, protocol: StreamProtocol): Usage | undefined {
  switch (protocol) {
    case "messages":
      return readAnthropicUsage(value.usage);
    case "gemini":
      return readGeminiUsage(value.usageMetadata);
    case "chat":
    case "completions":
    case "responses":
    case "other":
      return readOpenAiUsage(value.usage);
    default:
      return protocol satisfies never;
  }
}
