// Opens the HTTP server, and exchanges it for one with another certificate.
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { TlsConfig } from "../config/config.ts";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import type { Peer } from "../proxy/peer.ts";
import type { ProxyHandler } from "../proxy/proxy-handler.ts";
import type { ClientSocket, ClientSocketEvents } from "../proxy/realtime/client-socket.ts";
import { calmMoment } from "./calm-moment.ts";
import { CLIENT_SOCKETS, type SocketData, upgradeRequest } from "./client-sockets.ts";

/** Seconds until a connection is closed that sends nothing, until its request is read. */
const IDLE_TIMEOUT_S = 30;
/** The same after an answer; longer, because its last bytes may still wait for a slow reader. */
const KEEP_ALIVE_S = 120;

export interface Listening {
  readonly url: string;
  /**
   * New connections get this certificate, or plain HTTP without one; those open finish the request that they carry.
   * @throws UserError when the port was taken meanwhile; nothing listens then, and a further call tries again.
   */
  secure(tls: TlsConfig | undefined): void;
  /**
   * Each answer from now on ends its connection and says so. Resolves once no connection is accepted any more, after 5 s
   * at most; what was read of before is still served.
   */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** Where the server listens, and how. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsConfig | undefined;
}

/** @throws UserError when the address cannot be listened on. */
export function listen(handler: ProxyHandler, address: ListenAddress): Listening {
  return new ServerSocket(handler, address);
}

type Server = Bun.Server<SocketData>;

/** Bun takes no other certificate for a server that runs, so another server takes its port over. */
class ServerSocket implements Listening {
  readonly #handler: ProxyHandler;
  readonly #host: string;
  #port: number;
  /** Undefined while a certificate waits for the port. */
  #server: Server | undefined;
  #tls: TlsConfig | undefined;
  /** Those that only finish what they have. */
  readonly #former = new Set<Server>();
  #isStopped = false;
  readonly #arrivals = { count: 0, lastAt: 0 };

  constructor(handler: ProxyHandler, { host, port, tls }: ListenAddress) {
    this.#handler = handler;
    this.#host = host;
    this.#tls = tls;
    this.#port = port;
    this.#server = this.#open();
    this.#port = this.#server.port ?? port;
  }

  get url(): string {
    return urlOf(this.#tls === undefined ? "http" : "https", this.#host, this.#port);
  }

  secure(tls: TlsConfig | undefined): void {
    const isSame = this.#server !== undefined && isDeepStrictEqual(tls, this.#tls);
    if (isSame || this.#isStopped) return;
    if (this.#server !== undefined) this.#retire(this.#server);
    this.#server = undefined;
    this.#tls = tls;
    this.#server = this.#open();
  }

  /** Bun drops what it has accepted and read nothing of, without a word, as it does with idle connections. */
  async leave(): Promise<void> {
    this.#isStopped = true;
    await calmMoment(this.#arrivals, { monotonic: () => performance.now(), sleep });
    void this.#server?.stop(false);
  }

  async close(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([this.#server, ...this.#former].map((server) => server?.stop(true)));
  }

  #open(): Server {
    const address = { host: this.#host, port: this.#port, tls: this.#tls };
    return open((request, server) => this.#answer(request, server), address);
  }

  async #answer(request: Request, server: Server): Promise<Response> {
    this.#arrivals.count += 1;
    this.#arrivals.lastAt = performance.now();
    const answer = await this.#handler.handle(request, new ServerPeer(request, server));
    // Bun closes it after the answer without saying so: the next request of the client would be lost.
    if (this.#isStopped || server !== this.#server) answer.headers.set("connection", "close");
    return answer;
  }

  #retire(server: Server): void {
    this.#former.add(server);
    void server.stop(false).then(() => this.#former.delete(server));
  }
}

function open(answer: (request: Request, server: Server) => Promise<Response>, address: ListenAddress): Server {
  const { host, port, tls } = address;
  try {
    return Bun.serve<SocketData>({
      hostname: host,
      port,
      // Bun's least version is TLS 1.2.
      ...(tls && { tls: { cert: tls.cert, key: tls.key } }),
      idleTimeout: IDLE_TIMEOUT_S,
      // A development page would show the text of exceptions.
      development: false,
      // Outside of development Bun would let a second daemon share the port: each would get some of the requests.
      reusePort: false,
      // The limit is server.max_body, which may change on reload; a request beyond it must get our own answer.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: answer,
      websocket: CLIENT_SOCKETS,
      error: () => new Response(null, { status: 500 }),
    });
  } catch (error: unknown) {
    throw new UserError(`Cannot listen on ${host} port ${port}: ${listenFault(error)}`, EXIT.failed, { cause: error });
  }
}

/** The connection of one request, asked only for what is needed. */
class ServerPeer implements Peer {
  readonly #request: Request;
  readonly #server: Server;

  constructor(request: Request, server: Server) {
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

  upgrade(headers: Headers, events: ClientSocketEvents): ClientSocket | undefined {
    return upgradeRequest(this.#server, this.#request, { headers, events });
  }
}

function listenFault(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return "the port is in use; choose another with --port or stop the program that has it";
  if (code === "EACCES") return "not permitted; choose a port above 1023 with --port";
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return "this machine has no such address; check server.host";
  return String(code ?? "unknown reason");
}

function urlOf(scheme: string, host: string, port: number): string {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `${scheme}://${name}:${port}`;
}
