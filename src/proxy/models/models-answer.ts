// What GET /models and GET /models/{id} show of the cached lists.
import type { ModelCatalog } from "./model-catalog.ts";
import type { ListedModel } from "./model-list.ts";

export interface ModelsQuestion {
  /** Providers to list, the default one first. */
  readonly providers: readonly string[];
  /** Names under `models:` that lead somewhere; empty on a provider form. */
  readonly aliases: readonly string[];
  /** Whether a listed id would be sent to this provider. */
  readonly goesTo: (provider: string, model: string) => boolean;
}

/** Each id once, from the provider that gets it, then the aliases. */
export function listModels(question: ModelsQuestion, catalog: ModelCatalog): readonly ListedModel[] {
  const { providers, aliases, goesTo } = question;
  const models: ListedModel[] = [];
  const seen = new Set(aliases);
  for (const provider of providers) {
    for (const [id, entry] of catalog.listOf(provider) ?? []) {
      if (seen.has(id) || !goesTo(provider, id)) continue;
      seen.add(id);
      models.push(entry);
    }
  }
  for (const alias of aliases) models.push(aliasEntry(alias));
  return models;
}

/** The entry that the list would have for this id; undefined where it has none. */
export function findModel(id: string, question: ModelsQuestion, catalog: ModelCatalog): ListedModel | undefined {
  if (question.aliases.includes(id)) return aliasEntry(id);
  for (const provider of question.providers) {
    const entry = catalog.find(provider, id);
    if (entry !== undefined && question.goesTo(provider, id)) return entry;
  }
  return undefined;
}

function aliasEntry(id: string): ListedModel {
  return { id, object: "model", created: 0, owned_by: "openai-balance" };
}
