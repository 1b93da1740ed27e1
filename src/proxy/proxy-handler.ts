// The proxy: one HTTP request in, one response out.
import type { Balancer } from "../balancer/balancer.ts";
import type { Attempt, Change } from "../balancer/contract.ts";
import { newRequestId } from "../core/ids.ts";
import { classify } from "../upstream/classify.ts";
import type { Provider } from "../upstream/provider.ts";
import { runAttempts } from "./attempt-loop.ts";
import type { ClientRequest } from "./client-request.ts";
import { errorAnswer } from "./error-answer.ts";
import type { ErrorCode } from "./error-table.ts";
import { type ApiTarget, readRequest } from "./front.ts";
import type { LiveAnswer, LiveEnd } from "./live-answer.ts";
import type { ModelCatalog } from "./model-catalog.ts";
import { answerModels } from "./models-route.ts";
import { parsePath } from "./parse-path.ts";
import { takeQueryKey } from "./query-params.ts";
import type { RelayEvents } from "./relay.ts";
import { respond } from "./respond.ts";
import type { RunEnd } from "./run-end.ts";
import type { Setup } from "./setup.ts";
import { StatefulOwners } from "./stateful-owners.ts";
import { timeoutsOf } from "./timeouts-of.ts";
import type { Timing } from "./timing.ts";
import { beginTrace, type Trace } from "./trace.ts";

export interface ProxyDeps {
  readonly balancer: Balancer;
  readonly catalog: ModelCatalog;
  readonly timing: Timing;
  readonly redact: (text: string) => string;
  readonly onChanges: (changes: readonly Change[]) => void;
  /** Takes the finished record of each API request. */
  readonly onTrace: (trace: Trace) => void;
  /** Takes what is our own bug; the client sees its request id only. */
  readonly onBug: (error: unknown, requestId: string) => void;
  /** Answers what is no API path: health, readiness, admin reads. */
  readonly ownPaths: OwnPaths;
}

export interface OwnPaths {
  health(): Response;
  ready(): Response;
  adminRead(name: "providers" | "providers/status" | "keys/list"): Response;
}

/** What the server knows of a connection. */
export interface Peer {
  readonly address: string;
  /** Called once the request is read. */
  liftIdleTimeout(): void;
  /** Called once the answer is handed over: the connection waits for another request. */
  restoreIdleTimeout(): void;
}

/** What belongs to one client request. */
interface Exchange {
  readonly peer: Peer;
  readonly setup: Setup;
  readonly trace: Trace;
}

/** Requests in flight keep the setup that they began with. */
export class ProxyHandler {
  readonly #deps: ProxyDeps;
  readonly #owners = new StatefulOwners();
  #setup: Setup;
  #inFlight = 0;
  #isDraining = false;
  #whenIdle: (() => void) | undefined;

  constructor(setup: Setup, deps: ProxyDeps) {
    this.#setup = setup;
    this.#deps = deps;
  }

  get setup(): Setup {
    return this.#setup;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  use(setup: Setup): void {
    this.#setup = setup;
  }

  /** New requests are refused from now on; resolves when those in flight have ended. */
  drain(): Promise<void> {
    this.#isDraining = true;
    return new Promise((resolve) => {
      if (this.#inFlight === 0) resolve();
      else this.#whenIdle = resolve;
    });
  }

  /** Answers one request; never rejects. */
  async handle(request: Request, peer: Peer): Promise<Response> {
    const trace = beginTrace(newRequestId(), request.method, this.#deps.timing.now());
    try {
      return await this.#answer(request, peer, trace);
    } catch (error: unknown) {
      this.#deps.onBug(error, trace.id);
      return refuse("internal_error", trace);
    }
  }

  async #answer(request: Request, peer: Peer, trace: Trace): Promise<Response> {
    const setup = this.#setup;
    if (NEVER_RELAYED.has(request.method)) return refuse("method_not_allowed", trace);
    const { path: rawPath, query: rawQuery } = splitUrl(request.url);
    const path = parsePath(rawPath, setup.names, setup.config.server.repairPaths);
    if (path.repaired !== undefined) trace.repaired = `${path.repaired.from} -> ${path.repaired.to}`;
    switch (path.kind) {
      case "health":
      case "ready":
        return readOnly(request.method, trace) ?? this.#deps.ownPaths[path.kind]();
      case "admin-read":
        if (!setup.authenticator.admin(request.headers)) return refuse("invalid_api_key", trace, "the admin token");
        return readOnly(request.method, trace) ?? this.#deps.ownPaths.adminRead(path.name);
      case "error":
        return refuse(path.code, trace);
      default: {
        const auth = setup.authenticator.client(request.headers, rawQuery);
        if (!auth.ok) return refuse(auth.code, trace);
        trace.client = auth.client;
        const client = auth.client ?? peer.address;
        return this.#serve(request, { path, query: takeQueryKey(rawQuery).query, client }, { peer, setup, trace });
      }
    }
  }

  async #serve(request: Request, target: ApiTarget, context: Exchange): Promise<Response> {
    const { peer, setup, trace } = context;
    if (this.#isDraining) return refuse("shutting_down", trace);
    const models = answerModels(request.method, target, setup, { catalog: this.#deps.catalog, requestId: trace.id });
    if (models !== undefined) return models;
    this.#begin();
    let isLive = false;
    try {
      const front = await readRequest(request, target, this.#frontDeps(setup, peer), trace);
      if (!front.ok) return this.#respond(frontEnd(front), request, context);
      const end = await this.#run(front.request, setup, trace).finally(front.release);
      isLive = end.kind === "live";
      return this.#respond(end, request, context);
    } finally {
      if (!isLive) this.#finish(peer, trace);
    }
  }

  #frontDeps(setup: Setup, peer: Peer) {
    const { schedule } = this.#deps.timing;
    return { setup, owners: this.#owners, schedule, onRead: () => peer.liftIdleTimeout() };
  }

  async #run(request: ClientRequest, setup: Setup, trace: Trace): Promise<RunEnd> {
    const { balancer, timing, redact, onChanges } = this.#deps;
    const { providers, config } = setup;
    const loop = { balancer, timing, retry: config.retry, providers, timeoutsOf, redact, onChanges };
    const end = await runAttempts(request, loop, trace);
    trace.committedAt = timing.now();
    const last = trace.attempts.at(-1);
    trace.provider = last?.provider;
    trace.keyName = last?.keyName;
    trace.upstreamModel = last?.model;
    if (end.kind === "whole") this.#remember(end.objectId, end.attempt);
    return end;
  }

  #respond(end: RunEnd, request: Request, context: Exchange): Response {
    const { peer, setup, trace } = context;
    return respond(end, {
      server: setup.config.server,
      method: request.method,
      signal: request.signal,
      now: this.#deps.timing.now(),
      trace,
      relay: end.kind === "live" ? this.#relayEvents(end, { peer, trace }) : NO_RELAY,
    });
  }

  #relayEvents(
    live: { readonly answer: LiveAnswer; readonly attempt: Attempt; readonly provider: Provider },
    { peer, trace }: Pick<Exchange, "peer" | "trace">,
  ): RelayEvents {
    return {
      onBytes: (count) => {
        trace.bytesOut += count;
      },
      onEnd: (end) => {
        trace.usage = live.answer.pipe.usage;
        this.#remember(live.answer.pipe.objectId, live.attempt);
        this.#judgeLive(end, live, trace);
        this.#deps.balancer.end(live.attempt, this.#deps.timing.now());
        this.#finish(peer, trace);
      },
    };
  }

  #judgeLive(
    end: LiveEnd,
    live: { readonly answer: LiveAnswer; readonly attempt: Attempt; readonly provider: Provider },
    trace: Trace,
  ): void {
    const { balancer, timing, redact, onChanges } = this.#deps;
    const now = timing.now();
    const facts = { dialect: live.provider.dialect, clientSentOrganization: false, now, redact };
    const verdict = classify(live.answer.outcomeOf(end), facts);
    onChanges(balancer.judge(live.attempt, verdict, now));
    trace.end = end.kind === "complete" ? "ok" : end.kind === "broken" ? "interrupted" : "client_gone";
    const record = trace.attempts.at(-1);
    if (record === undefined) return;
    record.endedAt = now;
    record.outcome = verdict.outcome;
    record.reason = verdict.reason;
  }

  #remember(objectId: string | undefined, { candidate }: Attempt): void {
    if (objectId === undefined) return;
    this.#owners.remember(objectId, { provider: candidate.provider, keyId: candidate.keyId });
  }

  #begin(): void {
    this.#inFlight += 1;
  }

  #finish(peer: Peer, trace: Trace): void {
    peer.restoreIdleTimeout();
    trace.endedAt = this.#deps.timing.now();
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#whenIdle?.();
    this.#deps.onTrace(trace);
  }
}

/** TRACE would answer with the credential that we send; CONNECT asks for a tunnel (RFC 9110, 9.3.6 and 9.3.8). */
const NEVER_RELAYED: ReadonlySet<string> = new Set(["TRACE", "CONNECT"]);

const NO_RELAY: RelayEvents = { onBytes: () => {}, onEnd: () => {} };

function frontEnd(failed: { readonly code: ErrorCode | "client_gone"; readonly detail?: string }): RunEnd {
  const { code, detail } = failed;
  if (code === "client_gone") return { kind: "client-gone" };
  return { kind: "refusal", code, ...(detail === undefined ? {} : { detail }) };
}

function refuse(code: ErrorCode, trace: Trace, detail?: string): Response {
  const headers = trace.repaired === undefined ? {} : { "x-openai-balance-repaired": trace.repaired };
  return errorAnswer(code, { requestId: trace.id, headers, ...(detail === undefined ? {} : { detail }) });
}

function readOnly(method: string, trace: Trace): Response | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  return errorAnswer("method_not_allowed", { requestId: trace.id, headers: { allow: "GET, HEAD" } });
}

// The URL's own parser would decode and normalise; the bytes after the host are wanted as they came.
function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start < 0) return { path: "/", query: "" };
  const question = url.indexOf("?", start);
  if (question < 0) return { path: url.slice(start), query: "" };
  return { path: url.slice(start, question), query: url.slice(question) };
}
