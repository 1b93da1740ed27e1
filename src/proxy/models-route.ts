// Recognises the model list among API paths and answers it here.
import { errorAnswer } from "./error-answer.ts";
import type { ApiTarget } from "./front.ts";
import type { ModelCatalog } from "./model-catalog.ts";
import { listModels, type ModelsQuestion, modelsBody } from "./models-answer.ts";
import { takeProviderParam } from "./query-params.ts";
import { routeModel } from "./route-model.ts";
import type { Setup } from "./setup.ts";

export interface ModelsContext {
  readonly catalog: ModelCatalog;
  readonly requestId: string;
}

const UNAVAILABLE = "x-openai-balance-unavailable";

/** The answer of GET /models and GET /models/{id}; undefined for everything else. */
export function answerModels(
  method: string,
  target: ApiTarget,
  setup: Setup,
  { catalog, requestId }: ModelsContext,
): Response | undefined {
  if ((method !== "GET" && method !== "HEAD") || target.path.kind === "native") return undefined;
  const id = modelId(target.path.rest);
  if (id === undefined) return undefined;
  const question = questionOf(target, setup);
  if (question === undefined) return errorAnswer("provider_not_found", { requestId });
  const answer = listModels(question, catalog);
  const body = modelsBody(answer, id === "" ? undefined : id);
  const headers: Record<string, string> = { "x-request-id": requestId, "x-openai-balance-request-id": requestId };
  if (answer.unavailable.length > 0) headers[UNAVAILABLE] = answer.unavailable.join(", ");
  if (body === undefined) return errorAnswer("model_not_found", { requestId, headers });
  return Response.json(body, { headers });
}

/** "" for the list, undefined for other paths. An id may hold slashes, encoded or not. */
function modelId(rest: string): string | undefined {
  if (rest === "/models") return "";
  if (!rest.startsWith("/models/")) return undefined;
  try {
    return decodeURIComponent(rest.slice("/models/".length));
  } catch {
    return rest.slice("/models/".length);
  }
}

function questionOf({ path, query }: ApiTarget, setup: Setup): ModelsQuestion | undefined {
  const named = path.kind === "provider" ? path.provider : takeProviderParam(query).provider;
  if (named !== undefined) {
    const name = (setup.names.byName.get(named) ?? setup.names.byPath.get(named))?.name;
    const provider = setup.routing.providers.find((entry) => entry.name === name);
    if (provider === undefined) return undefined;
    return { providers: [provider.name], aliases: [], goesTo: (_, model) => provider.allows(model) };
  }
  const { providers, defaultProvider } = setup.routing;
  const names = providers.map(({ name }) => name).filter((name) => name !== defaultProvider);
  return {
    providers: defaultProvider === undefined ? names : [defaultProvider, ...names],
    aliases: [...setup.config.models.keys()],
    goesTo: (provider, model) => goesTo(provider, model, setup),
  };
}

function goesTo(provider: string, model: string, { routing }: Setup): boolean {
  const routed = routeModel(model, routing);
  if (!routed.ok) return false;
  const target = routed.route[0]?.[0];
  return target?.provider === provider && target.model === model;
}
