// What an operator's rules do to a key.
import type { Docket } from "./docket.ts";
import { restKey } from "./judge-key.ts";
import type { RestingEffect } from "./penalties.ts";

/** An operator's rule keeps the key out for a while. */
export function coolKey(docket: Docket, effect: Extract<RestingEffect, { kind: "key-cooled" }>): void {
  restKey(docket, docket.penalty(effect));
}

/** An operator's rule keeps the key out until an operator lets it in. */
export function disableKey(docket: Docket): void {
  const { key, now } = docket;
  if (key.disabledSince !== undefined) return;
  const from = key.stateAt(now);
  key.disabledSince = now;
  key.disabledBy = docket.origin;
  docket.say(docket.keyPlace(key), { from, to: "disabled", origin: docket.origin, alert: true });
}
