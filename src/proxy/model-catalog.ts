// The model lists of the providers as last fetched; no routing decision waits for a fetch.

/** One entry of a provider's list, as the provider gave it. */
export interface ListedModel {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** More entries than this are cut off: a provider must not fill the memory. */
const MAX_MODELS = 20_000;

/** An unknown list has no ids; a failed fetch keeps the old one. */
export class ModelCatalog {
  readonly #lists = new Map<string, ReadonlyMap<string, ListedModel>>();

  /** Takes a fetched list; false, and nothing changed, where the body is no model list. */
  take(provider: string, body: Uint8Array): boolean {
    const entries = readEntries(body);
    if (entries === undefined) return false;
    this.#lists.set(provider, new Map(entries.slice(0, MAX_MODELS).map((entry) => [entry.id, entry])));
    return true;
  }

  has(provider: string, model: string): boolean {
    return this.#lists.get(provider)?.has(model) ?? false;
  }

  /** Undefined while no fetch has succeeded. */
  listOf(provider: string): ReadonlyMap<string, ListedModel> | undefined {
    return this.#lists.get(provider);
  }

  /** Forgets providers that are gone, and those whose base URL changed. */
  retain(isCurrent: (provider: string) => boolean): void {
    for (const provider of this.#lists.keys()) if (!isCurrent(provider)) this.#lists.delete(provider);
  }
}

// OpenAI lists under `data`; Together answers with the bare array.
function readEntries(body: Uint8Array): readonly ListedModel[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
  const list = Array.isArray(value) ? value : isRecord(value) ? value.data : undefined;
  return Array.isArray(list) ? list.filter(isListedModel) : undefined;
}

function isListedModel(entry: unknown): entry is ListedModel {
  return isRecord(entry) && typeof entry.id === "string" && entry.id !== "";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
