// Makes each attempt of a client request one HTTP exchange.

import { followingDownloads, isDownload } from "../../upstream/following-transport.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { TransportCall } from "../../upstream/transport.ts";
import type { LiveAnswer } from "../answer/live-answer.ts";
import { ModelBody } from "../body/model-body.ts";
import type { Upload } from "../body/upload.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Timing } from "../timing.ts";
import { runAttempt } from "./attempt.ts";
import type { AttemptClocks, AttemptResult } from "./attempt-result.ts";
import type { Attempter } from "./attempter.ts";
import type { Chosen } from "./chosen.ts";
import { upstreamCall } from "./upstream-call.ts";

export class HttpAttempter implements Attempter<LiveAnswer> {
  readonly #request: ClientRequest;
  readonly #timing: Timing;
  readonly #body: ModelBody;

  constructor(request: ClientRequest, timing: Timing) {
    this.#request = request;
    this.#timing = timing;
    this.#body = new ModelBody(request);
  }

  callOf({ candidate, provider, key, times }: Chosen): TransportCall | undefined {
    const { model } = candidate;
    const head = this.#body.under(model);
    const { upload } = this.#request;
    const body = head === null || upload === undefined ? head : upload.open(head);
    return upstreamCall(this.#request, { provider, key, model, body, connectMs: times.connectMs });
  }

  run(call: TransportCall, { provider }: Chosen, clocks: AttemptClocks): Promise<AttemptResult> {
    const { method, operation, computes, wantsStream, signal, upload, native, rest } = this.#request;
    const judgesBody = computes && method === "POST" && !operation.stateful;
    const isRedirected = native && provider.dialect.nativeVendor === "gemini" && isDownload(method, rest);
    const transport = isRedirected ? followingDownloads(provider.transport) : provider.transport;
    const input = { transport, call, operation, judgesBody, wantsStream, signal };
    const takenAt = upload && (() => upload.takenAt);
    const times = takenAt === undefined ? clocks : { ...clocks, takenAt };
    const result = runAttempt({ ...input, clocks: times }, this.#timing);
    return upload === undefined ? result : result.then((ended) => leaving(upload, ended));
  }
}

/** RFC 9110, 15.5.9: the provider did not get all of the request in its time. */
const REQUEST_TIMEOUT = 408;

/** A provider that waited for the client in vain is not at fault, nor is the key. */
function leaving(upload: Upload, result: AttemptResult): AttemptResult {
  if (result.kind !== "failed") return result;
  upload.leave();
  if (!upload.isStarved || !isBrokenOff(result.outcome)) return result;
  upload.giveUp();
  return { ...result, outcome: { kind: "client-gone", waitedMs: 0 } };
}

function isBrokenOff(outcome: Outcome): boolean {
  if (outcome.kind === "answer") return outcome.status === REQUEST_TIMEOUT;
  return outcome.kind === "refused" || outcome.kind === "maybe-executed";
}
