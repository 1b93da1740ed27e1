// Finds the ids of stored objects that a complete JSON answer names as the key's own, as data per kind of operation.
import { scanMembers, skipBlanks, skipValue } from "../body/json-scan.ts";
import type { Operation } from "../paths/operation.ts";
import { fingerprintOf } from "./encrypted-content.ts";
import { namedValues } from "./named-values.ts";
import { isObjectId } from "./object-kinds.ts";

/** What an answer names. `gone`: what it says is deleted. */
export interface AnswerIds {
  readonly ids: readonly string[];
  readonly gone: readonly string[];
}

export interface AnswerQuestion {
  readonly operation: Pick<Operation, "name" | "stateful">;
  /** The client asked for a chat completion to be stored. */
  readonly isStored: boolean;
  /** The answer is of Gemini's own API, where objects have names in place of ids. */
  readonly isGemini: boolean;
}

/** Which members say what. `ids` hold one id each, `inner` an object, or a list of objects or of ids. */
interface ShapeFacts {
  readonly ids: readonly string[];
  readonly inner: readonly string[];
  /** Those of inner objects, where they differ. */
  readonly innerIds?: readonly string[];
  /** It holds encrypted content that must come back to its maker. */
  readonly isEncrypted?: true;
  /** `store: false` says that nothing is kept. */
  readonly mayBeUnstored?: true;
  /** Without this member there is nothing to find. */
  readonly hint?: string;
}

interface AnswerShape extends ShapeFacts {
  readonly wanted: ReadonlySet<string>;
}

/** Members that the objects of the API have in common; their sources are the types of the official SDK. */
const OBJECT = shape({
  ids: [
    "id",
    "output_file_id",
    "error_file_id",
    "thread_id",
    "vector_store_id",
    "container_id",
    // Names by which checkpoints and models of one project are asked for.
    "fine_tuned_model",
    "fine_tuned_model_checkpoint",
  ],
  // `data`: lists. `file`: what a complete upload made. `result_files`: of a fine-tuning job.
  inner: ["data", "file", "result_files", "conversation", "output"],
});
const RESPONSE = shape({
  ids: ["id", "container_id"],
  inner: ["conversation", "output"],
  isEncrypted: true,
  mayBeUnstored: true,
});
/** ai.google.dev/api/files, /caching, /batch-api: `name` is `files/abc`; an upload answers `{"file": {...}}`. */
const GEMINI = shape({
  ids: ["name"],
  inner: ["file", "files", "cachedContents", "batches", "operations", "response"],
});
/** One of Google's interactions. */
const INTERACTION = shape({ ids: ["id"], inner: [] });
/** platform.openai.com/docs/guides/audio: later messages may name the speech of an answer. */
const SPEECH = { innerIds: ["id"], inner: ["choices", "message", "audio"] } as const;
const COMPLETION = shape({ ids: ["id"], ...SPEECH });
const SPOKEN = shape({ ids: [], ...SPEECH, hint: '"audio_' });
/** Of operations for which the table of operations does not decide. */
const SHAPES: ReadonlyMap<string, AnswerShape> = new Map([
  ["interactions", INTERACTION],
  ["interactions/{id}", INTERACTION],
  ["responses", RESPONSE],
  ["responses/{id}", RESPONSE],
  ["responses/{id}/cancel", RESPONSE],
  ["responses/compact", shape({ ids: [], inner: [], isEncrypted: true })],
  // docs.anthropic.com, code execution: the container that later messages may name.
  ["messages", shape({ ids: [], innerIds: ["id"], inner: ["container"], isEncrypted: true, hint: '"container"' })],
]);
/** What a client stored comes back as it is: its members are not the provider's. */
const CONTENT = /\/(?:content|results|messages)$|:download$/;
/** Here `deleted` says that a file is taken out of something, and is there still. */
const DETACHING = "vector_stores/{id}/files/{id}";
const OWN_LISTS: ReadonlySet<string> = new Set(["threads/{id}/messages", "chat/completions/{id}/messages"]);

/** Lists are looked at up to here. */
const MOST_ELEMENTS = 1_000;
const MAX_DEPTH = 3;
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const COMMA = 0x2c;
const NOTHING: AnswerIds = { ids: [], gone: [] };

/** Linear in the size of the answer, which is read whole anyway; nothing for an operation that makes no objects. Never throws. */
export function idsInAnswer(body: Uint8Array, question: AnswerQuestion): AnswerIds {
  const shape = shapeOf(question);
  if (shape === undefined || body.length === 0) return NOTHING;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const found = new Collector(shape);
  if (shape.hint === undefined || text.includes(shape.hint)) found.readObject(text, 0);
  const encrypted = shape.isEncrypted === true ? namedValues(text, "encrypted_content").map(fingerprintOf) : [];
  return { ids: [...found.ids, ...encrypted], gone: question.operation.name === DETACHING ? [] : found.gone };
}

function shapeOf({ operation: { name, stateful }, isStored, isGemini }: AnswerQuestion): AnswerShape | undefined {
  if (name === "chat/completions" && !stateful) return isStored ? COMPLETION : SPOKEN;
  const known = SHAPES.get(name);
  if (known !== undefined) return known;
  if (!stateful || isContent(name)) return undefined;
  return isGemini ? GEMINI : OBJECT;
}

/** Whether an operation answers what a client stored, as it is. */
export function isContent(operation: string): boolean {
  return CONTENT.test(operation) && !OWN_LISTS.has(operation);
}

class Collector {
  readonly ids: string[] = [];
  readonly gone: string[] = [];
  readonly #shape: AnswerShape;

  constructor(shape: AnswerShape) {
    this.#shape = shape;
  }

  readObject(text: Buffer, depth: number): void {
    const members = scanMembers(text, this.#shape.wanted) ?? [];
    const isTrue = (name: string, literal: string) =>
      members.some((member) => member.name === name && text.toString("latin1", member.start, member.end) === literal);
    if (this.#shape.mayBeUnstored === true && depth === 0 && isTrue("store", "false")) return;
    const into = isTrue("deleted", "true") ? this.gone : this.ids;
    const { ids, innerIds = ids } = this.#shape;
    const names = depth === 0 ? ids : innerIds;
    for (const { name, start, end } of members) {
      if (names.includes(name)) addId(into, text.subarray(start, end));
      else if (this.#shape.inner.includes(name) && depth < MAX_DEPTH) this.#readInner(text.subarray(start, end), depth);
    }
  }

  #readInner(value: Buffer, depth: number): void {
    if (value[0] !== OPEN_BRACKET) {
      if (value[0] === OPEN_BRACE) this.readObject(value, depth + 1);
      return;
    }
    let at = skipBlanks(value, 1);
    for (let count = 0; count < MOST_ELEMENTS; count += 1) {
      const end = skipValue(value, at);
      if (end <= at) return;
      const element = value.subarray(at, end);
      if (element[0] === OPEN_BRACE) this.readObject(element, depth + 1);
      else addId(this.ids, element);
      at = skipBlanks(value, end);
      if (value[at] !== COMMA) return;
      at = skipBlanks(value, at + 1);
    }
  }
}

function addId(into: string[], literal: Buffer): void {
  if (literal[0] !== QUOTE) return;
  const id = literal.toString("latin1", 1, literal.length - 1);
  if (isObjectId(id)) into.push(id);
}

function shape(facts: ShapeFacts): AnswerShape {
  const { ids, inner, innerIds = [] } = facts;
  return { ...facts, wanted: new Set([...ids, ...inner, ...innerIds, "deleted", "store"]) };
}
