// The options of a TCP or TLS connection, directly or over another socket.
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type SecureContext, type TLSSocket } from "node:tls";

/** A connection that has carried nothing for so long is asked by TCP whether it still stands. */
export const KEEPALIVE_DELAY_MS = 60_000;

/** `alpn`: what to offer, best first; only for TLS. */
export interface SocketTarget {
  readonly hostname: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly alpn: readonly string[];
  /** Trusted authorities; absent: Bun's own and those of NODE_EXTRA_CA_CERTS. */
  readonly secureContext?: SecureContext | undefined;
}

/** Begins to open a connection; `connect` or `secureConnect` tells that it stands. */
export function openSocket(target: SocketTarget): Socket | TLSSocket {
  const { hostname, port, isTls } = target;
  return isTls ? connectTls({ port, ...tlsOptions(target) }) : connectTcp({ host: hostname, port });
}

/** `host`: over a socket that stands it only says what the certificate is compared with. */
export function tlsOptions({ hostname, alpn, secureContext }: SocketTarget) {
  return {
    host: hostname,
    // Else NODE_TLS_REJECT_UNAUTHORIZED=0, which many have in a profile, would show the keys to anybody between.
    rejectUnauthorized: true,
    ALPNProtocols: [...alpn],
    // An address is no server name (RFC 6066 section 3); the certificate is compared with the host all the same.
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    ...(secureContext === undefined ? {} : { secureContext }),
  };
}

/** An error as those of the system. */
export function codedError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
