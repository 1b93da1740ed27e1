// Notes what a provider said in place of an answer, in the record of the attempt.
import { redactedStart } from "../../core/redacted-start.ts";
import { keptHeaders } from "../answer/kept-headers.ts";
import { MOST_SAID_BYTES, withoutRequest } from "../stream/said.ts";
import type { AttemptTrace } from "../trace.ts";
import type { AttemptResult, LivePart } from "./attempt-result.ts";

type Redact = (text: string) => string;

/** How an attempt ended before its commit: which outbound proxy it went through, and what it was answered if it failed. */
export function noteResult(record: AttemptTrace, result: AttemptResult<LivePart>, redact: Redact): void {
  record.proxy = result.proxy;
  record.sentAt = result.sentAt;
  record.headAt = result.headAt;
  if (result.kind !== "failed") return;
  noteText(record, result.said ?? bodyOf(result), redact);
  if (result.outcome.kind === "answer") record.headers = keptHeaders(result.outcome.headers, redact);
}

/** Nothing where nothing was said. */
export function noteText(record: AttemptTrace, said: Uint8Array | undefined, redact: Redact): void {
  if (said !== undefined && said.length > 0) record.text = redactedStart(said, MOST_SAID_BYTES, redact);
}

function bodyOf({ outcome, answer }: Extract<AttemptResult<LivePart>, { kind: "failed" }>): Uint8Array | undefined {
  const isInside = outcome.kind === "answer" && outcome.inside;
  return answer !== undefined && isInside ? withoutRequest(answer.body) : answer?.body;
}
