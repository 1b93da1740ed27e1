// Finds what a request would meet now, on the very way that a real one takes, without sending anything.
import type { Explained, ExplainQuestion } from "../admin/ports.ts";
import type { Balancer } from "../balancer/balancer.ts";
import type { Need } from "../balancer/contract.ts";
import { NO_FACTS } from "../proxy/body-facts.ts";
import { ERRORS, type ErrorCode } from "../proxy/error-table.ts";
import { lastAnswer } from "../proxy/last-answer.ts";
import { nativeFacts } from "../proxy/native-operations.ts";
import { operationOf } from "../proxy/operations.ts";
import { type ParsedPath, parsePath } from "../proxy/parse-path.ts";
import { pinKey } from "../proxy/pin-key.ts";
import { takeProviderParam } from "../proxy/query-params.ts";
import { type RoutedModel, routeModel, routeToProvider } from "../proxy/route-model.ts";
import type { Setup } from "../proxy/setup.ts";

const CHAT = "/v1/chat/completions";
const NO_OWNERS = { ownerOf: () => undefined };

export interface ExplainDeps {
  readonly setup: Setup;
  readonly balancer: Balancer;
  readonly now: number;
}

type ApiPath = Extract<ParsedPath, { kind: "default" | "provider" | "native" }>;

/** A model is asked for by a chat; a path as it stands, with the model that is named beside it. */
export function explainRequest(question: ExplainQuestion, deps: ExplainDeps): Explained {
  const isPath = question.request.startsWith("/");
  const [rawPath = "", query = ""] = (isPath ? question.request : CHAT).split("?", 2);
  const { names, config } = deps.setup;
  const parsed = parsePath(rawPath, names, config.server.repairPaths);
  const model = isPath ? question.model : question.request;
  const facts = { path: parsed.repaired?.to ?? rawPath, model, method: question.method?.toUpperCase() ?? "GET" };
  switch (parsed.kind) {
    case "default":
    case "provider":
    case "native":
      return explainApi(parsed, query === "" ? "" : `?${query}`, { ...facts, given: question.method }, deps);
    case "error":
      return refused({ ...facts, operation: "unknown" }, parsed.code);
    case "health":
    case "ready":
    case "admin-read":
    case "admin-api":
      return { ...facts, operation: parsed.kind, rule: "this daemon answers it itself", refusal: undefined, keys: [] };
    default:
      return parsed satisfies never;
  }
}

interface Facts {
  readonly path: string;
  readonly model: string | undefined;
  readonly method: string;
  readonly given: string | undefined;
}

function explainApi(parsed: ApiPath, query: string, facts: Facts, deps: ExplainDeps): Explained {
  const { setup } = deps;
  const dialect = parsed.kind === "native" ? setup.providers.get(parsed.provider)?.config.dialect : undefined;
  const rest = parsed.kind === "native" ? parsed.path : parsed.rest;
  // Whoever names no method means the one that does something.
  const isRead = operationOf("POST", rest, dialect).name === "unknown" || /^\/models(\/|$)/.test(rest);
  const method = facts.given?.toUpperCase() ?? (isRead ? "GET" : "POST");
  const operation = operationOf(method, rest, dialect);
  const model = (dialect === undefined ? undefined : nativeFacts(rest, dialect).model) ?? facts.model;
  const { path } = facts;
  const told = { method, path, operation: operation.name, model };
  const routed = routeOf(parsed, query, model, setup);
  if (!routed.ok) return refused(told, routed.code);
  const pinned = pinKey({
    operation,
    rest,
    facts: NO_FACTS,
    route: routed.route,
    providers: setup.providers,
    owners: NO_OWNERS,
  });
  const need: Need = {
    route: pinned?.route ?? routed.route,
    operation: operation.name,
    client: "explain",
    ...(pinned && { pinnedKey: pinned.keyId }),
  };
  const keys = deps.balancer.explain(need, deps.now);
  const rule = RULES[routed.rule];
  if (keys.some(({ isPicked }) => isPicked)) return { ...told, rule, refusal: undefined, keys };
  return { ...refused(told, codeWithoutKey(need, deps)), rule, keys };
}

const RULES: Readonly<Record<Extract<RoutedModel, { ok: true }>["rule"], string>> = {
  alias: "the model is a name under models",
  "default-has-it": "the default provider is known to have the model",
  prefix: "the model begins with the name of a provider",
  listed: "the provider is the first whose list has the model",
  default: "no provider is known to have the model, so the default one is asked",
  named: "the request names its provider",
};

function routeOf(parsed: ApiPath, query: string, model: string | undefined, { names, routing }: Setup) {
  const named =
    parsed.kind === "default" ? (query === "" ? undefined : takeProviderParam(query).provider) : parsed.provider;
  if (named === undefined) return routeModel(model, routing);
  const found = names.byName.get(named) ?? names.byPath.get(named);
  const provider = routing.providers.find(({ name }) => name === found?.name);
  return provider === undefined
    ? ({ ok: false, code: "provider_not_found" } as const)
    : routeToProvider(provider, model);
}

/** What a real request would be told without any attempt. */
function codeWithoutKey(need: Need, { balancer, now }: ExplainDeps): ErrorCode {
  const pick = balancer.pick(need, [], now);
  const end = pick.kind === "none" ? lastAnswer(undefined, pick.reason, now) : undefined;
  return end?.kind === "refusal" ? end.code : "no_usable_key";
}

type Told = Pick<Explained, "method" | "path" | "operation" | "model">;

function refused({ method, path, operation, model }: Told, code: ErrorCode): Explained {
  const { status, text } = ERRORS[code];
  return { method, path, operation, model, rule: undefined, refusal: { status, code, message: text }, keys: [] };
}
