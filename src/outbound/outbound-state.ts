// The health of outbound proxies as it is kept over a restart: plain data without secrets.
import type { OutboundFault } from "./outbound-fault.ts";

/** Times are wall-clock milliseconds; `step`: how far the rest has grown. */
export interface OutboundRest extends OutboundFault {
  readonly since: number;
  readonly until: number;
  readonly step: number;
}

/** `disabled`: since when an operator keeps it out. */
export interface OutboundState {
  readonly disabled?: number | undefined;
  readonly rest?: OutboundRest | undefined;
}

/** One proxy, by its id. */
export interface OutboundEntry {
  readonly kind: "outbound";
  readonly proxy: string;
  readonly state: OutboundState;
}
