// Opens the HTTP server.
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import type { Peer, ProxyHandler } from "../proxy/proxy-handler.ts";

/** Seconds until a connection is closed that sends nothing, until its request is read. */
const IDLE_TIMEOUT_S = 30;
/** The same after an answer; longer, because its last bytes may still wait for a slow reader. */
const KEEP_ALIVE_S = 120;

export interface Listening {
  readonly url: string;
  /** Accepts no more connections; those open go on. */
  stopAccepting(): void;
  close(): Promise<void>;
}

/** @throws UserError when the address cannot be listened on. */
export function listen(handler: ProxyHandler, address: { readonly host: string; readonly port: number }): Listening {
  const server = open(handler, address);
  return {
    url: urlOf(address.host, server.port ?? address.port),
    stopAccepting: () => void server.stop(false),
    close: async () => {
      await server.stop(true);
    },
  };
}

function open(handler: ProxyHandler, { host, port }: { readonly host: string; readonly port: number }) {
  try {
    return Bun.serve({
      hostname: host,
      port,
      idleTimeout: IDLE_TIMEOUT_S,
      // A development page would show the text of exceptions.
      development: false,
      // Outside of development Bun would let a second daemon share the port: each would get some of the requests.
      reusePort: false,
      // The limit is server.max_body, which may change on reload; a request beyond it must get our own answer.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: (request, server) => handler.handle(request, new ServerPeer(request, server)),
      error: () => new Response(null, { status: 500 }),
    });
  } catch (error: unknown) {
    throw new UserError(`Cannot listen on ${host} port ${port}: ${listenFault(error)}`, EXIT.failed, { cause: error });
  }
}

/** The connection of one request, asked only for what is needed. */
class ServerPeer implements Peer {
  readonly #request: Request;
  readonly #server: Bun.Server<unknown>;

  constructor(request: Request, server: Bun.Server<unknown>) {
    this.#request = request;
    this.#server = server;
  }

  get address(): string {
    return this.#server.requestIP(this.#request)?.address ?? "unknown";
  }

  liftIdleTimeout(): void {
    this.#server.timeout(this.#request, 0);
  }

  restoreIdleTimeout(): void {
    this.#server.timeout(this.#request, KEEP_ALIVE_S);
  }
}

function listenFault(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return "the port is in use; choose another with --port or stop the program that has it";
  if (code === "EACCES") return "not permitted; choose a port above 1023 with --port";
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return "this machine has no such address; check server.host";
  return String(code ?? "unknown reason");
}

function urlOf(host: string, port: number): string {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
