// Looks at the few fields of a request body that decide where it goes, without decoding the rest.
import type { NativeVendor } from "../../upstream/dialect.ts";
import { type BodyFacts, MAX_FIELD_BYTES, NO_FACTS, type Span } from "./body-facts.ts";
import { type JsonMember, scanMembers } from "./json-scan.ts";
import { peekMultipart } from "./peek-multipart.ts";

/** What is looked at: a second one of these makes a body ambiguous. */
const FIELDS: ReadonlySet<string> = new Set([
  "model",
  "stream",
  "background",
  "previous_response_id",
  "conversation",
  "max_tokens",
  "max_completion_tokens",
  "max_output_tokens",
  "prompt_cache_key",
  "user",
]);
/** ai.google.dev/api/generate-content; the JSON of protocol buffers knows each name in two cases. */
const GEMINI_FIELDS: ReadonlySet<string> = new Set([
  ...FIELDS,
  "generationConfig",
  "generation_config",
  "previous_interaction_id",
]);
const GEMINI_CHOICES: ReadonlySet<string> = new Set(["candidateCount", "candidate_count"]);
const GEMINI_LIMITS: ReadonlySet<string> = new Set(["maxOutputTokens", "max_output_tokens"]);
const GEMINI_CONFIG: ReadonlySet<string> = new Set([...GEMINI_LIMITS, ...GEMINI_CHOICES]);
/** What a conversation begins with, in the order in which a model reads it; decides nothing but which key is preferred. */
const LEADING: readonly string[] = ["instructions", "system", "messages", "input"];
const GEMINI_LEADING: readonly string[] = ["systemInstruction", "system_instruction", "contents", "input"];
/** Of answers side by side: platform.openai.com/docs/api-reference, chat and completions. */
const CHOICES = ["n", "best_of"] as const;
/** openrouter.ai/docs, model routing: `models` are asked in turn where the first one fails. */
const MORE_MODELS = "models";
const WANTED: ReadonlySet<string> = new Set([...FIELDS, ...LEADING, "store", ...CHOICES, MORE_MODELS]);
const GEMINI_WANTED: ReadonlySet<string> = new Set([...GEMINI_FIELDS, ...GEMINI_LEADING]);
const ENCRYPTED = Buffer.from('"encrypted_content"');
const FORM = /^\s*multipart\/form-data\b/i;
/** JSON in all its names, and what clients send it as by mistake or default (curl); never lists of JSON lines. */
const MAY_BE_JSON =
  /^\s*(?:application\/(?:[\w.-]+\+)?json|text\/(?:plain|json)|application\/x-www-form-urlencoded)\b/i;
const QUOTE = 0x22;
/** Longer than every number of tokens. */
const MAX_NUMBER_BYTES = 20;

const decoder = new TextDecoder();

/** Text that stands for itself between the quotes of a JSON string. */
const PLAIN = /^[ !#-[\]-~]*$/;

type Facts = { -readonly [Name in keyof BodyFacts]: BodyFacts[Name] };

/**
 * What a body says; one that is neither a JSON object nor a form says nothing. A model that is empty, no string, or
 * longer than any name is none. `native`: whose native path it is. Never throws.
 */
export function peekBody(bytes: Uint8Array | null, contentType: string | null, native?: NativeVendor): BodyFacts {
  if (bytes === null || bytes.length === 0) return NO_FACTS;
  if (contentType !== null && isForm(contentType)) return peekMultipart(bytes, contentType);
  if (contentType !== null && contentType !== "" && !MAY_BE_JSON.test(contentType)) return NO_FACTS;
  const isGemini = native === "gemini";
  const members = scanMembers(bytes, isGemini ? GEMINI_WANTED : WANTED);
  if (members === undefined) return NO_FACTS;
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const facts: Facts = { isJson: true, hasConversation: false, hasEncryptedContent: body.includes(ENCRYPTED) };
  const fields = isGemini ? GEMINI_FIELDS : FIELDS;
  const ambiguous = repeatedName(members.filter(({ name }) => fields.has(name)));
  if (ambiguous !== undefined) return { ...facts, ambiguous };
  for (const member of members) addFact(facts, body, member);
  const leading = leadingSpans(members, isGemini ? GEMINI_LEADING : LEADING);
  if (leading.length > 0) facts.leading = leading;
  return facts;
}

export function isForm(contentType: string | null): boolean {
  return contentType !== null && FORM.test(contentType);
}

/** What could be no JSON: its facts stand in the fields of a form, or nowhere. */
export function isStreamable(contentType: string | null): boolean {
  return contentType !== null && contentType !== "" && !MAY_BE_JSON.test(contentType);
}

/** Ends at the first repetition, so that only a few members are ever compared. */
function repeatedName(members: readonly JsonMember[]): string | undefined {
  return members.find(({ name }, index) => members.findIndex((member) => member.name === name) < index)?.name;
}

function leadingSpans(members: readonly JsonMember[], names: readonly string[]): readonly Span[] {
  return names.flatMap((name) => {
    const member = members.find((found) => found.name === name);
    return member === undefined ? [] : [{ start: member.start, end: member.end }];
  });
}

function addFact(facts: Facts, body: Buffer, member: JsonMember): void {
  const { name, start, end } = member;
  NUMBERS.get(name)?.(facts, body, member);
  switch (name) {
    case "model": {
      const model = stringOf(body, member);
      if (model === undefined || model === "") return;
      facts.model = model;
      facts.modelSpan = { start, end };
      return;
    }
    case "previous_response_id":
    case "previous_interaction_id": {
      const id = stringOf(body, member);
      if (id !== undefined) facts.previousResponseId = id;
      return;
    }
    case "prompt_cache_key":
    case "user": {
      const text = stringOf(body, member);
      if (text !== undefined && text !== "") facts[name === "user" ? name : "promptCacheKey"] = text;
      return;
    }
    case "generationConfig":
    case "generation_config":
      noteGeminiLimits(facts, body, member);
      return;
    case "models":
      facts.namesMoreModels = facts.namesMoreModels === true || !isLiteral(body, member, "null");
      return;
    case "conversation":
      facts.hasConversation = !isLiteral(body, member, "null");
      return;
    case "store":
    case "stream":
    case "background":
      noteFlag(facts, body, member);
  }
}

const NUMBERS: ReadonlyMap<string, typeof noteLimit> = new Map([
  ["max_tokens", noteLimit],
  ["max_completion_tokens", noteLimit],
  ["max_output_tokens", noteLimit],
  ...CHOICES.map((name) => [name, noteChoices] as const),
]);

const FLAGS = { store: "isStored", stream: "stream", background: "background" } as const;

function noteFlag(facts: Facts, body: Buffer, member: JsonMember): void {
  const name = FLAGS[member.name as keyof typeof FLAGS];
  if (isLiteral(body, member, "true")) facts[name] = true;
  else if (isLiteral(body, member, "false")) facts[name] = false;
}

function noteGeminiLimits(facts: Facts, body: Buffer, { start, end }: JsonMember): void {
  const config = body.subarray(start, end);
  const members = scanMembers(config, GEMINI_CONFIG) ?? [];
  const limits = members.filter(({ name }) => GEMINI_LIMITS.has(name));
  for (const member of members) if (GEMINI_CHOICES.has(member.name)) noteChoices(facts, config, member);
  const ambiguous = repeatedName(limits);
  if (ambiguous !== undefined) facts.ambiguous = ambiguous;
  for (const limit of limits) noteLimit(facts, config, limit);
}

// Of two names for it a provider obeys one, and nobody knows which: the larger never promises too little.
function noteLimit(facts: Facts, body: Buffer, member: JsonMember): void {
  const limit = numberOf(body, member);
  if (limit !== undefined) facts.maxOutput = Math.max(facts.maxOutput ?? 0, limit);
}

function noteChoices(facts: Facts, body: Buffer, member: JsonMember): void {
  const choices = numberOf(body, member);
  if (choices !== undefined) facts.choices = Math.max(facts.choices ?? 1, choices);
}

function numberOf(body: Buffer, { start, end }: JsonMember): number | undefined {
  if (end - start > MAX_NUMBER_BYTES) return undefined;
  const number = Number(body.toString("latin1", start, end));
  return number >= 0 && Number.isFinite(number) ? number : undefined;
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
