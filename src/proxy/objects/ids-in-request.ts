// Finds the ids of stored objects that a request names, in its path and its body.
import type { NativeVendor } from "../../upstream/dialect.ts";
import type { BodyFacts } from "../body/body-facts.ts";
import { matchTemplate } from "../paths/match-template.ts";
import type { Operation } from "../paths/operation.ts";
import { Asides, namedValues } from "./named-values.ts";
import { isObjectId, kindOf } from "./object-kinds.ts";

export interface NamedObject {
  readonly id: string;
  /** Only the account that has the object can serve the request. */
  readonly needsAccount: boolean;
  /** Whoever serves the request has it. What stands anywhere in a body a provider may never have looked at. */
  readonly isSubject: boolean;
}

export interface RequestQuestion {
  readonly operation: Operation;
  /** See `restBelowV1`. */
  readonly rest: string;
  /** Whose native path it is. */
  readonly vendor: NativeVendor | undefined;
  readonly facts: BodyFacts;
  readonly body: Uint8Array | null;
  /** Empty, or begins with `?`. */
  readonly query: string;
}

/** Members whose values name objects, in the order of what says most. Sources: the types of the SDKs of the vendors. */
const OF_ANY: readonly string[] = [
  "previous_response_id",
  "conversation",
  "thread_id",
  "assistant_id",
  "input_file_id",
  "input_files",
  "training_file",
  "validation_file",
  "file_id",
  "file_ids",
  "vector_store_id",
  "vector_store_ids",
  "container",
  "container_id",
  "part_ids",
  "eval_id",
  "video_id",
  "agent_id",
  "environment_id",
  "environment_template_id",
  "vault_ids",
  "skill_id",
];
const OF_RESPONSES = ["file_id", "file_ids", "vector_store_ids", "container", "container_id", "skill_id", "prompt"];
const OF_GEMINI = ["fileUri", "file_uri", "cachedContent", "cached_content", "fileName", "file_name", "name"];
/** Of operations that only compute; those that are not here name none. */
const OF_COMPUTING: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["chat/completions", ["file_id", "audio"]],
  ["responses", OF_RESPONSES],
  ["responses/compact", OF_RESPONSES],
  ["responses/input_tokens", OF_RESPONSES],
  // A voice of one's own.
  ["audio/speech", ["id"]],
  ["realtime/client_secrets", ["id"]],
  ["messages", ["file_id", "container"]],
  ["messages/count_tokens", ["file_id"]],
]);
/** A Gemini name, alone or at the end of a URI (ai.google.dev/api/files). */
const GEMINI_NAME =
  /(?:^|\/)((?:files|cachedContents|batches|operations|generatedFiles|fileSearchStores|corpora)\/[^?#:]+|(?:models|tunedModels)\/[^/]+\/operations\/[^?#:]+)/;

/** These have ids in place of names (ai.google.dev/api/interactions-api). */
const INTERACTION = /^\/[^/]+\/interactions\/([^/:]+)/;

/** Only the project that tuned such a model has it (platform.openai.com/docs/guides/fine-tuning). */
const TUNED_MODEL = "ft:";
const REFERENCE = Buffer.from('"item_reference"');
/** What such an item thought is with the provider alone, unless it is encrypted in it. */
const REASONING = "rs_";
const CURSORS = ["after", "before", "after_id", "before_id"];
/**
 * What stands in members of these names speaks to other readers: notes of the client, schemas, what a model gave a tool
 * (docs.anthropic.com: `input` of `tool_use`; ai.google.dev: `args` of `functionCall`).
 */
const ASIDES: readonly string[] = ["metadata", "attributes", "parameters", "schema", "input_schema", "args"];
const ASIDES_OF_MESSAGES: readonly string[] = [...ASIDES, "input"];
/** More of one request are not asked for: the first ones say where it belongs. */
export const MOST_NAMED = 50;
const NONE: readonly string[] = [];
const NOTHING: readonly NamedObject[] = [];

/** Each object once, those of the path first. Costs a native search of the body for each name that the operation may have. */
export function objectsNamed(question: RequestQuestion): readonly NamedObject[] {
  const inPath = idsInPath(question);
  const inQuery = idsInQuery(question);
  const text = textOf(question);
  const asides = text && new Asides(text, question.operation.protocol === "messages" ? ASIDES_OF_MESSAGES : ASIDES);
  const inBody = text === undefined ? NONE : idsInBody(text, question, asides);
  const ownIds = text === undefined ? NONE : ownIdsIn(text, question, asides);
  const { previousResponseId, model, objectIds = NONE } = question.facts;
  const isTuned = model?.startsWith(TUNED_MODEL) === true;
  const count = inPath.length + inQuery.length + inBody.length + ownIds.length + objectIds.length;
  // Nearly every request.
  if (count === 0 && previousResponseId === undefined && !isTuned) return NOTHING;
  const named = new Map<string, NamedObject>();
  const add = (id: string, needsAccount: boolean, isSubject = false) => {
    if (named.size < MOST_NAMED && isObjectId(id) && !named.has(id)) named.set(id, { id, needsAccount, isSubject });
  };
  for (const id of [...inPath, ...inQuery]) add(id, true, true);
  if (previousResponseId !== undefined) add(previousResponseId, true, true);
  for (const id of [...inBody, ...objectIds]) add(id, kindOf(id)?.needsAccount === true);
  for (const id of ownIds) add(id, false);
  if (isTuned) add(model, false);
  return [...named.values()];
}

function idsInPath({ operation, rest, vendor }: RequestQuestion): readonly string[] {
  if (vendor === "gemini") return INTERACTION.exec(rest)?.slice(1).map(decoded) ?? geminiIds(rest);
  if (!operation.stateful) return NONE;
  const segments = rest.slice(1).split("/");
  if (operation.name.endsWith("/*")) return segments.slice(1).map(decoded);
  const parts = matchTemplate(segments)?.row.template.split("/");
  // A path that stands for the address of a WebSocket has no row.
  if (parts === undefined) return segments.filter((segment) => kindOf(segment) !== undefined);
  return parts.flatMap((part, index) => (part.startsWith("{id") ? decoded(segments[index] ?? "") : []));
}

/** Where a page of a list goes on: whoever has that object has the list. */
function idsInQuery({ operation, query }: RequestQuestion): readonly string[] {
  if (query === "" || !operation.stateful) return NONE;
  const params = new URLSearchParams(query);
  return CURSORS.map((name) => params.get(name)).filter((id) => id !== null && id !== "") as string[];
}

function textOf({ facts, body }: RequestQuestion): Buffer | undefined {
  if (body === null || !facts.isJson) return undefined;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function idsInBody(
  text: Buffer,
  { operation, vendor, facts }: RequestQuestion,
  asides: Asides | undefined,
): readonly string[] {
  if (vendor === "gemini") return OF_GEMINI.flatMap((name) => namedValues(text, name, asides)).flatMap(geminiIds);
  const names = operation.stateful ? OF_ANY : OF_COMPUTING.get(operation.name);
  const conversation = facts.hasConversation && !operation.stateful ? namedValues(text, "conversation", asides) : NONE;
  let found = conversation;
  for (const name of names ?? NONE) {
    const values = namedValues(text, name, asides);
    if (values.length > 0) found = [...found, ...values];
  }
  return found;
}

/**
 * Items of a conversation have an id whether anybody stores them or not: it says something only where it is known, and
 * where the item is not in the request itself.
 */
function ownIdsIn(
  text: Buffer,
  { operation: { name, stateful } }: RequestQuestion,
  asides: Asides | undefined,
): readonly string[] {
  if (stateful) return namedValues(text, "id", asides);
  if (!name.startsWith("responses")) return NONE;
  const ids = namedValues(text, "id", asides);
  return ids.length === 0 || text.includes(REFERENCE) ? ids : ids.filter((id) => id.startsWith(REASONING));
}

function geminiIds(text: string): readonly string[] {
  const name = GEMINI_NAME.exec(text)?.[1];
  return name === undefined ? [] : [decoded(name)];
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
