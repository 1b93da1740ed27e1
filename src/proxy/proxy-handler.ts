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
import { AS_OPERATOR, NO_CONNECTION, type OperatorRequest } from "./operator-request.ts";
import { pathAsMeant } from "./paths/google-path.ts";
import { takeQueryKey } from "./paths/query-params.ts";
import { type ApiPath, type EnterablePath, NO_PAGE, pathOf } from "./paths/request-path.ts";
import { splitUrl } from "./paths/split-url.ts";
import type { Peer } from "./peer.ts";
import { notePreflight } from "./preflight.ts";
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

/** Who asks. `operator`: it is no client, and `peer` no connection. */
interface Asker {
  readonly peer: Peer;
  readonly operator?: OperatorRequest;
}

/** What a request is answered with; it keeps the setup that it began with. */
interface Context extends Asker {
  readonly request: Request;
  readonly query: string;
  readonly setup: Setup;
  readonly loop: LoopDeps;
  readonly trace: Trace;
  readonly generation: Generation;
}

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
  handle(request: Request, peer: Peer): Promise<Response> {
    return this.#handle(request, { peer });
  }

  /** The same for a request to a path of the API that the operator makes, without a client token and its limits. */
  handleOperator(request: Request, operator: OperatorRequest): Promise<Response> {
    return this.#handle(request, { peer: NO_CONNECTION, operator });
  }

  async #handle(request: Request, asker: Asker): Promise<Response> {
    const now = this.#deps.timing.now();
    const trace = beginTrace(newRequestId(now), request.method, now);
    try {
      return await this.#answer(request, asker, trace);
    } catch (error: unknown) {
      asker.operator?.onEnd(trace);
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

  #answer(request: Request, asker: Asker, trace: Trace): Response | Promise<Response> {
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
        return this.#answerApi(path, {
          request,
          query,
          ...asker,
          setup,
          loop,
          trace,
          generation: this.#inFlight.enter(),
        });
      case "old-page": {
        const lead = leadToPage(request, path.path);
        if (lead !== undefined) return lead;
        const generation = this.#inFlight.enter();
        return this.#answerApi(NO_PAGE, { request, query, ...asker, setup, loop, trace, generation });
      }
      default:
        return answerOwn(path, { request, peer: asker.peer, setup, trace }, this.#deps.ownPaths);
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
    const { request, query, peer, operator, setup, loop, trace } = context;
    const preflight = setup.cors?.preflight(request);
    if (preflight !== undefined) {
      notePreflight(trace, preflight);
      return done(preflight);
    }
    trace.traceId = traceIdOf(request.headers.get("traceparent"));
    if (path.kind === "error") return done(refuse(path.code, trace));
    const isSocket = peer.upgrade !== undefined && asksForSocket(request);
    const entered = operator === undefined ? this.#enter(path, isSocket, context) : AS_OPERATOR;
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
      pin: operator?.pin,
    };
    const scoped = scopedSetup(setup, token);
    const onOver = () => this.#finish(context);
    const live = { setup: scoped, loop, trace, onRead: () => peer.liftIdleTimeout(), onOver };
    if (isSocket) return serveSocket(request, target, { ...live, peer }, this.#sockets);
    const models = answerModels(target, scoped, { catalog: this.#deps.catalog, trace });
    if (models !== undefined) return done(models);
    return serveApi(request, target, live, this.#api);
  }

  #enter(path: EnterablePath, isSocket: boolean, { request, query, peer, setup, trace }: Context) {
    const asked = { request, path, query, peer, isSocket, now: trace.receivedAt };
    return enter(asked, { setup, tokens: this.#deps.tokens, issued: this.#api.ephemeral });
  }

  // The client has its answer, whatever goes wrong here; nobody would catch it at the end of what is live.
  #finish({ request, setup, peer, operator, trace, generation }: Context): void {
    try {
      if (isTurnedAway(trace)) trace.address = setup.addressOf(peer, request.headers);
      peer.restoreIdleTimeout();
      finishTrace(trace, { now: this.#deps.timing.now(), isEnding: this.#isEnding, bodies: setup.bodies });
      this.#deps.onTrace(trace);
    } catch (error: unknown) {
      this.#deps.onBug(error, trace.id);
    } finally {
      operator?.onEnd(trace);
      this.#inFlight.leave(generation);
    }
  }

  #bug(error: unknown, trace: Trace): Response {
    this.#deps.onBug(error, trace.id);
    return refuse("internal_error", trace);
  }
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
