// Outbound proxies as connections use them, and who is told how that goes.
import type { SecureContext } from "node:tls";
import type { OutboundConfig, OutboundProxy } from "../config/outbound-proxy.ts";
import type { OutboundFault } from "../outbound/outbound-fault.ts";
import type { OutboundRoute } from "../outbound/outbound-route.ts";

/** Told once at most: without a fault the way through the proxy stands. */
export type TellWay = (fault: OutboundFault | undefined) => void;

/** One proxy, as the connections through it need it. */
export interface OutboundWay {
  readonly proxy: OutboundProxy;
  /** Trusted authorities of an `https` proxy; absent: Bun's own and those of NODE_EXTRA_CA_CERTS. */
  readonly secureContext?: SecureContext | undefined;
  /** Called when a way through the proxy is begun; what the proxy says of its target is not told. */
  readonly begin?: (() => TellWay) | undefined;
}

/** Which proxies a call asks, and how they fared. */
export interface OutboundBook {
  order(route: OutboundRoute): readonly OutboundProxy[];
  /** Whether every one of the proxies is out or disabled. */
  isCutOff(outbound: OutboundConfig): boolean;
  /** A way through the proxy is begun; the answer is told how that went. */
  begin(proxy: OutboundProxy): TellWay;
  /** A call that began then was answered through the proxy. */
  answered(proxy: OutboundProxy, startedAt: number): void;
  /** Another proxy carried the very call that this one could not. */
  blame(proxy: OutboundProxy, fault: OutboundFault, startedAt: number): void;
  now(): number;
}
