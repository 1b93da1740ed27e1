// The proxy: one HTTP request in, one response out.

import type { Balancer } from "../balancer/balancer.ts";
import type { Change } from "../balancer/contract.ts";
import { newRequestId } from "../core/ids.ts";
import type { ClientTokens } from "../tokens/client-tokens.ts";
import { confine, showsDocument } from "./answer/confine-document.ts";
import { refusalAsAsked } from "./answer/error-as-asked.ts";
import { refuse } from "./answer/refuse.ts";
import { answerOwn, leadToPage, type OwnPaths } from "./answer-own.ts";
import { type ApiDeps, type Served, serveApi } from "./api-request.ts";
import type { LoopDeps } from "./attempt/attempt-loop.ts";
import { timeoutsOf } from "./attempt/timeouts-of.ts";
import { enter } from "./entrance/entrance.ts";
import { IssuedSecrets } from "./entrance/issued-secrets.ts";
import { scopedSetup } from "./entrance/scoped-setup.ts";
import { finishTrace } from "./finish-trace.ts";
import type { ApiTarget } from "./front.ts";
import { type Generation, InFlight } from "./in-flight.ts";
import type { ModelCatalog } from "./models/model-catalog.ts";
import { answerModels } from "./models/models-route.ts";
import { LateUsage } from "./objects/late-usage.ts";
import type { ObjectOwners } from "./objects/object-owners.ts";
import { pathAsMeant } from "./paths/google-path.ts";
import { type ParsedPath, parsePath } from "./paths/parse-path.ts";
import { takeQueryKey } from "./paths/query-params.ts";
import { splitUrl } from "./paths/split-url.ts";
import { notePreflight } from "./preflight.ts";
import type { ClientSocket, ClientSocketEvents } from "./realtime/client-socket.ts";
import { OpenSessions } from "./realtime/open-sessions.ts";
import { type SocketDeps, serveSocket } from "./realtime/serve-socket.ts";
import { asksForSocket } from "./realtime/socket-request.ts";
import type { Setup } from "./setup.ts";
import type { Timing } from "./timing.ts";
import { beginTrace, isTurnedAway, type Trace } from "./trace.ts";
import { traceIdOf } from "./trace-context.ts";
import { WaitQueue } from "./waiting/wait-queue.ts";

export interface ProxyDeps {
  readonly balancer: Balancer;
  readonly catalog: ModelCatalog;
  readonly tokens: ClientTokens;
  /** Which key made which object. */
  readonly owners: ObjectOwners;
  readonly timing: Timing;
  readonly redact: (text: string) => string;
  readonly onChanges: (changes: readonly Change[]) => void;
  /** Takes the finished record of each request that is not for `ownPaths`, exactly once. */
  readonly onTrace: (trace: Trace) => void;
  /** Takes what is our own bug; the client sees its request id only. */
  readonly onBug: (error: unknown, requestId: string) => void;
  readonly ownPaths: OwnPaths;
}

/** What the server knows of a connection. */
export interface Peer {
  readonly address: string;
  /** Called once the request is read. */
  liftIdleTimeout(): void;
  /** Called once the answer is handed over: the connection waits for another request. */
  restoreIdleTimeout(): void;
  /** Makes the request a WebSocket, whose answer is then not sent; undefined when the client has left. */
  readonly upgrade?: (headers: Headers, events: ClientSocketEvents) => ClientSocket | undefined;
}

/** What a request is answered with; it keeps the setup that it began with. */
interface Context {
  readonly request: Request;
  readonly query: string;
  readonly peer: Peer;
  readonly setup: Setup;
  readonly loop: LoopDeps;
  readonly trace: Trace;
  readonly generation: Generation;
}

type ApiPath =
  | Extract<ParsedPath, { kind: "default" | "provider" | "native" | "error" }>
  | typeof NOT_RELAYED
  | typeof NO_PAGE;

/** TRACE would answer with the credential that we send; CONNECT asks for a tunnel (RFC 9110, 9.3.6 and 9.3.8). */
export const NEVER_RELAYED: ReadonlySet<string> = new Set(["TRACE", "CONNECT"]);

const NOT_RELAYED = { kind: "error", code: "method_not_allowed", repaired: undefined } as const;

const NO_PAGE = { kind: "error", code: "not_found", repaired: undefined } as const;

export class ProxyHandler {
  readonly #deps: ProxyDeps;
  readonly #api: ApiDeps;
  readonly #sockets: SocketDeps;
  readonly #inFlight = new InFlight();
  #isEnding = false;
  /** Those that wait are in flight: a drain waits for them as for all others, which its own time bounds. */
  readonly queue: WaitQueue;
  #setup: Setup;
  #loop: LoopDeps;

  constructor(setup: Setup, deps: ProxyDeps) {
    const { balancer, owners, timing, redact, onBug } = deps;
    this.queue = new WaitQueue(timing);
    this.#deps = deps;
    this.#setup = setup;
    this.#loop = this.#loopOf(setup);
    const { onChanges } = this.#loop;
    const { admission } = deps.tokens;
    const memory = { ephemeral: new IssuedSecrets(), late: new LateUsage() };
    this.#api = { balancer, timing, redact, onChanges, onBug, owners, admission, ...memory };
    this.#sockets = { ...this.#api, sessions: new OpenSessions(), tokens: deps.tokens };
  }

  get setup(): Setup {
    return this.#setup;
  }

  /** What attempts need of the setup in use. */
  get loop(): LoopDeps {
    return this.#loop;
  }

  get owners(): ObjectOwners {
    return this.#deps.owners;
  }

  get inFlight(): number {
    return this.#inFlight.count;
  }

  get isDraining(): boolean {
    return this.#inFlight.isDraining;
  }

  /** Resolves when no request is left that began with an earlier setup. */
  use(setup: Setup): Promise<void> {
    this.#setup = setup;
    this.#loop = this.#loopOf(setup);
    this.wake();
    return this.#inFlight.turn();
  }

  /** Keys or their health were changed from outside: those that wait may be served now. */
  wake(): void {
    this.queue.wake(this.#deps.timing.now());
  }

  /** New requests are refused from now on; resolves when those in flight have ended. */
  drain(): Promise<void> {
    return this.#inFlight.drain();
  }

  /** Asks the clients of all sessions to come back; resolves when each has heard it. What goes on after that is cut. */
  closeSessions(): Promise<void> {
    this.#isEnding = true;
    return this.#sockets.sessions.closeAll();
  }

  /** Answers one request; never rejects. */
  async handle(request: Request, peer: Peer): Promise<Response> {
    const now = this.#deps.timing.now();
    const trace = beginTrace(newRequestId(now), request.method, now);
    try {
      return await this.#answer(request, peer, trace);
    } catch (error: unknown) {
      return this.#bug(error, trace);
    }
  }

  #loopOf({ providers, config }: Setup): LoopDeps {
    const { balancer, timing, redact } = this.#deps;
    const { retry, queue } = config;
    const onChanges = (changes: readonly Change[]) => {
      this.#deps.onChanges(changes);
      if (changes.length > 0) this.wake();
    };
    const waiting = { queue: this.queue, limits: queue };
    return { balancer, timing, retry, providers, timeoutsOf, redact, onChanges, waiting };
  }

  #answer(request: Request, peer: Peer, trace: Trace): Response | Promise<Response> {
    const setup = this.#setup;
    const loop = this.#loop;
    const { path: rawPath, query } = splitUrl(request.url);
    const path = pathOf(request.method, rawPath, setup);
    if (path.repaired !== undefined) trace.repaired = `${path.repaired.from} -> ${path.repaired.to}`;
    switch (path.kind) {
      case "default":
      case "provider":
      case "native":
      case "error":
        return this.#answerApi(path, { request, query, peer, setup, loop, trace, generation: this.#inFlight.enter() });
      case "old-page": {
        const lead = leadToPage(request, path.path);
        if (lead !== undefined) return lead;
        const generation = this.#inFlight.enter();
        return this.#answerApi(NO_PAGE, { request, query, peer, setup, loop, trace, generation });
      }
      default:
        return answerOwn(path, { request, peer, setup, trace }, this.#deps.ownPaths);
    }
  }

  async #answerApi(path: ApiPath, context: Context): Promise<Response> {
    let isLive = false;
    try {
      const served = await this.#serve(path, context);
      isLive = served.isLive;
      const response = sharing(served.response, context);
      return isLive || context.trace.errorCode === undefined ? response : await refusalAsAsked(response, context);
    } catch (error: unknown) {
      return await refusalAsAsked(sharing(this.#bug(error, context.trace), context), context);
    } finally {
      if (!isLive) this.#finish(context);
    }
  }

  #serve(path: ApiPath, context: Context): Served | Promise<Served> {
    const { request, query, peer, setup, loop, trace } = context;
    const preflight = setup.cors?.preflight(request);
    if (preflight !== undefined) {
      notePreflight(trace, preflight);
      return done(preflight);
    }
    trace.traceId = traceIdOf(request.headers.get("traceparent"));
    if (path.kind === "error") return done(refuse(path.code, trace));
    const isSocket = peer.upgrade !== undefined && asksForSocket(request);
    const { tokens } = this.#deps;
    const now = trace.receivedAt;
    const entered = enter(
      { request, path, query, peer, isSocket, now },
      { setup, tokens, issued: this.#api.ephemeral },
    );
    trace.client = entered.name;
    if (!entered.ok) return done(refuse(entered.code, trace, entered));
    if (this.isDraining) return done(refuse("shutting_down", trace));
    const { client, token, opener, ephemeral } = entered;
    const target: ApiTarget = {
      path: pathAsMeant(path, { headers: request.headers, query }, setup.names),
      query: query === "" ? query : takeQueryKey(query).query,
      client,
      token,
      opener,
      ephemeral,
    };
    const scoped = scopedSetup(setup, token);
    const onOver = () => this.#finish(context);
    const live = { setup: scoped, loop, trace, onRead: () => peer.liftIdleTimeout(), onOver };
    if (isSocket) return serveSocket(request, target, { ...live, peer }, this.#sockets);
    const models = answerModels(target, scoped, { catalog: this.#deps.catalog, trace });
    if (models !== undefined) return done(models);
    return serveApi(request, target, live, this.#api);
  }

  // The client has its answer, whatever goes wrong here; nobody would catch it at the end of what is live.
  #finish({ request, setup, peer, trace, generation }: Context): void {
    try {
      if (isTurnedAway(trace)) trace.address = setup.addressOf(peer, request.headers);
      peer.restoreIdleTimeout();
      finishTrace(trace, { now: this.#deps.timing.now(), isEnding: this.#isEnding, bodies: setup.bodies });
      this.#deps.onTrace(trace);
    } catch (error: unknown) {
      this.#deps.onBug(error, trace.id);
    } finally {
      this.#inFlight.leave(generation);
    }
  }

  #bug(error: unknown, trace: Trace): Response {
    this.#deps.onBug(error, trace.id);
    return refuse("internal_error", trace);
  }
}

/** What lies below /admin refuses methods by itself, with the headers of all there. */
function pathOf(method: string, rawPath: string, { names, config }: Setup): ParsedPath | typeof NOT_RELAYED {
  const path = parsePath(rawPath, names, config.server.repairPaths);
  if (!NEVER_RELAYED.has(method)) return path;
  return path.kind === "admin-page" || path.kind === "admin-api" ? path : NOT_RELAYED;
}

function done(response: Response): Served {
  return { response, isLive: false };
}

/** The page that asked may read it, errors too. */
function sharing(response: Response, { setup, request }: Pick<Context, "setup" | "request">): Response {
  setup.cors?.share(response, request.headers);
  if (showsDocument(request.headers)) confine(response);
  return response;
}
