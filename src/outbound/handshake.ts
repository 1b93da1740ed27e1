// What is said on a connection to an outbound proxy until the tunnel stands: a reducer over bytes.
import type { OutboundFault } from "./outbound-fault.ts";

/** Where the tunnel leads. `hostname`: without brackets. */
export interface TunnelTarget {
  readonly hostname: string;
  readonly port: number;
}

/** `send`: what is due next. `rest`: what came behind the proxy's last word. */
export type HandshakeStep =
  | { readonly kind: "more"; readonly send?: Uint8Array }
  | { readonly kind: "open"; readonly rest: Uint8Array }
  | { readonly kind: "failed"; readonly fault: OutboundFault };

/** One conversation, for one tunnel. */
export interface Handshake {
  /** The first bytes to send. */
  start(): Uint8Array;
  /** Takes what the proxy sent, in pieces of any size. */
  push(bytes: Uint8Array): HandshakeStep;
}
