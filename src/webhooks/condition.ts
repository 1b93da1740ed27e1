// How it stands with one key, provider, model or pool, as webhooks are told of it.
import type { Change } from "../balancer/contract.ts";
import type { PoolShare } from "../balancer/pool-share.ts";
import type { WebhookEvent } from "../config/webhook-events.ts";

/** What is told beside the event; what does not apply is absent. */
export interface EventFacts {
  readonly provider?: string;
  readonly keyId?: string;
  readonly key?: string;
  readonly model?: string;
  /** A quota group, where all of it is concerned. */
  readonly group?: string;
  readonly reason?: string;
  readonly status?: number;
  /** What the provider said. */
  readonly message?: string;
  /** When it is tried again, in wall-clock milliseconds. */
  readonly until?: number;
  /** Keys of the pool that are usable, of how many. */
  readonly usable?: number;
  readonly total?: number;
  /** Request records that were dropped since the daemon started. */
  readonly dropped?: number;
}

/**
 * `fault`: the event that tells what is wrong; undefined where all is well. `recovery`: the event that tells the end of
 * it. `isMoment`: it has no end that anybody hears of. `isSilent`: nobody is told, what was told before is void.
 * `also`: subjects that begin so are well again too.
 */
export interface Condition {
  /** What it is about: one fault of a subject replaces another. */
  readonly subject: string;
  readonly fault: WebhookEvent | undefined;
  readonly recovery: WebhookEvent;
  readonly facts: EventFacts;
  readonly isMoment?: true;
  readonly isSilent?: true;
  readonly also?: string;
}

const KEY_FAULTS: Readonly<Record<string, WebhookEvent>> = {
  invalid: "key.invalid",
  exhausted: "key.exhausted",
  disabled: "key.disabled",
};

const PROVIDER_FAULTS: Readonly<Record<string, WebhookEvent>> = {
  open: "provider.open",
  half_open: "provider.open",
  suspect: "provider.suspect",
};

/** Undefined for a change that nobody is told of. */
export function conditionOf(change: Change): Condition | undefined {
  switch (change.level) {
    case "key":
      return ofKey(change);
    case "provider":
      return ofProvider(change);
    case "provider-model":
      return ofModel(change);
    case "key-model":
    case "key-operation":
      return undefined;
    default:
      return change.level satisfies never;
  }
}

/** How it stands with a pool whose keys should be usable by this share at least; undefined: it has none to speak of. */
export function poolCondition({ provider, usable, total }: PoolShare, poolBelow: number): Condition | undefined {
  if (total === 0) return undefined;
  const fault = usable === 0 ? "pool.empty" : usable / total < poolBelow ? "pool.low" : undefined;
  return { subject: `pool ${provider}`, fault, recovery: "pool.recovered", facts: { provider, usable, total } };
}

/** What is known of the writing of request records. `dropped`: since the daemon started. */
export interface RecordsState {
  readonly dropped: number;
  /** Why they cannot be written; undefined where they can. */
  readonly fault: string | undefined;
}

/** Records are dropped from the first that is lost until they are written again; undefined: it is as it was. */
export function recordsCondition(before: RecordsState, now: RecordsState): Condition | undefined {
  const isDropping = now.dropped > before.dropped;
  if (!isDropping && now.fault !== undefined) return undefined;
  const facts = { dropped: now.dropped, ...(isDropping && now.fault !== undefined && { reason: now.fault }) };
  const fault = isDropping ? "records.dropping" : undefined;
  return { subject: "records", fault, recovery: "records.recovered", facts };
}

/** Whether the state of the daemon can be written; `fault`: why not. */
export function storageCondition(fault: string | undefined): Condition {
  const told = { fault: "storage.failed", recovery: "storage.recovered" } as const;
  if (fault === undefined) return { subject: "storage", ...told, fault: undefined, facts: {} };
  return { subject: "storage", ...told, facts: { reason: fault } };
}

/** A key that was out when the daemon started, as its state names it. */
export function keyCondition(state: string, facts: EventFacts & { readonly provider: string }): Condition {
  const subject = `key ${facts.provider} ${facts.keyId}`;
  return { subject, fault: KEY_FAULTS[state], recovery: "key.recovered", facts };
}

/** The same for a provider, or one of its models. */
export function providerCondition(state: string, facts: EventFacts & { readonly provider: string }): Condition {
  const { provider, model } = facts;
  if (model === undefined)
    return { subject: `provider ${provider}`, fault: PROVIDER_FAULTS[state], recovery: "provider.closed", facts };
  const isOpen = state === "open" || state === "half_open";
  const subject = `model ${provider} ${model}`;
  return { subject, fault: isOpen ? "model.open" : undefined, recovery: "model.closed", facts };
}

function ofKey(change: Change): Condition | undefined {
  const { to, reason, alert, provider, group } = change;
  const facts = factsOf(change);
  if (reason === "operator_disabled") return { ...keyCondition("ready", facts), isSilent: true };
  if (reason.startsWith("operator_")) return keyCondition("ready", facts);
  if (group !== undefined && to === "exhausted") {
    const subject = `group ${provider} ${group}`;
    return { subject, fault: "key.exhausted", recovery: "key.recovered", facts, isMoment: true };
  }
  if (to === "ready" || to === "half_open") return keyCondition("ready", facts);
  // Without an alert the provider is suspect, and one message for it says more than one for each key.
  return alert && Object.hasOwn(KEY_FAULTS, to) ? keyCondition(to, facts) : undefined;
}

function ofProvider(change: Change): Condition {
  const { to, provider, reason } = change;
  const facts = factsOf(change);
  // It closes the breakers of all models there, without a change for each.
  if (reason === "operator_reset") return { ...providerCondition(to, facts), also: `model ${provider} ` };
  if (to !== "region_refused") return providerCondition(to, facts);
  const told = { fault: "provider.region_refused", recovery: "provider.closed" } as const;
  return { subject: `region ${provider}`, ...told, facts, isMoment: true };
}

function ofModel(change: Change): Condition | undefined {
  return change.model === undefined ? undefined : providerCondition(change.to, factsOf(change));
}

function factsOf({ provider, keyId, keyName, model, group, reason, status, message, until }: Change) {
  return {
    provider,
    ...(keyId !== undefined && { keyId }),
    ...(keyName !== undefined && { key: keyName }),
    ...(model !== undefined && { model }),
    ...(group !== undefined && { group }),
    reason,
    ...(status !== undefined && { status }),
    ...(message !== undefined && { message }),
    ...(until !== undefined && { until }),
  };
}
