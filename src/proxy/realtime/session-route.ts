// Where a session of the Responses API goes, whose messages name what its address does not: a model, and responses.
import type { Balancer } from "../../balancer/balancer.ts";
import type { Candidate, Need } from "../../balancer/contract.ts";
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";
import type { BodyFacts } from "../body/body-facts.ts";
import { peekBody } from "../body/peek-body.ts";
import { replaceModel } from "../body/replace-model.ts";
import type { ClientRequest } from "../client-request.ts";
import { type ApiTarget, address, route } from "../front.ts";
import type { ObjectOwners } from "../objects/object-owners.ts";
import { pinKey } from "../pin-key.ts";
import type { Setup } from "../setup.ts";

export interface SessionRouteDeps {
  readonly setup: Setup;
  readonly owners: ObjectOwners;
  readonly balancer: Pick<Balancer, "accountOf" | "hasHolder">;
  readonly now: () => number;
}

/** A message has the fields of a request's body at its top (`ResponsesClientEvent` of the openai package). */
const JSON_TYPE = "application/json";

/** Whether its messages may say where a session goes. */
export function isRoutedByMessages({ operation, facts, native }: ClientRequest): boolean {
  return operation.name === "responses" && facts.model === undefined && !native;
}

export class SessionRoute {
  readonly #request: ClientRequest;
  readonly #target: ApiTarget;
  readonly #deps: SessionRouteDeps;
  #isKnown = false;
  #moved: ClientRequest | undefined;
  #model: string | undefined;
  #upstreamModel: string | undefined;

  constructor(request: ClientRequest, target: ApiTarget, deps: SessionRouteDeps) {
    this.#request = request;
    this.#target = target;
    this.#deps = deps;
  }

  /** That of the first message. */
  get model(): string | undefined {
    return this.#model;
  }

  /** The same as the provider names it that was sent it last. */
  get upstreamModel(): string | undefined {
    return this.#upstreamModel;
  }

  /** The request as the first message completes it, where that led elsewhere. */
  get moved(): ClientRequest | undefined {
    return this.#moved;
  }

  /**
   * Whether the first message is for others than this key, which was asked before it was known. Where others may serve
   * besides, the search for a key begins anew, too, so that they are asked when it fails.
   */
  leadsElsewhere({ isText, bytes }: SocketMessage, { provider, keyId }: Candidate): boolean {
    if (this.#isKnown || !isText) return false;
    const facts = peekBody(bytes, JSON_TYPE);
    const need = this.#needOf(bytes, facts);
    if (need === undefined) return false;
    this.#isKnown = true;
    this.#model = facts.model;
    const isHere = need.route.flat().every((target) => target.provider === provider);
    if (isHere && this.#mayServe(need, { provider, keyId })) return false;
    this.#moved = { ...this.#request, facts, need, receivedAt: this.#deps.now() };
    return true;
  }

  /** The message under the provider's name of its model. */
  under(provider: string, message: SocketMessage): SocketMessage {
    if (!message.isText) return message;
    const facts = peekBody(message.bytes, JSON_TYPE);
    const name = this.#targetsOf(facts)?.find((target) => target.provider === provider)?.model;
    if (facts.model !== undefined && facts.model === this.#model) this.#upstreamModel = name;
    if (name === undefined || name === facts.model) return message;
    const { buffer, byteOffset, length } = replaceModel(message.bytes, facts, name);
    return { isText: true, bytes: Buffer.from(buffer, byteOffset, length) };
  }

  #targetsOf({ model }: BodyFacts) {
    const { setup } = this.#deps;
    const routed = model === undefined ? undefined : route(address(this.#target, setup), model, setup);
    return routed?.ok === true ? routed.route.flat() : undefined;
  }

  #needOf(body: Uint8Array, facts: BodyFacts): Need | undefined {
    const { setup, owners, balancer } = this.#deps;
    const { operation, rest, need } = this.#request;
    const { model } = facts;
    const addressed = address(this.#target, setup);
    const routed = model === undefined ? { ok: true as const, route: need.route } : route(addressed, model, setup);
    if (!routed.ok) return undefined;
    const scope = this.#target.token?.scope;
    const elsewhere = addressed.provider === undefined && model === undefined ? setup.routing.providers : [];
    const asked = { method: "POST", operation, rest, query: "", vendor: undefined, facts, body };
    const holders = { providers: setup.providers, owners, balancer, maxWaitMs: 0 };
    const pinned = pinKey({ ...asked, ...holders, route: routed.route, elsewhere });
    // Who made what it names is known; where nobody knows, the key at hand will do as well as any.
    const owner = pinned?.objectId === undefined ? undefined : pinned;
    if (owner === undefined && model === undefined) return undefined;
    const found = owner?.route ?? routed.route;
    if (scope?.refuseRoute(found) !== undefined) return undefined;
    return { ...need, route: found, ...(owner && { pinnedKey: owner.keyId, standIn: owner.standIn }) };
  }

  #mayServe({ pinnedKey, standIn }: Need, key: Pick<Candidate, "provider" | "keyId">): boolean {
    if (pinnedKey === undefined || pinnedKey === key.keyId) return true;
    return standIn?.account !== undefined && standIn.account === this.#deps.balancer.accountOf(key);
  }
}
