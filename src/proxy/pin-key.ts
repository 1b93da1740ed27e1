// Decides which key's account a request needs, because that has the objects which it names, or will get those it makes.
import type { Balancer } from "../balancer/balancer.ts";
import type { KeyPlace, Need, StandIn, Target } from "../balancer/contract.ts";
import type { Provider } from "../upstream/provider.ts";
import { fingerprintOf } from "./objects/encrypted-content.ts";
import { goneText } from "./objects/gone-text.ts";
import { type NamedObject, objectsNamed, type RequestQuestion } from "./objects/ids-in-request.ts";
import { lastNamedValues } from "./objects/named-values.ts";
import type { ObjectOwners, Owner } from "./objects/object-owners.ts";
import type { SearchFacts } from "./objects/object-search.ts";
import { ACCOUNT_FAMILIES } from "./paths/operation-table.ts";

export interface PinInput extends RequestQuestion {
  readonly method: string;
  readonly route: Need["route"];
  /** Where an object may be besides: no provider is named, and no model chose one. Only those that the client may use. */
  readonly elsewhere: readonly { readonly name: string }[];
  readonly providers: ReadonlyMap<string, Provider>;
  /** For how long requests wait for a key at most. */
  readonly maxWaitMs: number;
  readonly owners: Pick<ObjectOwners, "ownerOf" | "isMissing">;
  readonly balancer: Pick<Balancer, "accountOf" | "hasHolder">;
}

export interface Pinned {
  readonly route: Need["route"];
  readonly keyId: string;
  /** Undefined: nobody may. */
  readonly standIn: StandIn | undefined;
  readonly search: SearchFacts | undefined;
  /** The object that decided it. */
  readonly objectId?: string;
}

/** Of many the last ones say most: the conversation went on from there. */
const MOST_ENCRYPTED = 8;

/**
 * The key and its route, or undefined where every key will do. The first object whose maker is known decides: those of
 * the path first, then what the request goes on from, then others of its body, then encrypted reasoning. What needs an
 * account that nobody knows goes to the stateful key of the route's first provider, and is looked for from there.
 */
export function pinKey(input: PinInput): Pinned | undefined {
  const { operation, facts } = input;
  const named = objectsNamed(input);
  const known = firstKnown(named, input);
  if (known?.isLeft === true) return ofOwner(known, input);
  const reasoning = facts.hasEncryptedContent ? reasoningIn(input) : [];
  const knownReasoning = firstKnown(reasoning, input);
  if (known === undefined && knownReasoning?.isLeft === true) return ofOwner(knownReasoning, input);
  const gone = known ?? knownReasoning;
  const unknown = named.filter(({ needsAccount, id }) => needsAccount || id === gone?.id);
  const lookedFor = [...unknown, ...reasoning.slice(0, 1)];
  const needsAccount = operation.stateful || facts.hasConversation || facts.hasEncryptedContent || lookedFor.length > 0;
  return needsAccount ? ofStatefulKey(input, lookedFor, gone) : undefined;
}

/** That key alone, by what the route says of its provider; where that says nothing the model is asked for as it is named. */
export function pinToKey(
  { provider, keyId }: KeyPlace,
  { route, model }: Pick<PinInput, "route"> & { readonly model: string | undefined },
): Pinned {
  const own = route.map((tier) => tier.filter((target) => target.provider === provider));
  const left = own.filter((tier) => tier.length > 0);
  return { route: left.length > 0 ? left : [[{ provider, model }]], keyId, standIn: undefined, search: undefined };
}

interface Known {
  readonly id: string;
  readonly owner: Owner;
  readonly target: Target | undefined;
  /** Somebody who has it can be asked. */
  readonly isLeft: boolean;
}

function firstKnown(named: readonly NamedObject[], input: PinInput): Known | undefined {
  for (const { id } of named) {
    const known = knownOf(id, input);
    if (known !== undefined) return known;
  }
  return undefined;
}

// An owner counts only inside the route: a provider form never leaves its provider.
function knownOf(id: string, input: PinInput): Known | undefined {
  const { owners, providers, elsewhere, balancer } = input;
  const owner = owners.ownerOf(id);
  if (owner === undefined) return undefined;
  const target = targetOf(owner.provider, input);
  const isLeft = balancer.hasHolder(owner, { account: owner.account, anyAfterMs: undefined });
  // One that is there, and not for this client, is nothing to speak of. Who may not use all providers hears of no other.
  const isHidden =
    target === undefined && (isLeft || elsewhere.length < providers.size || providers.has(owner.provider));
  return isHidden ? undefined : { id, owner, target, isLeft };
}

function targetOf(provider: string, { route, elsewhere }: PinInput): Target | undefined {
  const onRoute = route.flat().find((target) => target.provider === provider);
  if (onRoute !== undefined) return onRoute;
  return elsewhere.some(({ name }) => name === provider) ? { provider, model: undefined } : undefined;
}

function ofOwner({ id, owner, target }: Known, { providers }: PinInput): Pinned {
  const hasNoMaker = providers.get(owner.provider)?.keys.has(owner.keyId) !== true;
  return {
    route: target === undefined ? [] : [[target]],
    keyId: owner.keyId,
    standIn: { account: owner.account, anyAfterMs: undefined },
    search: { provider: owner.provider, ids: [], asksOthers: false, hasNoMaker },
    objectId: id,
  };
}

/** Nobody but its maker's organisation can read it; where that is gone others may be asked all the same. The last first. */
function reasoningIn({ body }: PinInput): readonly NamedObject[] {
  if (body === null) return [];
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return lastNamedValues(text, "encrypted_content", MOST_ENCRYPTED).map((content) => ({
    id: fingerprintOf(content),
    needsAccount: true,
    isSubject: false,
  }));
}

function ofStatefulKey(input: PinInput, unknown: readonly NamedObject[], gone: Known | undefined): Pinned | undefined {
  // Other keys of its provider may share its account, though nobody said so.
  const first = gone?.target ?? input.route[0]?.[0];
  const provider = first === undefined ? undefined : input.providers.get(first.provider);
  const keyId = provider?.config.statefulKey ?? provider?.config.keys[0]?.id;
  if (first === undefined || keyId === undefined) return undefined;
  const { balancer, facts } = input;
  const account = balancer.accountOf({ provider: first.provider, keyId });
  const isFor = unknown.length > 0 || facts.hasConversation || facts.hasEncryptedContent || gone !== undefined;
  const isNew = !isFor && makesObjects(input);
  if (isNew && provider?.config.newObjects === "any_key") return undefined;
  return {
    route: [[first]],
    keyId,
    standIn: { account, anyAfterMs: isNew ? input.maxWaitMs : undefined },
    search: isFor ? searchFor(first.provider, { unknown, gone }, input) : undefined,
  };
}

interface Sought {
  readonly unknown: readonly NamedObject[];
  readonly gone: Known | undefined;
}

function searchFor(provider: string, { unknown, gone }: Sought, { owners, providers }: PinInput): SearchFacts {
  const isInVain = unknown.length > 0 && unknown.every(({ id }) => owners.isMissing(id, provider));
  // What another provider has stays its own, whatever this one makes of the id.
  const open = unknown.filter(({ id }) => id === gone?.id || owners.ownerOf(id) === undefined);
  return {
    provider,
    ids: open.map(({ id }) => id),
    subjects: open.flatMap(({ id, isSubject }) => (isSubject ? id : [])),
    asksOthers: !isInVain,
    hasNoMaker: true,
    lost: gone && goneText(gone.id, gone.owner, providers),
  };
}

/** A call without any id makes something new, or starts something of its own, unless it sets up the account. */
function makesObjects({ method, operation }: PinInput): boolean {
  if (method !== "POST" || !operation.stateful || /[{*]/.test(operation.name)) return false;
  return !ACCOUNT_FAMILIES.has(operation.name.split("/", 1)[0] ?? "");
}
