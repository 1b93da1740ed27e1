// Looks into a complete JSON answer for the few members that matter here.
import type { Usage } from "../../core/usage.ts";
import type { ParsedError } from "../../upstream/outcome.ts";
import { scanMembers } from "../body/json-scan.ts";
import { errorIn } from "./answer-error.ts";
import { errorInChoices } from "./choices-reader.ts";
import { isObject, objectsIn, parseJson } from "./json-value.ts";
import type { StreamProtocol } from "./protocol.ts";
import { readUsage } from "./usage-report.ts";

/** What a complete JSON answer says about itself. */
export interface AnswerFacts {
  /** The body is a whole JSON text; false where it was cut off or is something else. */
  readonly isWhole: boolean;
  /** An error although the status says success; meaningful for operations that compute, since jobs and batches may
   * carry the error of their own work. */
  readonly error?: ParsedError | undefined;
  readonly usage?: Usage | undefined;
}

/** Up to this size parsing everything is cheaper than looking for members. */
const SMALL_BYTES = 16 * 1024;
const MEMBERS: ReadonlySet<string> = new Set(["error", "usage", "usageMetadata", "meta", "type", "object", "choices"]);

const decoder = new TextDecoder();

/** Decodes top-level members only where the answer is large (embeddings, images); never throws. */
export function inspectAnswer(body: Uint8Array, protocol: StreamProtocol): AnswerFacts {
  const value = body.length > SMALL_BYTES ? parseMembers(body) : parseBytes(body);
  if (!isObject(value)) return inspectArray(value, protocol);
  const hasChoices = protocol === "chat" || protocol === "completions";
  return {
    isWhole: true,
    error: errorIn(value) ?? (hasChoices ? errorInChoices(objectsIn(value.choices)) : undefined),
    usage: readUsage(value, protocol),
  };
}

/** Gemini answers a stream without `alt=sse` with an array of chunks, or of one error. */
function inspectArray(value: unknown, protocol: StreamProtocol): AnswerFacts {
  const elements = objectsIn(value);
  return {
    isWhole: value !== undefined,
    error: elements.map(errorIn).find((error) => error !== undefined),
    usage: elements.map((element) => readUsage(element, protocol)).findLast((usage) => usage !== undefined),
  };
}

/** The object with only those members that may matter; the whole value where it is no object or a flat error. */
function parseMembers(body: Uint8Array): unknown {
  const members = scanMembers(body, MEMBERS);
  if (members === undefined) return parseBytes(body);
  const bytesOf = new Map(members.map(({ name, start, end }) => [name, body.subarray(start, end)]));
  const choices = bytesOf.get("choices");
  if (choices !== undefined && !mentionsError(choices)) bytesOf.delete("choices");
  const value = Object.fromEntries(Array.from(bytesOf, ([name, bytes]) => [name, parseBytes(bytes)] as const));
  return errorIn(value) !== undefined && !value.error ? parseBytes(body) : value;
}

function mentionsError(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('"error"');
}

function parseBytes(bytes: Uint8Array): unknown {
  return parseJson(decoder.decode(bytes));
}
