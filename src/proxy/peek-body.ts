// Looks at the few fields of a request body that decide where it goes, without decoding the rest.
import { type BodyFacts, NO_FACTS } from "./body-facts.ts";
import { type JsonMember, scanMembers } from "./json-scan.ts";
import { peekMultipart } from "./peek-multipart.ts";

const FIELDS: ReadonlySet<string> = new Set(["model", "stream", "background", "previous_response_id", "conversation"]);
const ENCRYPTED = Buffer.from('"encrypted_content"');

const decoder = new TextDecoder();

/** What a body says; a body that is neither a JSON object nor a form says nothing. Never throws. */
export function peekBody(bytes: Uint8Array | null, contentType: string | null): BodyFacts {
  if (bytes === null || bytes.length === 0) return NO_FACTS;
  if (contentType?.trimStart().toLowerCase().startsWith("multipart/form-data"))
    return peekMultipart(bytes, contentType);
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
  const model = stringOf(bytes, seen.get("model"));
  const modelAt = seen.get("model");
  const previousResponseId = stringOf(bytes, seen.get("previous_response_id"));
  const stream = flagOf(bytes, seen.get("stream"));
  const background = flagOf(bytes, seen.get("background"));
  const conversation = seen.get("conversation");
  return {
    isJson: true,
    hasConversation: conversation !== undefined && textOf(bytes, conversation) !== "null",
    hasEncryptedContent,
    ...(model !== undefined &&
      modelAt !== undefined && { model, modelSpan: { start: modelAt.start, end: modelAt.end } }),
    ...(stream !== undefined && { stream }),
    ...(background !== undefined && { background }),
    ...(previousResponseId !== undefined && { previousResponseId }),
  };
}

function textOf(bytes: Uint8Array, member: JsonMember): string {
  return decoder.decode(bytes.subarray(member.start, member.end));
}

function stringOf(bytes: Uint8Array, member: JsonMember | undefined): string | undefined {
  if (member === undefined || bytes[member.start] !== 0x22) return undefined;
  try {
    const value: unknown = JSON.parse(textOf(bytes, member));
    return typeof value === "string" ? value : undefined;
  } catch {
    // Not JSON after all: the provider's own answer will say so.
    return undefined;
  }
}

function flagOf(bytes: Uint8Array, member: JsonMember | undefined): boolean | undefined {
  if (member === undefined || member.end - member.start > 5) return undefined;
  const text = textOf(bytes, member);
  if (text === "true") return true;
  return text === "false" ? false : undefined;
}
