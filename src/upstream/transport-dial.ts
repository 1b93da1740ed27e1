// Opens one TCP or TLS connection within a time limit.
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type SecureContext, type TLSSocket } from "node:tls";

/** Where to connect to. `alpn`: what to offer, best first; only for TLS. */
export interface DialTarget {
  readonly hostname: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly alpn: readonly string[];
  readonly connectMs: number;
  /** Trusted authorities; absent: Bun's own and those of NODE_EXTRA_CA_CERTS. */
  readonly secureContext: SecureContext | undefined;
}

/** `error.code` says what happened: ECONNREFUSED, ENOTFOUND, a TLS code, CONNECT_TIMEOUT, CONNECT_CANCELLED. */
export type DialResult =
  | { readonly ok: true; readonly socket: Socket | TLSSocket }
  | { readonly ok: false; readonly error: NodeJS.ErrnoException };

/** A connection that has carried nothing for so long is asked by TCP whether it still stands. */
const KEEPALIVE_DELAY_MS = 60_000;

/**
 * Calls `done` once, never before it returned. DNS, TCP and TLS together have `connectMs`. Gives back a function that
 * ends it early.
 */
export function dial(target: DialTarget, done: (result: DialResult) => void): () => void {
  const socket = open(target);
  let isDone = false;
  const finish = (error?: NodeJS.ErrnoException): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    if (error === undefined) {
      socket.off("error", finish);
      socket.off("close", onClose);
      done({ ok: true, socket });
      return;
    }
    // The listener for errors stays: a destroyed socket may report another one.
    socket.destroy();
    done({ ok: false, error });
  };
  const onClose = (): void => finish(codedError("ECONNRESET", "The connection was closed while it was opened"));
  const timer = setTimeout(
    () => finish(codedError("CONNECT_TIMEOUT", `No connection within ${target.connectMs} ms`)),
    target.connectMs,
  );
  socket.once(target.isTls ? "secureConnect" : "connect", () => finish());
  socket.on("error", finish);
  socket.on("close", onClose);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEPALIVE_DELAY_MS);
  return () => finish(codedError("CONNECT_CANCELLED", "Nobody waits for the connection"));
}

function open({ hostname, port, isTls, alpn, secureContext }: DialTarget): Socket | TLSSocket {
  if (!isTls) return connectTcp({ host: hostname, port });
  return connectTls({
    host: hostname,
    port,
    ALPNProtocols: [...alpn],
    // An address is no server name (RFC 6066 section 3); the certificate is compared with the host all the same.
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    ...(secureContext === undefined ? {} : { secureContext }),
  });
}

function codedError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
