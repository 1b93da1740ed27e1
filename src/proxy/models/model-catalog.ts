// The model lists of the providers as last fetched; no routing decision waits for a fetch.
import { type ListedModel, readModelList } from "./model-list.ts";

export interface TakeOptions {
  /** What the provider puts before its ids, and does without in requests. @default nothing */
  readonly prefix?: string;
  /** Its ids end in a date that requests may leave out. @default false */
  readonly isDated?: boolean;
}

interface KnownList {
  readonly models: ReadonlyMap<string, ListedModel>;
  /** Names without their date, of the latest one. */
  readonly undated: ReadonlyMap<string, ListedModel>;
  readonly prefix: string;
}

const DATED = /^(.+)-20\d{6}$/;

/** More entries than this are cut off: a provider must not fill the memory. */
const MAX_MODELS = 20_000;

const NONE: ReadonlyMap<string, ListedModel> = new Map();

/** An unknown list has no ids; a failed fetch keeps the old one. */
export class ModelCatalog {
  readonly #lists = new Map<string, KnownList>();

  /** Takes a fetched list, in one page or several; false, and nothing changed, where a body is no model list. */
  take(provider: string, pages: Uint8Array | readonly Uint8Array[], options: TakeOptions = {}): boolean {
    const { prefix = "", isDated = false } = options;
    const lists = (pages instanceof Uint8Array ? [pages] : pages).map((page) => readModelList(page, provider));
    const models: ListedModel[] = [];
    for (const list of lists) {
      if (list === undefined) return false;
      models.push(...list.models.slice(0, MAX_MODELS - models.length));
    }
    const named = models.map((model) => ({ ...model, id: withoutPrefix(model.id, prefix) }));
    const undated = isDated ? undatedOf(named) : NONE;
    this.#lists.set(provider, { models: new Map(named.map((model) => [model.id, model])), undated, prefix });
    return true;
  }

  /** Takes the names that the operator states in place of a list. */
  name(provider: string, ids: readonly string[]): void {
    const models = ids.map((id) => ({ id, object: "model", created: 0, owned_by: provider }));
    this.#lists.set(provider, { models: new Map(models.map((model) => [model.id, model])), undated: NONE, prefix: "" });
  }

  has(provider: string, model: string): boolean {
    return this.find(provider, model) !== undefined;
  }

  /** The entry for a name as requests give it. */
  find(provider: string, model: string): ListedModel | undefined {
    const list = this.#lists.get(provider);
    return list?.models.get(model) ?? list?.undated.get(model) ?? list?.models.get(withoutPrefix(model, list.prefix));
  }

  /** Undefined while no fetch has succeeded. */
  listOf(provider: string): ReadonlyMap<string, ListedModel> | undefined {
    return this.#lists.get(provider)?.models;
  }

  /** Forgets providers that are gone, and those whose base URL changed. */
  retain(isCurrent: (provider: string) => boolean): void {
    for (const provider of this.#lists.keys()) if (!isCurrent(provider)) this.#lists.delete(provider);
  }
}

function withoutPrefix(id: string, prefix: string): string {
  return id.startsWith(prefix) ? id.slice(prefix.length) : id;
}

function undatedOf(models: readonly ListedModel[]): ReadonlyMap<string, ListedModel> {
  const undated = new Map<string, ListedModel>();
  for (const model of models.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const name = DATED.exec(model.id)?.[1];
    if (name !== undefined) undated.set(name, model);
  }
  return undated;
}
