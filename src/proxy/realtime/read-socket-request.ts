// Reads a request for a WebSocket up to the point where attempts can begin.
import type { Balancer } from "../../balancer/balancer.ts";
import type { Need } from "../../balancer/contract.ts";
import { FORBIDDEN } from "../../tokens/token-refusal.ts";
import type { ErrorCode } from "../answer/error-table.ts";
import { NO_FACTS } from "../body/body-facts.ts";
import type { ClientRequest } from "../client-request.ts";
import { pinToSecret } from "../entrance/issued-book.ts";
import { type ApiTarget, address, type FrontFailure, route } from "../front.ts";
import type { ObjectOwners } from "../objects/object-owners.ts";
import { ObjectSearch } from "../objects/object-search.ts";
import { nativeFacts } from "../paths/native-operations.ts";
import type { Operation } from "../paths/operation.ts";
import { pinKey } from "../pin-key.ts";
import type { Setup } from "../setup.ts";
import { shownName } from "../shown-name.ts";
import type { Trace } from "../trace.ts";
import { socketFacts } from "./socket-operation.ts";

export interface SocketFrontDeps {
  readonly setup: Setup;
  readonly owners: ObjectOwners;
  readonly balancer: Balancer;
  readonly now: () => number;
}

export type SocketFront =
  | { readonly ok: true; readonly request: ClientRequest }
  | (Omit<FrontFailure, "code"> & { readonly code: ErrorCode });

/** What every one of them is as an HTTP request. */
const HANDSHAKE = { method: "GET", body: null, wantsStream: true };

/** Finds operation, model and route, as the address says them. */
export function readSocketRequest(
  request: Request,
  target: ApiTarget,
  { setup, owners, balancer, now }: SocketFrontDeps,
  trace: Trace,
): SocketFront {
  const addressed = address(target, setup);
  const { rest, query, native, vendor } = addressed;
  const found = socketFacts(rest, query, vendor);
  const { operation, objectPath } = found;
  const model = (vendor && nativeFacts(rest, vendor).model) ?? found.model;
  note(trace, operation, model);
  const scope = target.token?.scope;
  const forbidden =
    scope?.refuseOperation(operation.name) ??
    scope?.refuseModel({ name: operation.name, namesModel: found.keepsModel && found.model === model }, model);
  if (forbidden !== undefined) return forbidden;
  const routed = route(addressed, model, setup);
  if (!routed.ok) return scope?.limitsProviders === true ? FORBIDDEN.provider : routed;
  const facts = { ...NO_FACTS, namesMoreModels: found.namesMoreModels, ...(model !== undefined && { model }) };
  const elsewhere = addressed.provider === undefined && model === undefined ? setup.routing.providers : [];
  const pinned = pinKey({
    ...{ method: "GET", operation, rest: objectPath, query: "", vendor, facts, body: null },
    ...{ route: routed.route, elsewhere, providers: setup.providers, owners, balancer, maxWaitMs: 0 },
  });
  const need: Need = {
    route: pinned?.route ?? routed.route,
    operation: operation.name,
    client: target.client,
    ...(pinned && { pinnedKey: pinned.keyId, standIn: pinned.standIn }),
    ...(target.ephemeral && pinToSecret(target.ephemeral)),
  };
  const misled = scope?.refuseRoute(need.route);
  if (misled !== undefined) return misled;
  const { headers, signal } = request;
  const search = pinned?.search && new ObjectSearch(pinned.search, { balancer, owners, now });
  const ownSecret = target.ephemeral?.secret;
  const asked = { operation, native, rest, query, headers, facts, need, search, ownSecret, signal };
  return { ok: true, request: { ...asked, ...HANDSHAKE, computes: operation.computes, receivedAt: trace.receivedAt } };
}

function note(trace: Trace, { name, template }: Operation, model: string | undefined): void {
  trace.operation = name;
  trace.route = template;
  trace.model = shownName(model);
  trace.isStream = true;
}
