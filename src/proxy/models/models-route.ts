// Recognises the model list among API paths and answers it here.
import { FORBIDDEN, type TokenRefusal } from "../../tokens/token-refusal.ts";
import { errorAnswer } from "../answer/error-answer.ts";
import { repairedHeader } from "../answer/respond.ts";
import type { ApiTarget } from "../front.ts";
import { takeProviderParam } from "../paths/query-params.ts";
import type { Setup } from "../setup.ts";
import type { Trace } from "../trace.ts";
import type { ModelCatalog } from "./model-catalog.ts";
import { findModel, listModels, type ModelsQuestion } from "./models-answer.ts";
import { routeModel } from "./route-model.ts";

export interface ModelsContext {
  readonly catalog: ModelCatalog;
  readonly trace: Trace;
}

const UNAVAILABLE = "x-openai-balance-unavailable";
const LIST = "/models";
const ONE = "/models/";

/** The answer of GET /models and GET /models/{id}; undefined for everything else. */
export function answerModels(target: ApiTarget, setup: Setup, context: ModelsContext): Response | undefined {
  const { trace } = context;
  if ((trace.method !== "GET" && trace.method !== "HEAD") || target.path.kind === "native") return undefined;
  const { rest } = target.path;
  if (rest !== LIST && !rest.startsWith(ONE)) return undefined;
  const id = rest === LIST ? "" : decoded(rest.slice(ONE.length));
  trace.operation = id === "" ? "models" : "models/{id...}";
  trace.route = `/v1/${trace.operation}`;
  const scope = target.token?.scope;
  const question = questionOf(target, setup);
  const isForbidden = question === undefined && scope?.limitsProviders === true;
  const refusal = scope?.refuseOperation(trace.operation) ?? (isForbidden ? FORBIDDEN.provider : undefined);
  const response = refusal === undefined ? answer(question, id, context) : refused(refusal, trace);
  trace.status = response.status;
  if (!response.ok) trace.end = "error";
  return response;
}

function answer(question: ModelsQuestion | undefined, id: string, { catalog, trace }: ModelsContext): Response {
  const requestId = trace.id;
  const headers: Record<string, string> = { ...repairedHeader(trace) };
  if (question === undefined) {
    trace.errorCode = "provider_not_found";
    return errorAnswer("provider_not_found", { requestId, headers });
  }
  const unavailable = question.providers.filter((provider) => catalog.listOf(provider) === undefined);
  if (unavailable.length > 0) headers[UNAVAILABLE] = unavailable.join(", ");
  const body = id === "" ? { object: "list", data: listModels(question, catalog) } : findModel(id, question, catalog);
  if (body === undefined) {
    trace.errorCode = "model_not_found";
    return errorAnswer("model_not_found", { requestId, headers });
  }
  const text = JSON.stringify(body);
  trace.bytesOut = Buffer.byteLength(text);
  headers["content-type"] = "application/json";
  headers["x-request-id"] = requestId;
  headers["x-openai-balance-request-id"] = requestId;
  return new Response(text, { headers });
}

/** An id may hold slashes, encoded or not. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

function refused({ code, text }: TokenRefusal, trace: Trace): Response {
  trace.errorCode = code;
  return errorAnswer(code, { requestId: trace.id, text, headers: repairedHeader(trace) });
}

function questionOf({ path, query, token }: ApiTarget, setup: Setup): ModelsQuestion | undefined {
  const question = questionFor(path.kind === "provider" ? path.provider : takeProviderParam(query).provider, setup);
  const scope = token?.scope;
  if (question === undefined || scope?.limitsModels !== true) return question;
  return {
    providers: question.providers,
    aliases: question.aliases.filter(scope.allowsModel),
    goesTo: (provider, model) => scope.allowsModel(model) && question.goesTo(provider, model),
  };
}

/** What there is at one provider, by its name or path, or on the default form; undefined for an unknown provider. */
export function questionFor(named: string | undefined, setup: Setup): ModelsQuestion | undefined {
  const { names, routing } = setup;
  if (named !== undefined) {
    const name = (names.byName.get(named) ?? names.byPath.get(named))?.name;
    const provider = routing.providers.find((entry) => entry.name === name);
    if (provider === undefined) return undefined;
    return { providers: [provider.name], aliases: [], goesTo: (_, model) => provider.allows(model) };
  }
  const { providers, defaultProvider } = routing;
  const others = providers.map(({ name }) => name).filter((name) => name !== defaultProvider);
  return {
    providers: providers.length === others.length ? others : [defaultProvider ?? "", ...others],
    aliases: [...routing.aliases.keys()].filter((alias) => routeModel(alias, routing).ok),
    goesTo: (provider, model) => goesTo(provider, model, setup),
  };
}

function goesTo(provider: string, model: string, { routing }: Setup): boolean {
  const routed = routeModel(model, routing);
  if (!routed.ok) return false;
  const target = routed.route[0]?.[0];
  return target?.provider === provider && target.model === model;
}
