// One try to deliver a message of a webhook: a POST whose answer counts by its status alone.
import type { WebhookConfig } from "../config/webhook-config.ts";
import type { Timing } from "../proxy/timing.ts";
import { statedRetryMs } from "../upstream/retry-after.ts";
import type { Transport, TransportCall, TransportEvents } from "../upstream/transport.ts";
import type { TryEnd } from "../webhooks/next-try.ts";
import type { Payload } from "../webhooks/payload.ts";
import { signatureHeaders } from "../webhooks/sign.ts";

export interface PostOptions {
  readonly transport: Transport;
  readonly timing: Timing;
  /** Masks secrets in the finished body too. */
  readonly redact: (text: string) => string;
  readonly signal: AbortSignal;
}

/** What of an answer is read, so that the connection can be used again; beyond it the connection is closed. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Follows no redirect, and waits for the answer no longer than the webhook's `timeout`. Never rejects. */
export function postWebhook(payload: Payload, config: WebhookConfig, options: PostOptions): Promise<TryEnd> {
  const { transport, timing, signal } = options;
  const call = callOf(payload, config, options);
  return new Promise((resolve) => {
    const answer = new AnswerEnd(timing.now, (end) => {
      stopTimer();
      signal.removeEventListener("abort", onAbort);
      resolve(end);
    });
    const exchange = transport.start(call, answer);
    answer.onTooLong = () => exchange.abort();
    const giveUp = (fault: string) => {
      answer.fault = fault;
      exchange.abort();
    };
    const stopTimer = timing.schedule(config.timeoutMs, () => giveUp("TIMEOUT"));
    const onAbort = () => giveUp("ABORTED");
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function callOf(payload: Payload, config: WebhookConfig, { redact, timing }: PostOptions): TransportCall {
  const { origin, pathname, search } = new URL(config.url);
  const body = redact(payload.body);
  const headers = [
    "content-type",
    "application/json",
    "user-agent",
    "openai-balance",
    ...signatureHeaders({ id: payload.id, at: timing.now(), body }, config.secret),
    ...Object.entries(config.headers).flat(),
  ];
  const path = pathname + search;
  return { origin, path, method: "POST", headers, body: Buffer.from(body), connectMs: config.timeoutMs };
}

/** Waits for the end of an answer; once its head is here, nothing that follows changes what it means. */
class AnswerEnd implements TransportEvents {
  fault: string | undefined;
  onTooLong = () => {};
  readonly #now: () => number;
  readonly #done: (end: TryEnd) => void;
  #answer: TryEnd | undefined;
  #bytes = 0;

  constructor(now: () => number, done: (end: TryEnd) => void) {
    this.#now = now;
    this.#done = done;
  }

  onHead(status: number, headers: Parameters<TransportEvents["onHead"]>[1]): void {
    this.#answer = { status, retryAfterMs: statedRetryMs(headers, undefined, this.#now()) };
  }

  onData({ length }: Uint8Array): void {
    this.#bytes += length;
    if (this.#bytes > MAX_ANSWER_BYTES) this.onTooLong();
  }

  onEnd(end: Parameters<TransportEvents["onEnd"]>[0]): void {
    const cause = end.kind === "complete" ? "NO_ANSWER" : end.cause;
    this.#done(this.#answer ?? { fault: this.fault ?? cause });
  }
}
