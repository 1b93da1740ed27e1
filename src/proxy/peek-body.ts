// Looks at the few fields of a request body that decide where it goes, without decoding the rest.
import { type BodyFacts, MAX_FIELD_BYTES, NO_FACTS } from "./body-facts.ts";
import { type JsonMember, scanMembers } from "./json-scan.ts";
import { peekMultipart } from "./peek-multipart.ts";

const FIELDS: ReadonlySet<string> = new Set(["model", "stream", "background", "previous_response_id", "conversation"]);
const ENCRYPTED = Buffer.from('"encrypted_content"');
const FORM = /^\s*multipart\/form-data\b/i;
/** JSON in all its names, and what clients send it as by mistake or default (curl); never lists of JSON lines. */
const MAY_BE_JSON =
  /^\s*(?:application\/(?:[\w.-]+\+)?json|text\/(?:plain|json)|application\/x-www-form-urlencoded)\b/i;
const QUOTE = 0x22;
const NULL_LENGTH = 4;

const decoder = new TextDecoder();

/**
 * What a body says; one that is neither a JSON object nor a form says nothing. A model that is empty, no string, or
 * longer than any name is none. Never throws.
 */
export function peekBody(bytes: Uint8Array | null, contentType: string | null): BodyFacts {
  if (bytes === null || bytes.length === 0) return NO_FACTS;
  if (contentType !== null && FORM.test(contentType)) return peekMultipart(bytes, contentType);
  if (contentType !== null && contentType !== "" && !MAY_BE_JSON.test(contentType)) return NO_FACTS;
  const members = scanMembers(bytes, FIELDS);
  return members === undefined ? NO_FACTS : factsOf(bytes, members);
}

function factsOf(bytes: Uint8Array, members: readonly JsonMember[]): BodyFacts {
  const seen = new Map<string, JsonMember>();
  const hasEncryptedContent = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(ENCRYPTED);
  for (const member of members) {
    if (seen.has(member.name)) {
      return { isJson: true, hasConversation: false, hasEncryptedContent, ambiguous: member.name };
    }
    seen.set(member.name, member);
  }
  const model = modelOf(bytes, seen.get("model"));
  const previousResponseId = stringOf(bytes, seen.get("previous_response_id"));
  const stream = flagOf(bytes, seen.get("stream"));
  const background = flagOf(bytes, seen.get("background"));
  return {
    isJson: true,
    hasConversation: isPresent(bytes, seen.get("conversation")),
    hasEncryptedContent,
    ...model,
    ...(stream !== undefined && { stream }),
    ...(background !== undefined && { background }),
    ...(previousResponseId !== undefined && { previousResponseId }),
  };
}

function modelOf(bytes: Uint8Array, member: JsonMember | undefined): Pick<BodyFacts, "model" | "modelSpan"> {
  const model = stringOf(bytes, member);
  if (member === undefined || model === undefined || model === "") return {};
  return { model, modelSpan: { start: member.start, end: member.end } };
}

function isPresent(bytes: Uint8Array, member: JsonMember | undefined): boolean {
  if (member === undefined) return false;
  return member.end - member.start !== NULL_LENGTH || textOf(bytes, member) !== "null";
}

function textOf(bytes: Uint8Array, member: JsonMember): string {
  return decoder.decode(bytes.subarray(member.start, member.end));
}

function stringOf(bytes: Uint8Array, member: JsonMember | undefined): string | undefined {
  if (member === undefined || bytes[member.start] !== QUOTE) return undefined;
  if (member.end - member.start > MAX_FIELD_BYTES) return undefined;
  try {
    const value: unknown = JSON.parse(textOf(bytes, member));
    return typeof value === "string" ? value : undefined;
  } catch {
    // Not JSON after all: the provider's own answer will say so.
    return undefined;
  }
}

function flagOf(bytes: Uint8Array, member: JsonMember | undefined): boolean | undefined {
  if (member === undefined || member.end - member.start > "false".length) return undefined;
  const text = textOf(bytes, member);
  if (text === "true") return true;
  return text === "false" ? false : undefined;
}
