// Answers GET /models and GET /models/{id} from the cached lists.
import type { ListedModel, ModelCatalog } from "./model-catalog.ts";

/** Undefined for both where the default form was used: all providers, and the aliases. */
export interface ModelsQuestion {
  /** Providers to list, the default one first. */
  readonly providers: readonly string[];
  /** Names under `models:`; empty on a provider form. */
  readonly aliases: readonly string[];
  /** Whether a listed id would be sent to this provider. */
  readonly goesTo: (provider: string, model: string) => boolean;
}

export interface ModelsAnswer {
  readonly models: readonly ListedModel[];
  /** Providers whose list is unknown. */
  readonly unavailable: readonly string[];
}

/** Each id once, from the provider that gets it, then the aliases. */
export function listModels(question: ModelsQuestion, catalog: ModelCatalog): ModelsAnswer {
  const models: ListedModel[] = [];
  const unavailable: string[] = [];
  const seen = new Set(question.aliases);
  for (const provider of question.providers) {
    const list = catalog.listOf(provider);
    if (list === undefined) unavailable.push(provider);
    for (const [id, entry] of list ?? []) {
      if (seen.has(id) || !question.goesTo(provider, id)) continue;
      seen.add(id);
      models.push(entry);
    }
  }
  for (const alias of question.aliases) models.push(aliasEntry(alias));
  return { models, unavailable };
}

/** The body of a list, or of one model; undefined where that id is not listed. */
export function modelsBody(answer: ModelsAnswer, id: string | undefined): object | undefined {
  if (id === undefined) return { object: "list", data: answer.models };
  return answer.models.find((model) => model.id === id);
}

function aliasEntry(id: string): ListedModel {
  return { id, object: "model", created: 0, owned_by: "openai-balance" };
}
