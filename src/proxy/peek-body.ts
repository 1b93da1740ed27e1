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

const decoder = new TextDecoder();

/** Text that stands for itself between the quotes of a JSON string. */
const PLAIN = /^[ !#-[\]-~]*$/;

type Facts = { -readonly [Name in keyof BodyFacts]: BodyFacts[Name] };

/**
 * What a body says; one that is neither a JSON object nor a form says nothing. A model that is empty, no string, or
 * longer than any name is none. Never throws.
 */
export function peekBody(bytes: Uint8Array | null, contentType: string | null): BodyFacts {
  if (bytes === null || bytes.length === 0) return NO_FACTS;
  if (contentType !== null && FORM.test(contentType)) return peekMultipart(bytes, contentType);
  if (contentType !== null && contentType !== "" && !MAY_BE_JSON.test(contentType)) return NO_FACTS;
  const members = scanMembers(bytes, FIELDS);
  if (members === undefined) return NO_FACTS;
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const facts: Facts = { isJson: true, hasConversation: false, hasEncryptedContent: body.includes(ENCRYPTED) };
  const ambiguous = repeatedName(members);
  if (ambiguous !== undefined) return { ...facts, ambiguous };
  for (const member of members) addFact(facts, body, member);
  return facts;
}

/** Ends at the first repetition, so that only a few members are ever compared. */
function repeatedName(members: readonly JsonMember[]): string | undefined {
  return members.find(({ name }, index) => members.findIndex((member) => member.name === name) < index)?.name;
}

function addFact(facts: Facts, body: Buffer, member: JsonMember): void {
  const { name, start, end } = member;
  switch (name) {
    case "model": {
      const model = stringOf(body, member);
      if (model === undefined || model === "") return;
      facts.model = model;
      facts.modelSpan = { start, end };
      return;
    }
    case "previous_response_id": {
      const id = stringOf(body, member);
      if (id !== undefined) facts.previousResponseId = id;
      return;
    }
    case "conversation":
      facts.hasConversation = !isLiteral(body, member, "null");
      return;
    case "stream":
    case "background":
      if (isLiteral(body, member, "true")) facts[name] = true;
      else if (isLiteral(body, member, "false")) facts[name] = false;
  }
}

function isLiteral(body: Buffer, { start, end }: JsonMember, literal: string): boolean {
  return end - start === literal.length && body.toString("latin1", start, end) === literal;
}

function stringOf(body: Buffer, { start, end }: JsonMember): string | undefined {
  if (body[start] !== QUOTE || end - start > MAX_FIELD_BYTES) return undefined;
  const text = body.toString("latin1", start + 1, end - 1);
  return PLAIN.test(text) ? text : decodedString(body.subarray(start, end));
}

function decodedString(literal: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(literal));
    return typeof value === "string" ? value : undefined;
  } catch {
    // Not JSON after all: the provider's own answer will say so.
    return undefined;
  }
}
