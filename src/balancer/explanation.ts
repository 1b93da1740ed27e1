// What the balancer says of each key of a route: why it is chosen, or why not, as plain data.
import type { Target } from "./contract.ts";

/** Why a key is not chosen now. Times and texts as in reports. */
export interface Obstacle {
  readonly code:
    | "disabled"
    | "invalid"
    | "exhausted"
    | "cooling"
    | "model_cooling"
    | "model_blocked"
    | "operation_blocked"
    | "model_not_served"
    | "other_key_pinned"
    /** The request leaves it aside: see `Need.hasKey`. */
    | "left_aside"
    | "provider_suspect"
    | "provider_open"
    /** Of the quota group that `group` names. */
    | "group_cooling"
    | "group_exhausted"
    /** No room in a limit that the operator states, the provider's headers state, or refusals taught. */
    | "limit_stated"
    | "limit_of_headers"
    | "limit_learnt"
    | "concurrency"
    /** After a rate limit it takes one request at a time at first. */
    | "ramp"
    /** Another request finds out whether it works again. */
    | "probe_running"
    /** It could serve; what is chosen goes first, because of the route, the priority, or whose turn it is. */
    | "later_in_route"
    | "provider_failing"
    | "lower_priority"
    | "busier"
    | "other_turn";
  readonly until?: number;
  readonly reason?: string;
  readonly status?: number;
  readonly message?: string;
  readonly group?: string;
}

/** One key of one target of a route: chosen now, or why not. */
export interface Explanation {
  readonly target: Target;
  /** The place of the target's tier in the route, from 0. */
  readonly tier: number;
  readonly keyId: string;
  readonly keyName: string;
  readonly isPicked: boolean;
  readonly isUsable: boolean;
  readonly obstacles: readonly Obstacle[];
}

/** Of all keys that a request might get. `keys`: each is judged when it is read, as it is then. */
export interface Explanations {
  readonly picked: Explanation | undefined;
  readonly keys: Iterable<Explanation>;
}
