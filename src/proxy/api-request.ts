// Serves one authenticated request of the API: body, attempts, response, and the end of what is live.
import type { Balancer } from "../balancer/balancer.ts";
import type { Change } from "../balancer/contract.ts";
import type { Usage } from "../core/usage.ts";
import type { Admission } from "../tokens/admission.ts";
import type { KnownToken } from "../tokens/known-token.ts";
import type { Permit } from "../tokens/permit.ts";
import { isEventStream } from "./answer/answer-form.ts";
import type { LiveEnd } from "./answer/live-answer.ts";
import { respond } from "./answer/respond.ts";
import { type LoopDeps, runAttempts } from "./attempt/attempt-loop.ts";
import { endAttempt } from "./attempt/end-attempt.ts";
import { judgeLive } from "./attempt/judge-live.ts";
import type { RunEnd } from "./attempt/run-end.ts";
import { UPLOAD_LIMIT, type Upload, type UploadFault } from "./body/upload.ts";
import type { ClientRequest } from "./client-request.ts";
import type { IssuedSecrets } from "./entrance/issued-secrets.ts";
import { admissionQuestion, liveSpending, spendingOf } from "./entrance/token-gate.ts";
import { type ApiTarget, type FrontFailure, readRequest } from "./front.ts";
import { joinedList } from "./objects/joined-list.ts";
import type { LateUsage } from "./objects/late-usage.ts";
import type { ObjectOwners } from "./objects/object-owners.ts";
import { OwnerLesson } from "./objects/owner-lesson.ts";
import { type Naming, type OwnUsage, ownUsageOf } from "./own-usage.ts";
import type { Setup } from "./setup.ts";
import type { Timing } from "./timing.ts";
import type { Trace } from "./trace.ts";

export interface ApiDeps {
  readonly balancer: Balancer;
  readonly timing: Timing;
  readonly redact: (text: string) => string;
  readonly onChanges: (changes: readonly Change[]) => void;
  readonly admission: Admission;
  readonly owners: ObjectOwners;
  readonly ephemeral: IssuedSecrets;
  /** What was begun whose usage is told later. */
  readonly late: LateUsage;
  /** Takes what is our own bug. */
  readonly onBug: (error: unknown, requestId: string) => void;
}

export interface ApiContext {
  readonly setup: Setup;
  /** What the attempts need of the setup. */
  readonly loop: LoopDeps;
  readonly trace: Trace;
  /** The request is read: the server's idle timeout no longer applies to it. */
  onRead(): void;
  /** A live answer is over; never called if the answer was not live. */
  onOver(): void;
}

export interface Served {
  readonly response: Response;
  readonly isLive: boolean;
}

type Live = Extract<RunEnd, { kind: "live" }>;

const ENDS = { complete: "ok", broken: "interrupted", aborted: "client_gone" } as const;

/** The response to one request; `isLive`: its body goes on after it, until `onOver`. */
export function serveApi(request: Request, target: ApiTarget, context: ApiContext, deps: ApiDeps): Promise<Served> {
  return new ApiRequest(request, context, deps).serve(target);
}

class ApiRequest {
  readonly #request: Request;
  readonly #context: ApiContext;
  readonly #deps: ApiDeps;
  /** What the request holds of its token's limits, where it has some. */
  #permit: Permit | undefined;
  #upload: Upload | undefined;
  #ownUsage: OwnUsage | undefined;

  constructor(request: Request, context: ApiContext, deps: ApiDeps) {
    this.#request = request;
    this.#context = context;
    this.#deps = deps;
  }

  async serve(target: ApiTarget): Promise<Served> {
    let end: RunEnd = { kind: "client-gone" };
    try {
      end = await this.#run(target);
    } finally {
      // Also after a bug of our own: nothing may be held for ever.
      const isPartial = this.#upload?.isWhole === false;
      if (end.kind !== "live") this.#permit?.settle(spendingOf(end, this.#context.trace, isPartial));
    }
    if (end.kind === "whole") this.#noteUsage(this.#context.trace.usage, end.answer);
    return end.kind === "live" ? this.#goLive(end) : { response: this.#respond(end), isLive: false };
  }

  async #run(target: ApiTarget): Promise<RunEnd> {
    const { setup, trace, onRead } = this.#context;
    const { owners, balancer, timing } = this.#deps;
    const front = await readRequest(this.#request, target, { setup, owners, balancer, timing, onRead }, trace);
    if (!front.ok) return endOf(front);
    this.#upload = front.request.upload;
    this.#ownUsage = ownUsageOf(front.request, this.#deps.late);
    try {
      const refusal = target.token && this.#admit(target.token, front.request);
      if (refusal !== undefined) return uploadEnd(refusal, front.request);
      const end = uploadEnd(await this.#runAttempts(front.request), front.request);
      this.#learnSecret(front.request, end, target);
      return end;
    } finally {
      trace.bytesIn = this.#upload?.bytes ?? trace.bytesIn;
      front.release();
    }
  }

  /** Of one that went on while its answer came. */
  #endUpload(): void {
    const upload = this.#upload;
    if (upload === undefined) return;
    upload.close();
    this.#context.trace.bytesIn = upload.bytes;
  }

  async #runAttempts(request: ClientRequest): Promise<RunEnd> {
    const { loop, trace } = this.#context;
    const { owners, balancer } = this.#deps;
    const lesson = new OwnerLesson(request, { owners, balancer });
    const run = (asked: ClientRequest) => runAttempts(asked, loop, trace);
    const onEnd = (end: RunEnd) => lesson.ofEnd(end, request.search);
    if (request.listKeys !== undefined) return joinedList(request, request.listKeys, { loop, run, onEnd });
    const end = await run(request);
    onEnd(end);
    return end;
  }

  #learnSecret(request: ClientRequest, end: RunEnd, { client, opener }: ApiTarget): void {
    this.#deps.ephemeral.learn(request, end, { client: opener && client, tokenId: opener?.id });
  }

  #admit(token: KnownToken, request: ClientRequest): RunEnd | undefined {
    const admitted = this.#deps.admission.admit(admissionQuestion(token, request, this.#context.trace.model));
    if (!admitted.ok) return endOf(admitted);
    this.#permit = admitted.permit;
    return undefined;
  }

  #noteUsage(usage: Usage | undefined, answer: Naming): void {
    const { trace } = this.#context;
    if (this.#ownUsage === undefined) trace.usage = usage;
    else this.#ownUsage.note(trace, usage, answer);
  }

  #respond(end: RunEnd): Response {
    const { setup, trace } = this.#context;
    return respond(end, {
      server: setup.config.server,
      method: this.#request.method,
      request: this.#request,
      now: this.#deps.timing.now(),
      trace,
    });
  }

  #goLive(live: Live): Served {
    const { trace } = this.#context;
    trace.committedAt = this.#deps.timing.now();
    trace.isStream ||= isEventStream(live.answer.head.headers);
    let response: Response;
    try {
      response = this.#respond(live);
    } catch (error: unknown) {
      live.answer.abort();
      this.#giveBack(live, { kind: "aborted" });
      throw error;
    }
    live.answer.whenOver((end) => this.#over(end, live));
    return { response, isLive: true };
  }

  // Called by the transport or the server, which know nothing of our bugs.
  #over(end: LiveEnd, live: Live): void {
    const { trace, onOver } = this.#context;
    try {
      trace.bytesOut = live.answer.bytesOut;
      this.#endUpload();
      const { said, usage, objectIds } = live.answer.pipe;
      this.#noteUsage(usage, { objectIds });
      // A stream may come to its end by saying that it failed.
      trace.end = end.kind === "complete" && said !== undefined ? "interrupted" : ENDS[end.kind];
      judgeLive(live.answer.outcomeOf(end), { ...live, trace, said }, this.#deps);
    } catch (error: unknown) {
      this.#deps.onBug(error, trace.id);
    } finally {
      this.#giveBack(live, end);
      onOver();
    }
  }

  #giveBack({ answer, attempt }: Live, end: LiveEnd): void {
    const { usage } = answer.pipe;
    endAttempt(attempt, { usage, isSent: true }, this.#context.loop);
    this.#permit?.settle(liveSpending(end, { usage, target: attempt.candidate, answer }));
  }
}

/** A client whose upload was given up here has not left: it is told why. */
function uploadEnd(end: RunEnd, { upload }: ClientRequest): RunEnd {
  if (end.kind !== "live") upload?.close();
  const isGivenUp = end.kind === "client-gone" && upload?.fault !== undefined;
  return isGivenUp ? { kind: "refusal", code: upload.fault, detail: UPLOAD_DETAILS[upload.fault] } : end;
}

const UPLOAD_DETAILS: Readonly<Record<UploadFault, string>> = {
  request_timeout: "the upload stood still for as long as server.body_timeout, or as the provider waits",
  ambiguous_body: "model or stream, or a part that could be one of them to some readers, behind the head of the upload",
  request_too_large: UPLOAD_LIMIT,
};

function endOf({ ok: _, code, ...facts }: FrontFailure): RunEnd {
  return code === "client_gone" ? { kind: "client-gone" } : { kind: "refusal", code, ...facts };
}
