// What webhooks are told of beside changes: what is wrong already when a daemon starts, pools, and the data folder.
import type { Balancer } from "../balancer/balancer.ts";
import type { KeyReport, OutCause } from "../balancer/contract.ts";
import { BY_OPERATOR } from "../balancer/rests.ts";
import { type Condition, keyCondition, providerCondition } from "../webhooks/condition.ts";
import type { Instance } from "./instance.ts";
import type { Watched } from "./webhook-keeper.ts";

/** What the keeper of webhooks looks at in an instance. */
export function watchedBy({ balancer, state, objects, observers, handler, options: { data } }: Instance): Watched {
  return {
    shares: (now) => balancer.shares(now),
    standing: (now) => standingFaults(balancer, now),
    isLeft: ({ facts: { provider, keyId } }) => {
      if (provider === undefined) return true;
      const keys = handler.setup.providers.get(provider)?.keys;
      return keys !== undefined && (keyId === undefined || keys.has(keyId));
    },
    records: () => observers.records.status(),
    storageFault: () => state.fault ?? objects.fault ?? data.folder.fault ?? data.lock?.fault,
  };
}

/** Keys that are out, providers and models that are open. */
function* standingFaults(balancer: Balancer, now: number): Generator<Condition> {
  for (const { provider, state, keys, openModels, ...cause } of balancer.report(now)) {
    if (state !== "up") yield providerCondition(state, { provider, ...causeFacts(cause) });
    for (const { model, state: own, ...why } of openModels)
      yield providerCondition(own, { provider, model, ...causeFacts(why) });
    for (const key of keys) if (isOut(key)) yield keyCondition(key.state, keyFacts(provider, key));
  }
}

/** What an operator disabled by hand is no fault. */
function isOut({ state, reason }: KeyReport): boolean {
  return state === "invalid" || state === "exhausted" || (state === "disabled" && reason !== BY_OPERATOR.reason);
}

function keyFacts(provider: string, { id, name, ...cause }: KeyReport) {
  return { provider, keyId: id, key: name, ...causeFacts(cause) };
}

function causeFacts({ reason, status, message }: OutCause) {
  return {
    ...(reason !== undefined && { reason }),
    ...(status !== undefined && { status }),
    ...(message !== undefined && { message }),
  };
}
