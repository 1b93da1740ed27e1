// Reads a provider's list of models in the shapes that providers give it.

/** One entry of a list, as the provider gave it, with what OpenAI's entries have besides. */
export interface ListedModel {
  readonly id: string;
  readonly [field: string]: unknown;
}

export interface ModelList {
  readonly models: readonly ListedModel[];
  /** The id after which the next page begins. */
  readonly next: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * OpenAI lists under `data`, and so does Anthropic, with `has_more` and `last_id`; Together answers with the bare array.
 * Undefined for anything else. Entries that are not OpenAI's get what some of its clients insist on: `object`, `created`
 * and `owned_by`.
 */
export function readModelList(body: Uint8Array, provider: string): ModelList | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
  const page = isRecord(value) ? value : {};
  const list = Array.isArray(value) ? value : page.data;
  if (!Array.isArray(list)) return undefined;
  const models = list.filter(isListedModel).map((model) => asOpenAi(model, provider));
  const hasNext = page.has_more === true && typeof page.last_id === "string" && page.last_id !== "";
  return { models, next: hasNext ? String(page.last_id) : undefined };
}

function asOpenAi(model: ListedModel, provider: string): ListedModel {
  if (model.object !== undefined) return model;
  const created = Math.floor(Date.parse(String(model.created_at)) / 1000);
  return { ...{ object: "model", created: Number.isFinite(created) ? created : 0, owned_by: provider }, ...model };
}

function isListedModel(entry: unknown): entry is ListedModel {
  return isRecord(entry) && typeof entry.id === "string" && entry.id !== "";
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
