// Makes each attempt of a client request one WebSocket.
import type { HeaderList, TransportCall } from "../../upstream/transport.ts";
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";
import { opensSockets } from "../../upstream/websocket/upstream-socket.ts";
import { failureOf } from "../answer/answer-head.ts";
import type { AttemptClocks } from "../attempt/attempt-result.ts";
import type { Attempter } from "../attempt/attempter.ts";
import type { Chosen } from "../attempt/chosen.ts";
import { upstreamCall } from "../attempt/upstream-call.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Timing } from "../timing.ts";
import type { ClientLink } from "./client-link.ts";
import type { LiveSocket } from "./live-socket.ts";
import type { SessionRoute } from "./session-route.ts";
import { type LastWord, runSocketAttempt, type SocketResult } from "./socket-attempt.ts";
import { withModel } from "./socket-operation.ts";
import { withoutHandshake } from "./socket-request.ts";
import { answeredProtocol, offeredAgain, offeredProtocols } from "./subprotocols.ts";

export interface SocketAttempterStart {
  readonly request: ClientRequest;
  readonly link: ClientLink;
  /** Where the messages say where the session goes. */
  readonly route: SessionRoute | undefined;
  readonly timing: Timing;
  /** The headers of the client's 101, from those of the provider's. */
  readonly answerHeaders: (headers: HeaderList, chosen: Chosen) => Headers;
}

export class SocketAttempter implements Attempter<LiveSocket> {
  readonly #start: SocketAttempterStart;
  readonly #upstreamHeaders: Headers;
  /** Of the last attempt that failed with one. */
  lastWord: LastWord | undefined;

  constructor(start: SocketAttempterStart) {
    this.#start = start;
    this.#upstreamHeaders = withoutHandshake(start.request.headers);
  }

  callOf({ candidate, provider, key, times }: Chosen): TransportCall | undefined {
    const { request, link } = this.#start;
    const { model } = candidate;
    const query = withModel(request.query, model, provider.config);
    const target = { provider, key, model, body: null, connectMs: times.connectMs };
    const call = upstreamCall({ ...request, query, headers: this.#upstreamHeaders }, target);
    if (call === undefined) return undefined;
    const all = offeredProtocols(request.headers, provider.config.passOrganization);
    const offered = link.isOpen ? offeredAgain(all, link.protocol) : all;
    if (offered.length === 0) return call;
    return { ...call, headers: [...call.headers, "sec-websocket-protocol", offered.join(", ")] };
  }

  run(call: TransportCall, chosen: Chosen, clocks: AttemptClocks): Promise<SocketResult> {
    const { request, link, route, timing } = this.#start;
    const { candidate } = chosen;
    const { transport, dialect } = chosen.provider;
    if (!opensSockets(transport)) return Promise.resolve(NO_SOCKETS);
    const mask = (text: string) => chosen.key.mask.mask(text);
    this.lastWord = undefined;
    const onLastWord = (word: LastWord) => {
      this.lastWord = word;
    };
    const onOpen = (headers: HeaderList, protocol: string | undefined) => this.#open(headers, protocol, chosen);
    if (route !== undefined) link.outgoing = (message) => route.under(candidate.provider, message);
    const leadsElsewhere = (message: SocketMessage) => route?.leadsElsewhere(message, candidate) === true;
    const { computes } = request;
    const events = { onOpen, onLastWord, leadsElsewhere };
    return runSocketAttempt({ transport, call, dialect, mask, clocks, computes, link, ...events }, timing);
  }

  #open(headers: HeaderList, protocol: string | undefined, chosen: Chosen): boolean {
    const { request, link, answerHeaders } = this.#start;
    return link.open(answerHeaders(headers, chosen), answeredProtocol(request.headers, protocol));
  }
}

/** What answers inside of this process has none: the pretended provider of a demo. */
const NO_SOCKETS: SocketResult = noSockets();

function noSockets(): SocketResult {
  const error = { message: "This provider has no WebSockets", type: "invalid_request_error", param: null, code: null };
  const body = Buffer.from(JSON.stringify({ error }));
  const headers: HeaderList = [["content-type", "application/json"]];
  const outcome = failureOf({ status: 404, headers, latencyMs: 0 }, { error: { message: error.message } });
  return { kind: "failed", outcome, answer: { status: 404, headers, body } };
}
