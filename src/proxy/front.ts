// Reads a client request up to the point where attempts can begin.
import type { Balancer } from "../balancer/balancer.ts";
import type { KeyPlace, Need } from "../balancer/contract.ts";
import type { KnownToken } from "../tokens/known-token.ts";
import { FORBIDDEN } from "../tokens/token-refusal.ts";
import type { NativeVendor } from "../upstream/dialect.ts";
import type { ErrorCode } from "./answer/error-table.ts";
import type { BodyFacts } from "./body/body-facts.ts";
import type { BodyNotRead } from "./body/body-not-read.ts";
import { BodyQuestions } from "./body/body-questions.ts";
import { mayNameFurtherModels } from "./body/further-models.ts";
import { isForm, peekBody } from "./body/peek-body.ts";
import { readBody } from "./body/read-body.ts";
import { keepBody } from "./body/recorded-body.ts";
import type { Upload } from "./body/upload.ts";
import type { ClientRequest } from "./client-request.ts";
import { type Ephemeral, pinToSecret } from "./entrance/issued-book.ts";
import { routeModel, routeToProvider } from "./models/route-model.ts";
import { listKeys } from "./objects/object-lists.ts";
import type { ObjectOwners } from "./objects/object-owners.ts";
import { ObjectSearch } from "./objects/object-search.ts";
import { scopedOperation } from "./paths/model-operations.ts";
import { nativeFacts, restBelowV1 } from "./paths/native-operations.ts";
import type { Operation } from "./paths/operation.ts";
import { isRead, operationOf } from "./paths/operations.ts";
import type { ParsedPath } from "./paths/parse-path.ts";
import { takeProviderParam } from "./paths/query-params.ts";
import { type Pinned, pinKey, pinToKey } from "./pin-key.ts";
import type { Setup } from "./setup.ts";
import { shownName } from "./shown-name.ts";
import type { Timing } from "./timing.ts";
import type { Trace } from "./trace.ts";

/** A path of the API; `query` without what was meant for this program. */
export interface ApiTarget {
  readonly path: Extract<ParsedPath, { kind: "default" | "provider" | "native" }>;
  readonly query: string;
  readonly client: string;
  /** The client's token, where it may not do everything. */
  readonly token?: KnownToken | undefined;
  /** The same, also where it may do everything. */
  readonly opener?: KnownToken | undefined;
  /** What the client proved itself with in place of a token. */
  readonly ephemeral?: Ephemeral | undefined;
  /** The only key that may serve it; undefined: as the request says. */
  readonly pin?: KeyPlace | undefined;
}

export interface FrontDeps {
  readonly setup: Setup;
  readonly timing: Pick<Timing, "now" | "schedule">;
  readonly owners: ObjectOwners;
  readonly balancer: Balancer;
  /** The request is read: the server's idle timeout no longer applies to it. */
  readonly onRead: () => void;
}

const NO_PARAM = { provider: undefined, query: "" };

/** Why a request goes no further. */
export interface FrontFailure {
  readonly ok: false;
  readonly code: ErrorCode | "client_gone";
  readonly detail?: string;
  /** In place of the code's own text. */
  readonly text?: string;
  readonly retryAfterMs?: number;
}

/** `release` gives back the memory that the body is accounted for. */
export type FrontResult = { readonly ok: true; readonly request: ClientRequest; release(): void } | FrontFailure;

interface Addressed {
  readonly provider: string | undefined;
  readonly rest: string;
  readonly native: boolean;
  readonly query: string;
  /** Whose native path it is. */
  readonly vendor: NativeVendor | undefined;
}

/** Reads the body, finds operation, model and route. */
export async function readRequest(
  request: Request,
  target: ApiTarget,
  deps: FrontDeps,
  trace: Trace,
): Promise<FrontResult> {
  const { setup } = deps;
  const addressed = address(target, setup);
  const operation = operationOf(request.method, addressed.rest, addressed.vendor);
  trace.operation = operation.name;
  trace.route = operation.template;
  const forbidden = target.token?.scope?.refuseOperation(operation.name);
  if (forbidden !== undefined) return forbidden;
  const { maxBodyBytes, maxUploadBytes, bodyTimeoutMs } = setup.config.server;
  const limits = { maxBodyBytes, maxUploadBytes, bodyTimeoutMs };
  const readAt = deps.timing.now();
  const body = await readBody(request, { ...limits, pool: setup.bodies, timing: deps.timing });
  deps.onRead();
  if (!body.ok || body.bytes !== null) trace.bodyMs = Math.max(0, deps.timing.now() - readAt);
  if (!body.ok) return notRead(body, trace);
  trace.bytesIn = body.bytes?.length ?? 0;
  if (setup.config.requests.recordBodies === "on_error") keepBody(trace, body.bytes, setup.bodies);
  let isKept = false;
  try {
    const found = resolve({ request, target, addressed, operation, body: body.bytes }, deps, trace);
    if (!found.ok) return found;
    if (body.upload !== undefined && goesAstray(found.request, trace)) return behindFile(body.upload);
    isKept = true;
    const release = () => {
      found.questions?.forget();
      body.release();
    };
    return { ok: true, request: withUpload(found.request, body.upload), release };
  } finally {
    if (!isKept) body.release();
  }
}

function notRead({ arrivedBytes, ...failure }: BodyNotRead, trace: Trace): FrontFailure {
  trace.bytesIn = arrivedBytes ?? 0;
  return failure;
}

function behindFile({ isLate }: Upload): FrontFailure {
  const code = isLate ? "request_timeout" : "request_too_large";
  const detail = "it would be sent on while it arrives, but the field model does not stand before the file";
  return { ok: false, code, detail };
}

/** Of an upload only the head was read: a model behind it would have decided where the request goes. */
function goesAstray({ operation, headers }: ClientRequest, { model }: Trace): boolean {
  return model === undefined && !operation.stateful && isForm(headers.get("content-type"));
}

/** The client leaves an upload also by sending no more of it. */
function withUpload(request: ClientRequest, upload: Upload | undefined): ClientRequest {
  return upload === undefined
    ? request
    : { ...request, upload, signal: AbortSignal.any([request.signal, upload.signal]) };
}

interface Read {
  readonly request: Request;
  readonly target: ApiTarget;
  readonly addressed: Addressed;
  readonly operation: Operation;
  readonly body: Uint8Array | null;
}

interface Resolved {
  readonly ok: true;
  readonly request: ClientRequest;
  readonly questions: BodyQuestions | undefined;
}

function resolve(read: Read, deps: FrontDeps, trace: Trace): Resolved | FrontFailure {
  const { request, target, addressed, operation, body } = read;
  const { rest, query, native, vendor } = addressed;
  const contentType = request.headers.get("content-type");
  const inPath = vendor === undefined ? undefined : nativeFacts(rest, vendor);
  const facts = factsOf(read, inPath?.model);
  const model = inPath?.model ?? facts.model;
  const wantsStream = inPath?.stream ?? facts.stream === true;
  trace.model = shownName(model);
  trace.isStream = wantsStream;
  if (facts.ambiguous !== undefined) return { ok: false, code: "ambiguous_body", detail: `field "${facts.ambiguous}"` };
  const scope = target.token?.scope;
  const refusal = scope?.refuseModel(scopedOperation(operation, request.method, facts), model);
  if (refusal !== undefined) return refusal;
  const routed = route(addressed, model, deps.setup);
  if (!routed.ok) return scope?.limitsProviders === true ? FORBIDDEN.provider : routed;
  const pinned = pinOf(read, { facts, model, route: routed.route }, deps);
  const isFree = isRead(request.method);
  const asked = body === null || isFree ? undefined : { bytes: body, contentType, facts, operation, model };
  const questions = asked && new BodyQuestions(asked);
  const need: Need = {
    route: pinned?.route ?? routed.route,
    operation: operation.name,
    client: target.client,
    ...(pinned && { pinnedKey: pinned.keyId, standIn: pinned.standIn }),
    ...(isFree && { isFree }),
    ...questions?.need,
    ...(target.ephemeral && pinToSecret(target.ephemeral)),
  };
  const misled = scope?.refuseRoute(need.route);
  if (misled !== undefined) return misled;
  const { method, headers, signal } = request;
  const { receivedAt } = trace;
  const computes = operation.computes && facts.background !== true;
  const common = { method, operation, computes, native, rest, query, headers, body, facts, wantsStream };
  const objects = objectsOf(pinned, { method, operation, query, need }, deps);
  const ownSecret = target.ephemeral?.secret;
  return { ok: true, request: { ...common, ...objects, need, ownSecret, signal, receivedAt }, questions };
}

function factsOf({ request, target, addressed, body }: Read, inPath: string | undefined): BodyFacts {
  const facts = peekBody(body, request.headers.get("content-type"), addressed.vendor);
  const isSure = target.token === undefined || !mayNameFurtherModels(body, facts, inPath);
  return isSure ? facts : { ...facts, namesMoreModels: true };
}

/** Where the objects are looked for, or listed, that the request is for. */
function objectsOf(
  pinned: Pinned | undefined,
  asked: Pick<ClientRequest, "method" | "operation" | "query" | "need">,
  { setup: { providers }, balancer, owners, timing }: FrontDeps,
): Pick<ClientRequest, "search" | "listKeys"> {
  if (pinned === undefined) return {};
  const isSearch = pinned.search?.asksOthers === true;
  return {
    search: pinned.search && new ObjectSearch(pinned.search, { balancer, owners, now: timing.now }),
    listKeys: listKeys({ ...asked, isSearch, providers, balancer }, timing.now()),
  };
}

interface Routed {
  readonly facts: BodyFacts;
  readonly model: string | undefined;
  readonly route: Need["route"];
}

function pinOf(read: Read, { facts, model, route }: Routed, deps: FrontDeps): Pinned | undefined {
  const { request, target, addressed, operation, body } = read;
  if (target.pin !== undefined) return pinToKey(target.pin, { route, model });
  const { rest, query, vendor, provider } = addressed;
  const { setup, owners, balancer } = deps;
  return pinKey({
    ...{ method: request.method, operation, rest: restBelowV1(rest, vendor), query, vendor, facts, body },
    ...{ route, elsewhere: provider === undefined && model === undefined ? setup.routing.providers : [] },
    ...{ providers: setup.providers, owners, balancer, maxWaitMs: setup.config.queue.maxWaitMs },
  });
}

/** What a target asks for: a provider or none, and the path there. */
export function address({ path, query }: ApiTarget, { providers }: Setup): Addressed {
  switch (path.kind) {
    case "default": {
      const taken = query === "" ? NO_PARAM : takeProviderParam(query);
      return { provider: taken.provider, rest: path.rest, native: false, query: taken.query, vendor: undefined };
    }
    case "provider":
      return { provider: path.provider, rest: path.rest, native: false, query, vendor: undefined };
    case "native": {
      const vendor = providers.get(path.provider)?.dialect.nativeVendor;
      return { provider: path.provider, rest: path.path, native: true, query, vendor };
    }
    default:
      return path satisfies never;
  }
}

/** Where a model goes. A name in ?provider= may be a provider's path too, as in the path form. */
export function route(addressed: Addressed, model: string | undefined, { routing, names }: Setup) {
  if (addressed.provider === undefined) return routeModel(model, routing);
  const found = names.byName.get(addressed.provider) ?? names.byPath.get(addressed.provider);
  const provider = routing.providers.find(({ name }) => name === found?.name);
  return provider === undefined
    ? ({ ok: false, code: "provider_not_found" } as const)
    : routeToProvider(provider, model);
}
