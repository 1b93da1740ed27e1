// Chats that the operator has through the proxy.
import type { KeyPlace } from "../balancer/contract.ts";
import type { RequestDetail } from "../records/record.ts";

export interface ChatPort {
  /**
   * Sends one chat completion as the proxy sends those of clients. What goes wrong on the way is a part of the answer,
   * and whoever stops reading, or aborts, cancels the upstream call.
   */
  ask(question: ChatQuestion, signal: AbortSignal): AsyncIterable<ChatPart>;
}

export interface ChatQuestion {
  /** What is sent, as JSON. */
  readonly body: object;
  /** Undefined: as the model says. */
  readonly provider: string | undefined;
  /** The only key that may serve it. */
  readonly pin: KeyPlace | undefined;
}

/** First the head, then the text, at last the record: always, unless the call was aborted. */
export type ChatPart =
  | { readonly kind: "head"; readonly requestId: string; readonly status: number }
  /** Of an answer that is no error it is as it came, but for secrets that are known; an error is redacted. */
  | { readonly kind: "data"; readonly text: string }
  | { readonly kind: "end"; readonly record: FreshRecord };

/** A record that need not be written, or ever be; with every attempt, also where the first one served the request. */
export type FreshRecord = Omit<RequestDetail, "seq" | "body">;
