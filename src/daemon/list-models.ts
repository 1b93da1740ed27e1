// What can be asked for, and where it goes.
import type { ModelEntry } from "../admin/ports.ts";
import type { Need } from "../balancer/contract.ts";
import type { ModelCatalog } from "../proxy/models/model-catalog.ts";
import { listModels } from "../proxy/models/models-answer.ts";
import { questionFor } from "../proxy/models/models-route.ts";
import { routeModel, routeToProvider } from "../proxy/models/route-model.ts";
import type { Setup } from "../proxy/setup.ts";

export interface ModelList {
  readonly models: readonly ModelEntry[];
  readonly unavailable: readonly string[];
}

/** The models of the default form, or of one provider's own path, from the lists as last fetched. */
export function modelEntries(provider: string | undefined, setup: Setup, catalog: ModelCatalog): ModelList {
  const question = questionFor(provider, setup);
  if (question === undefined) return { models: [], unavailable: [] };
  const models = listModels(question, catalog).map(({ id }): ModelEntry => {
    return { id, kind: question.aliases.includes(id) ? "alias" : "model", route: routeOf(id, provider, setup) };
  });
  return { models, unavailable: question.providers.filter((name) => catalog.listOf(name) === undefined) };
}

function routeOf(id: string, provider: string | undefined, { routing }: Setup): ModelEntry["route"] {
  const named = routing.providers.find(({ name }) => name === provider);
  const routed = named === undefined ? routeModel(id, routing) : routeToProvider(named, id);
  return routed.ok ? textOf(routed.route) : [];
}

function textOf(route: Need["route"]): ModelEntry["route"] {
  return route.map((tier) => tier.map(({ provider, model }) => `${provider}/${model ?? ""}`));
}
