// Finds what a request would meet now, on the very way that a real one takes, without sending anything.
import type { Explained, ExplainQuestion } from "../admin/explain-port.ts";
import type { Balancer } from "../balancer/balancer.ts";
import type { Need } from "../balancer/contract.ts";
import type { ErrorCode } from "../proxy/answer/error-table.ts";
import { Detours } from "../proxy/attempt/detours.ts";
import { NO_FACTS } from "../proxy/body/body-facts.ts";
import { BodyQuestions } from "../proxy/body/body-questions.ts";
import { scopedSetup } from "../proxy/entrance/scoped-setup.ts";
import { admissionQuestion, restricted } from "../proxy/entrance/token-gate.ts";
import type { ModelCatalog } from "../proxy/models/model-catalog.ts";
import { answerModels } from "../proxy/models/models-route.ts";
import { type RoutedModel, routeModel, routeToProvider } from "../proxy/models/route-model.ts";
import { scopedOperation } from "../proxy/paths/model-operations.ts";
import { nativeFacts, restBelowV1 } from "../proxy/paths/native-operations.ts";
import type { Operation } from "../proxy/paths/operation.ts";
import { operationOf } from "../proxy/paths/operations.ts";
import { type ParsedPath, parsePath } from "../proxy/paths/parse-path.ts";
import { takeProviderParam } from "../proxy/paths/query-params.ts";
import { NEVER_RELAYED } from "../proxy/paths/request-path.ts";
import type { ProxyHandler } from "../proxy/proxy-handler.ts";
import type { Setup } from "../proxy/setup.ts";
import { beginTrace } from "../proxy/trace.ts";
import type { Admission } from "../tokens/admission.ts";
import type { KnownToken } from "../tokens/known-token.ts";
import { FORBIDDEN, type TokenRefusal } from "../tokens/token-refusal.ts";
import type { NativeVendor } from "../upstream/dialect.ts";
import { type UpstreamTarget, upstreamUrl } from "../upstream/upstream-url.ts";
import { outcomeFor, refusalOf } from "./explain-outcome.ts";
import { pinOf, pinRule, searchedOutcome } from "./explain-pin.ts";

const CHAT = "/v1/chat/completions";
const NO_BODY = { bytes: new Uint8Array(), contentType: null, facts: NO_FACTS };
/** Of what is not routed. */
const NOTHING = {
  rule: undefined,
  refusal: undefined,
  wait: undefined,
  route: [],
  picked: undefined,
  keys: [],
  isTrial: false,
} as const;
/** Operations that take no body, or name one object: whoever names no method means to read. */
const READS: ReadonlySet<string> = new Set(["unknown", "models", "models/{id...}"]);
const READ_OBJECT = /\{id\}(\/content)?$/;

export interface ExplainDeps {
  readonly handler: Pick<ProxyHandler, "setup" | "loop" | "owners">;
  readonly catalog: ModelCatalog;
  readonly balancer: Balancer;
  readonly admission: Pick<Admission, "refusalOf">;
  readonly now: number;
}

type ApiPath = Extract<ParsedPath, { kind: "default" | "provider" | "native" }>;

/** A model is asked for by a chat; a path as it stands, with the model that is named beside it. */
export function explainRequest(question: ExplainQuestion, given: ExplainDeps): Explained {
  const token = restricted(question.token);
  const deps = { ...given, handler: scopedHandler(given.handler, token) };
  const isPath = question.request.startsWith("/");
  const { path: rawPath, query } = splitQuery(isPath ? question.request : CHAT);
  const { names, config } = deps.handler.setup;
  const parsed = parsePath(rawPath, names, config.server.repairPaths);
  const method = question.method?.toUpperCase();
  const model = isPath ? question.model : question.request;
  const told = { path: parsed.repaired?.to ?? rawPath, model, method: method ?? "GET", operation: parsed.kind };
  switch (parsed.kind) {
    case "default":
    case "provider":
    case "native":
      return explainApi({ parsed, query, given: method, model, path: told.path, token }, deps);
    case "error":
      return refused({ ...told, operation: "unknown" }, parsed.code);
    case "health":
    case "ready":
    case "metrics":
    case "admin-read":
      if (parsed.kind === "metrics" && !config.metrics.enabled) return refused(told, "not_found");
      return told.method === "GET" || told.method === "HEAD" ? answeredHere(told) : refused(told, "method_not_allowed");
    case "admin-api":
    case "admin-page":
      return answeredHere(told);
    case "old-page":
      // Programs get this; only a browser is led to the page.
      return refused({ ...told, operation: "unknown" }, "not_found");
    default:
      return parsed satisfies never;
  }
}

interface ApiQuestion {
  readonly parsed: ApiPath;
  readonly query: string;
  /** The method that was named. */
  readonly given: string | undefined;
  readonly model: string | undefined;
  readonly path: string;
  /** Where it may not do everything. */
  readonly token: KnownToken | undefined;
}

function scopedHandler(handler: ExplainDeps["handler"], token: KnownToken | undefined): ExplainDeps["handler"] {
  const { setup, loop, owners } = handler;
  return { setup: scopedSetup(setup, token), loop, owners };
}

function explainApi(question: ApiQuestion, deps: ExplainDeps): Explained {
  const { parsed, query, given, path, token } = question;
  const { setup } = deps.handler;
  const native = parsed.kind === "native";
  const vendor = native ? setup.providers.get(parsed.provider)?.dialect.nativeVendor : undefined;
  const rest = native ? parsed.path : parsed.rest;
  const method = given ?? (isReadBy(operationOf("POST", rest, vendor).name) ? "GET" : "POST");
  const operation = operationOf(method, rest, vendor);
  const named = vendor === undefined ? undefined : nativeFacts(rest, vendor).model;
  const model = named ?? (hasBody(method) ? question.model : undefined);
  const told = { method, path, operation: operation.name, model };
  if (NEVER_RELAYED.has(method)) return refused(told, "method_not_allowed");
  const barred = token?.scope?.refuseExpired(deps.now) ?? token?.scope?.refuseOperation(operation.name);
  if (barred !== undefined) return refusedBy(told, barred);
  const list = modelsAnswer(question, method, deps);
  if (list !== undefined && !list.ok)
    return list.code === "forbidden" ? refusedBy(told, FORBIDDEN.provider) : refused(told, list.code);
  if (list !== undefined) return answeredHere(told);
  const unread = token?.scope?.refuseModel(scopedOperation(operation, method), model);
  if (unread !== undefined) return refusedBy(told, unread);
  const routed = routeOf(parsed, query, model, setup);
  if (!routed.ok) return refusedFor(told, routed.code, token);
  return explainRouted({ question, told, operation, rest, vendor, routed }, deps);
}

interface RoutedQuestion {
  readonly question: ApiQuestion;
  readonly told: Told;
  readonly operation: Operation;
  readonly rest: string;
  readonly vendor: NativeVendor | undefined;
  readonly routed: Extract<RoutedModel, { ok: true }>;
}

function explainRouted(asked: RoutedQuestion, deps: ExplainDeps): Explained {
  const { question, told, operation, rest, vendor, routed } = asked;
  const { parsed, query, token } = question;
  const { method, model } = told;
  const { handler, balancer, now } = deps;
  const { setup, loop } = handler;
  const elsewhere = model === undefined && providerNamed(parsed, query) === undefined ? setup.routing.providers : [];
  const below = restBelowV1(rest, vendor);
  const { route } = routed;
  const pinned = pinOf({ method, operation, rest: below, query, vendor, route, elsewhere }, deps);
  // What a body of usual length will spend.
  const { estimate, affinity } = new BodyQuestions({ ...NO_BODY, operation, model }).need;
  const detours = new Detours();
  const need: Need = {
    hasKey: (name, keyId) => detours.allows(setup.providers.get(name), keyId),
    route: pinned?.route ?? route,
    operation: operation.name,
    client: "explain",
    ...(pinned && { pinnedKey: pinned.keyId, standIn: pinned.standIn }),
    ...(estimate && { estimate }),
  };
  const limited =
    token?.scope?.refuseRoute(need.route) ??
    (token && deps.admission.refusalOf(admissionQuestion(token, { method, operation, need, facts: NO_FACTS }, model)));
  if (limited !== undefined) return refusedBy(told, limited);
  const isAffine = affinity !== undefined && pinned === undefined;
  const meet = (asked: Need) => outcomeFor(asked, { setup, loop, balancer, now, isAffine });
  const find = () => searchedOutcome(need, pinned, { balancer, now, find: meet });
  const first = find();
  const outcome = first.picked !== undefined || !detours.lift() ? first : find();
  const target = outcome.picked?.target;
  const native = parsed.kind === "native";
  const sent = { native, rest, query, ...(target?.model !== undefined && { model: target.model }) };
  if (target !== undefined && !leadsSomewhere(target.provider, sent, setup)) return refused(told, "invalid_path");
  const rule = model === undefined && routed.rule === "default" ? NO_MODEL : RULES[routed.rule];
  return { ...told, rule: pinRule(rule, pinned, setup), ...outcome };
}

function isReadBy(operation: string): boolean {
  return READS.has(operation) || READ_OBJECT.test(operation);
}

/** RFC 9110, 9.3.1 and 9.3.2: what a body of these would mean is not defined. */
function hasBody(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

/** Model lists are answered from what was fetched; undefined for everything else. */
function modelsAnswer({ parsed, query, token }: ApiQuestion, method: string, { handler, catalog, now }: ExplainDeps) {
  const trace = beginTrace("explain", method, now);
  const answer = answerModels({ path: parsed, query, client: "explain", token }, handler.setup, { catalog, trace });
  if (answer === undefined) return undefined;
  return answer.ok ? ({ ok: true } as const) : ({ ok: false, code: trace.errorCode as ErrorCode } as const);
}

/** False where the address of the call would leave the provider. */
function leadsSomewhere(provider: string, target: UpstreamTarget, { providers }: Setup): boolean {
  const config = providers.get(provider)?.config;
  return config !== undefined && upstreamUrl(config, target) !== undefined;
}

const RULES: Readonly<Record<Extract<RoutedModel, { ok: true }>["rule"], string>> = {
  alias: "the model is a name under models",
  "default-has-it": "the default provider is known to have the model",
  prefix: "the model begins with the name of a provider",
  listed: "the provider is the first whose list has the model",
  default: "no provider is known to have the model, so the default one is asked",
  named: "the request names its provider",
};

const NO_MODEL = "the request names neither a provider nor a model, so the default provider is asked";

/** `query` is empty or begins with `?`. */
function splitQuery(text: string): { readonly path: string; readonly query: string } {
  const at = text.indexOf("?");
  return at < 0 ? { path: text, query: "" } : { path: text.slice(0, at), query: text.slice(at) };
}

function providerNamed(parsed: ApiPath, query: string): string | undefined {
  if (parsed.kind !== "default") return parsed.provider;
  return query === "" ? undefined : takeProviderParam(query).provider;
}

function routeOf(parsed: ApiPath, query: string, model: string | undefined, { names, routing }: Setup) {
  const named = providerNamed(parsed, query);
  if (named === undefined) return routeModel(model, routing);
  const found = names.byName.get(named) ?? names.byPath.get(named);
  const provider = routing.providers.find(({ name }) => name === found?.name);
  return provider === undefined
    ? ({ ok: false, code: "provider_not_found" } as const)
    : routeToProvider(provider, model);
}

type Told = Pick<Explained, "method" | "path" | "operation" | "model">;

function answeredHere(told: Told): Explained {
  return { ...told, ...NOTHING, rule: "this daemon answers it itself" };
}

/** A token for some providers is not told which others there are. */
function refusedFor(told: Told, code: ErrorCode, token: KnownToken | undefined): Explained {
  return token?.scope?.limitsProviders === true ? refusedBy(told, FORBIDDEN.provider) : refused(told, code);
}

/** By what the token may not do, or has spent. */
function refusedBy(told: Told, { ok: _, ...refusal }: TokenRefusal): Explained {
  return { ...told, ...NOTHING, refusal: refusalOf(refusal) };
}

function refused({ method, path, operation, model }: Told, code: ErrorCode): Explained {
  return { method, path, operation, model, ...NOTHING, refusal: refusalOf({ code }) };
}
