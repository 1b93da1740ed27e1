// Reads a client request up to the point where attempts can begin.
import type { Need } from "../balancer/contract.ts";
import type { ClientRequest } from "./client-request.ts";
import type { ErrorCode } from "./error-table.ts";
import { nativeFacts } from "./native-operations.ts";
import { operationOf } from "./operations.ts";
import type { ParsedPath } from "./parse-path.ts";
import { peekBody } from "./peek-body.ts";
import { pinKey } from "./pin-key.ts";
import { takeProviderParam } from "./query-params.ts";
import { readBody } from "./read-body.ts";
import { routeModel, routeToProvider } from "./route-model.ts";
import type { Setup } from "./setup.ts";
import type { StatefulOwners } from "./stateful-owners.ts";
import type { Schedule } from "./timing.ts";
import type { Trace } from "./trace.ts";

/** A path of the API; `query` without what was meant for this program. */
export interface ApiTarget {
  readonly path: Extract<ParsedPath, { kind: "default" | "provider" | "native" }>;
  readonly query: string;
  readonly client: string;
}

export interface FrontDeps {
  readonly setup: Setup;
  readonly owners: StatefulOwners;
  readonly schedule: Schedule;
  /** The request is read: the server's idle timeout no longer applies to it. */
  readonly onRead: () => void;
}

/** `release` gives back the memory that the body is accounted for. */
export type FrontResult =
  | { readonly ok: true; readonly request: ClientRequest; release(): void }
  | { readonly ok: false; readonly code: ErrorCode | "client_gone"; readonly detail?: string };

interface Addressed {
  readonly provider: string | undefined;
  readonly rest: string;
  readonly native: boolean;
  readonly query: string;
}

/** Reads the body, finds operation, model and route. */
export async function readRequest(
  request: Request,
  target: ApiTarget,
  deps: FrontDeps,
  trace: Trace,
): Promise<FrontResult> {
  const { setup } = deps;
  const addressed = address(target);
  const dialect = addressed.native ? setup.providers.get(addressed.provider ?? "")?.config.dialect : undefined;
  const operation = operationOf(request.method, addressed.rest, dialect);
  trace.operation = operation.name;
  trace.route = operation.template;
  const { maxBodyBytes, bodyTimeoutMs } = setup.config.server;
  const body = await readBody(request, { maxBodyBytes, bodyTimeoutMs, pool: setup.bodies, schedule: deps.schedule });
  deps.onRead();
  if (!body.ok) return body;
  trace.bytesIn = body.bytes?.length ?? 0;
  const facts = peekBody(body.bytes, request.headers.get("content-type"));
  const native = dialect === undefined ? {} : nativeFacts(addressed.rest, dialect);
  const model = native.model ?? facts.model;
  trace.model = model;
  const wantsStream = native.stream ?? facts.stream === true;
  trace.isStream = wantsStream;
  const refuse = (code: ErrorCode, detail?: string): FrontResult => {
    body.release();
    return { ok: false, code, ...(detail === undefined ? {} : { detail }) };
  };
  if (facts.ambiguous !== undefined) return refuse("ambiguous_body", `field "${facts.ambiguous}"`);
  const routed = route(addressed, model, setup);
  if (!routed.ok) return refuse(routed.code);
  const { rest, query } = addressed;
  const ownerOf = (id: string) => deps.owners.ownerOf(id);
  const pinned = pinKey({ operation, rest, facts, route: routed.route, providers: setup.providers, ownerOf });
  const need: Need = {
    route: pinned?.route ?? routed.route,
    operation: operation.name,
    client: target.client,
    ...(pinned && { pinnedKey: pinned.keyId }),
  };
  const clientRequest: ClientRequest = {
    method: request.method,
    operation,
    computes: operation.computes && facts.background !== true,
    native: addressed.native,
    rest,
    query,
    headers: request.headers,
    body: body.bytes,
    facts,
    wantsStream,
    need,
    signal: request.signal,
    receivedAt: trace.receivedAt,
  };
  return { ok: true, request: clientRequest, release: body.release };
}

function address({ path, query }: ApiTarget): Addressed {
  switch (path.kind) {
    case "default": {
      const taken = takeProviderParam(query);
      return { provider: taken.provider, rest: path.rest, native: false, query: taken.query };
    }
    case "provider":
      return { provider: path.provider, rest: path.rest, native: false, query };
    case "native":
      return { provider: path.provider, rest: path.path, native: true, query };
    default:
      return path satisfies never;
  }
}

// A name in ?provider= may be a provider's path too, as in the path form.
function route(addressed: Addressed, model: string | undefined, { routing, names }: Setup) {
  if (addressed.provider === undefined) return routeModel(model, routing);
  const found = names.byName.get(addressed.provider) ?? names.byPath.get(addressed.provider);
  const provider = routing.providers.find(({ name }) => name === found?.name);
  return provider === undefined
    ? ({ ok: false, code: "provider_not_found" } as const)
    : routeToProvider(provider, model);
}
