// Decides whether only one key may serve a request, because only its account has the objects that it names.
import type { Need } from "../balancer/contract.ts";
import type { Provider } from "../upstream/provider.ts";
import type { BodyFacts } from "./body-facts.ts";
import type { Operation } from "./operation.ts";
import type { Owner, StatefulOwners } from "./stateful-owners.ts";

export interface PinInput {
  readonly operation: Operation;
  /** What followed `/v1`. */
  readonly rest: string;
  readonly facts: BodyFacts;
  readonly route: Need["route"];
  readonly providers: ReadonlyMap<string, Provider>;
  readonly owners: Pick<StatefulOwners, "ownerOf">;
}

export interface Pinned {
  readonly route: Need["route"];
  readonly keyId: string;
}

/**
 * `/responses/{id}` and what lies below it; `compact` and `input_tokens` are operations, not ids. Google's interactions
 * are as much.
 */
const RESPONSE_ID = /^\/(?:responses\/(?=resp_)|v1(?:alpha|beta)?\/interactions\/)([^/:]+)/;

/**
 * The one key and its route, or undefined where every key will do. An id whose maker is remembered goes to that key;
 * everything else that needs an account (unknown ids, conversations, background work, files and the like, encrypted
 * reasoning) goes to the stateful key of the route's first provider.
 */
export function pinKey(input: PinInput): Pinned | undefined {
  const { facts, operation, rest } = input;
  const objectId = facts.previousResponseId ?? RESPONSE_ID.exec(rest)?.[1];
  const owner = objectId === undefined ? undefined : input.owners.ownerOf(objectId);
  if (owner !== undefined && mayServe(owner, input)) {
    return { route: routeTo(owner.provider, input), keyId: owner.keyId };
  }
  const needsAccount =
    objectId !== undefined ||
    operation.stateful ||
    facts.hasConversation ||
    facts.background === true ||
    facts.hasEncryptedContent;
  return needsAccount ? statefulKey(input) : undefined;
}

// A remembered owner counts only inside the route: a provider form never leaves its provider.
function mayServe(owner: Owner, { route, providers }: PinInput): boolean {
  const isOnRoute = route.some((tier) => tier.some((target) => target.provider === owner.provider));
  return isOnRoute && providers.get(owner.provider)?.keys.has(owner.keyId) === true;
}

function statefulKey(input: PinInput): Pinned | undefined {
  const first = input.route[0]?.[0];
  const provider = first === undefined ? undefined : input.providers.get(first.provider);
  if (first === undefined || provider === undefined) return undefined;
  const keyId = provider.config.statefulKey ?? provider.config.keys[0]?.id;
  return keyId === undefined ? undefined : { route: routeTo(first.provider, input), keyId };
}

function routeTo(provider: string, { route }: PinInput): Need["route"] {
  const target = route.flat().find((found) => found.provider === provider);
  return target === undefined ? [] : [[target]];
}
