// Serves one authenticated request for a WebSocket: a key, the upgrade, and the session until both sides are closed.
import type { Attempt } from "../../balancer/contract.ts";
import type { ClientTokens } from "../../tokens/client-tokens.ts";
import type { KnownToken } from "../../tokens/known-token.ts";
import type { Permit } from "../../tokens/permit.ts";
import type { Outcome, ParsedError } from "../../upstream/outcome.ts";
import { CLOSE, type CloseReason } from "../../upstream/websocket/close-codes.ts";
import { failureOf } from "../answer/answer-head.ts";
import { errorAnswer } from "../answer/error-answer.ts";
import type { ErrorCode } from "../answer/error-table.ts";
import { answerHeaders, type ResponseFacts, respond } from "../answer/respond.ts";
import type { ApiContext, ApiDeps, Served } from "../api-request.ts";
import { runAttemptsOf } from "../attempt/attempt-loop.ts";
import { endAttempt } from "../attempt/end-attempt.ts";
import { judgeLive } from "../attempt/judge-live.ts";
import type { RunEnd } from "../attempt/run-end.ts";
import { keepBody } from "../body/recorded-body.ts";
import type { ClientRequest } from "../client-request.ts";
import { spendingOf } from "../entrance/token-gate.ts";
import type { ApiTarget } from "../front.ts";
import { shownName } from "../shown-name.ts";
import { withoutRequest } from "../stream/said.ts";
import { noteEnd } from "../trace.ts";
import { ClientLink, type Upgrade } from "./client-link.ts";
import type { ClientSocket, ClientSocketEvents } from "./client-socket.ts";
import { lastWords } from "./last-words.ts";
import type { LiveSocket, SessionEnd } from "./live-socket.ts";
import type { OpenSession, OpenSessions } from "./open-sessions.ts";
import { readSocketRequest } from "./read-socket-request.ts";
import { isOfKey } from "./session-error.ts";
import { admitSession, allOf, chargeSession, POLICY_VIOLATION, settleSession } from "./session-permit.ts";
import { SessionRight } from "./session-right.ts";
import { isRoutedByMessages, SessionRoute } from "./session-route.ts";
import { noteSessionEnd } from "./session-trace.ts";
import { SocketAttempter } from "./socket-attempter.ts";
import { handshakeFault } from "./socket-request.ts";

export interface SocketContext extends ApiContext {
  /** Of a server that has WebSockets. */
  readonly peer: { readonly upgrade?: (headers: Headers, events: ClientSocketEvents) => ClientSocket | undefined };
}

export interface SocketDeps extends ApiDeps {
  readonly sessions: OpenSessions;
  readonly tokens: Pick<ClientTokens, "asItIsNow" | "all">;
}

/** Why nothing is attempted. */
interface Refused {
  readonly code: ErrorCode;
  readonly detail?: string;
  readonly text?: string;
  readonly retryAfterMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

type Live = Extract<RunEnd<LiveSocket>, { kind: "live" }>;

/** RFC 6455 section 4.4 and RFC 9110 section 15.5.22: a refused version is answered with what is spoken. */
const SPOKEN = { upgrade: "websocket", connection: "upgrade", "sec-websocket-version": "13" };

/** Taken by the server for an answer that it does not send: the request was upgraded. */
const UPGRADED = () => new Response(null);

/** The response where there is no WebSocket; else `isLive`, and `onOver` follows. */
export function serveSocket(
  request: Request,
  target: ApiTarget,
  context: SocketContext,
  deps: SocketDeps,
): Promise<Served> {
  return new Session(request, context, deps).serve(target);
}

class Session implements OpenSession {
  readonly #request: Request;
  readonly #context: SocketContext;
  readonly #deps: SocketDeps;
  readonly #link: ClientLink;
  #session: LiveSocket | undefined;
  /** Undefined where the address says where it goes. */
  #route: SessionRoute | undefined;
  #isBlamed = false;
  /** What the session holds of its token's limits, where it has some. */
  #permit: Permit | undefined;

  constructor(request: Request, context: SocketContext, deps: SocketDeps) {
    this.#request = request;
    this.#context = context;
    this.#deps = deps;
    const upgrade: Upgrade = (headers, events) => context.peer.upgrade?.(headers, events);
    const { setup, trace } = context;
    this.#link = new ClientLink(upgrade, request.signal, setup.bodies);
    if (setup.config.requests.recordBodies === "on_error") {
      this.#link.onFirst = ({ bytes }) => keepBody(trace, bytes, setup.bodies);
    }
  }

  async serve(target: ApiTarget): Promise<Served> {
    const { setup, trace, onRead } = this.#context;
    const fault = handshakeFault(this.#request);
    if (fault !== undefined) return this.#refuse({ code: fault, headers: SPOKEN });
    onRead();
    const { owners, balancer, timing } = this.#deps;
    const front = readSocketRequest(this.#request, target, { setup, owners, balancer, now: timing.now }, trace);
    if (!front.ok) return this.#refuse(front);
    const request: ClientRequest = { ...front.request, signal: this.#link.signal };
    const admitted = target.token && admitSession(target.token, request, trace.model, this.#deps.admission);
    if (admitted?.ok === false) return this.#refuse(admitted);
    this.#permit = admitted?.permit;
    this.#endWithToken(target.opener);
    if (isRoutedByMessages(request)) {
      this.#route = new SessionRoute(request, target, { setup, owners, balancer, now: timing.now });
    }
    try {
      return await this.#run(request);
    } catch (error: unknown) {
      this.#permit?.settle({ end: "cut" });
      throw error;
    }
  }

  /** Resolves when the client's connection is closed. */
  get whenClientGone(): Promise<void> {
    return this.#link.whenGone;
  }

  closeBoth(close: CloseReason): void {
    if (this.#session === undefined) this.#link.leave(close, close.reason);
    else this.#session.closeBoth(close);
  }

  /** Whoever may not open a session any more may not go on to use one. */
  #endWithToken(opener: KnownToken | undefined): void {
    const { tokens, timing } = this.#deps;
    const right = new SessionRight({ opener, tokens, now: timing.now });
    this.#link.maySend = () => {
      if (right.holds) return true;
      this.closeBoth({ code: POLICY_VIOLATION, reason: "invalid_api_key" });
      return false;
    };
  }

  async #run(request: ClientRequest): Promise<Served> {
    const { trace } = this.#context;
    const attempter = this.#attempterOf(request);
    const run = this.#attempt(request, attempter);
    await Promise.race([this.#link.whenOpen, run]);
    if (!this.#link.isOpen) return this.#unopened(await run);
    trace.status = 101;
    trace.committedAt = this.#deps.timing.now();
    this.#follow(run, attempter, request).catch((error: unknown) => this.#deps.onBug(error, trace.id));
    return { response: UPGRADED(), isLive: true };
  }

  /** A second time where the first message was for others than those asked before it was known. */
  async #attempt(request: ClientRequest, attempter: SocketAttempter): Promise<RunEnd<LiveSocket>> {
    const { loop, trace } = this.#context;
    const end = await runAttemptsOf({ request, attempter }, loop, trace);
    if (this.#route?.model !== undefined) trace.model = shownName(this.#route.model);
    const moved = this.#route?.moved;
    if (moved === undefined || this.#link.signal.aborted) return end;
    const left = trace.attempts.at(-1);
    if (left !== undefined) left.reason = "session_moved";
    return runAttemptsOf({ request: moved, attempter }, loop, trace);
  }

  #attempterOf(request: ClientRequest): SocketAttempter {
    const { timing } = this.#deps;
    return new SocketAttempter({
      request,
      route: this.#route,
      link: this.#link,
      timing,
      answerHeaders: (headers, { provider, key }) => {
        const own = answerHeaders(headers, { provider, mask: key.mask }, this.#responseFacts());
        for (const name of [...own.keys()]) if (name.startsWith("sec-websocket-")) own.delete(name);
        return own;
      },
    });
  }

  #unopened(end: RunEnd<LiveSocket>): Served {
    // Nothing is live that was not opened.
    if (end.kind === "live") throw new Error("A session is live without a client");
    this.#permit?.settle(spendingOf(end, this.#context.trace));
    return { response: respond(end, this.#responseFacts()), isLive: false };
  }

  #responseFacts(): ResponseFacts {
    const { setup, trace } = this.#context;
    const request = this.#request;
    const { method } = request;
    return { server: setup.config.server, method, request, now: this.#deps.timing.now(), trace };
  }

  /** The session after its upgrade; both sides are closed when it resolves. */
  async #follow(run: Promise<RunEnd<LiveSocket>>, attempter: SocketAttempter, request: ClientRequest): Promise<void> {
    const { trace, onOver } = this.#context;
    const remove = this.#deps.sessions.add(this);
    try {
      const end = await run;
      if (end.kind === "live") await this.#live(end, request);
      else this.#failed(end, attempter, request);
      if (end.kind !== "live") this.#permit?.settle(spendingOf(end, trace));
      await this.#link.whenGone;
    } catch (error: unknown) {
      this.#link.close({ code: CLOSE.internalError, reason: "internal_error" });
      throw error;
    } finally {
      remove();
      this.#link.kept.forget();
      this.#permit?.settle({ end: "cut" });
      trace.bytesIn = this.#link.bytesIn;
      trace.bytesOut = this.#link.bytesOut;
      onOver();
    }
  }

  async #live(live: Live, { native, operation, ownSecret }: ClientRequest): Promise<void> {
    const { answer, attempt } = live;
    const { trace, loop } = this.#context;
    const target = attempt.candidate;
    this.#session = answer;
    try {
      // Those of the Realtime API are not stored.
      if (operation.name === "responses") this.#learn(answer, attempt);
      // What is wrong with the client's own secret says nothing of the key.
      if (ownSecret === undefined) answer.onError = (error, said) => this.#blame(error, said, live);
      if (this.#permit !== undefined) chargeSession(answer, this.#permit, { target, native, requestId: trace.id });
      const end = await new Promise<SessionEnd>((resolve) => answer.whenOver(resolve));
      noteSessionEnd(trace, end, this.#link.leftFor);
      trace.usage = answer.pipe.usage;
      trace.upstreamModel = shownName(this.#route?.upstreamModel);
      // Its key was found wanting meanwhile: that it ends well must not make up for it.
      const reason = end.kind === "broken" ? Buffer.from(end.reason ?? "") : undefined;
      if (!this.#isBlamed) this.#judge(answer.outcomeOf(end), live, reason);
      else noteEnd(trace, this.#deps.timing.now());
    } finally {
      answer.abort();
      endAttempt(attempt, { usage: allOf(answer.pipe.usage), isSent: true }, loop);
      if (this.#permit !== undefined) settleSession(answer, this.#permit, target);
    }
  }

  /** The session goes on, but nobody else is sent to its key. */
  #blame(error: ParsedError, said: Uint8Array, live: Live): void {
    if (!isOfKey(error, live.provider.dialect)) return;
    this.#isBlamed = true;
    this.#judge(failureOf(live.answer.head, { inside: true, error }), live, withoutRequest(said));
  }

  #judge(outcome: Outcome, { provider, attempt }: Live, said?: Uint8Array): void {
    judgeLive(outcome, { provider, attempt, trace: this.#context.trace, said }, this.#deps);
  }

  /** Which responses the key has now; the first message may have ended one already. */
  #learn(session: LiveSocket, { candidate: { provider, keyId } }: Attempt): void {
    const { owners, balancer } = this.#deps;
    const owner = { provider, keyId, account: balancer.accountOf({ provider, keyId }) };
    session.onResponse = (id) => owners.remember(id, owner);
    if (session.pipe.responseId !== undefined) session.onResponse(session.pipe.responseId);
  }

  #failed(end: Exclude<RunEnd<LiveSocket>, Live>, { lastWord }: SocketAttempter, { native }: ClientRequest): void {
    const { trace } = this.#context;
    if (end.kind === "client-gone") {
      noteSessionEnd(trace, end, this.#link.leftFor);
      return;
    }
    if (end.kind === "whole") throw new Error("A session has no whole answer");
    trace.end = "error";
    if (end.kind === "refusal") trace.errorCode = end.code;
    const { message, close } = lastWords(end, { requestId: trace.id, native, word: lastWord });
    if (message !== undefined) this.#link.send(message);
    this.#link.close(close);
  }

  #refuse({ code, headers = {}, ...facts }: Refused): Served {
    const { trace } = this.#context;
    const response = errorAnswer(code, { ...facts, requestId: trace.id, headers });
    trace.end = "error";
    trace.errorCode = code;
    trace.status = response.status;
    return { response, isLive: false };
  }
}
