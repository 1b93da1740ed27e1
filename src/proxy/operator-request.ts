// Requests that the operator makes in this process: they come over no connection, and no client token lets them in.
import type { KeyPlace } from "../balancer/contract.ts";
import { OPERATOR_NAME } from "../tokens/operator-name.ts";
import type { Entered } from "./entrance/entrance.ts";
import type { Peer } from "./peer.ts";
import type { Trace } from "./trace.ts";

export interface OperatorRequest {
  /** The only key that may serve it; undefined: every one, as for clients. */
  readonly pin: KeyPlace | undefined;
  /** Takes its record once nothing more happens to it. */
  onEnd(trace: Trace): void;
}

/** Whoever runs the daemon may do everything. */
export const AS_OPERATOR: Entered = {
  ok: true,
  name: OPERATOR_NAME,
  client: OPERATOR_NAME,
  token: undefined,
  opener: undefined,
  ephemeral: undefined,
};

export const NO_CONNECTION: Peer = {
  address: "this process",
  liftIdleTimeout: () => {},
  restoreIdleTimeout: () => {},
};
