// Asks, reads what comes, and tells the page of it: at most once for each picture that is drawn.

import type { OutputOf } from "../../admin/operation-table.ts";
import { ApiFailure, toFailure } from "../api/api-failure.ts";
import { Observable } from "../api/observable.ts";
import { t } from "../texts/texts.ts";
import { AnswerReader } from "./answer-reader.ts";
import { beginExchange, type ChatInput, type ChatSettings, DEFAULTS, type Exchange, inputOf } from "./conversation.ts";

export interface ChatState {
  readonly exchanges: readonly Exchange[];
  readonly settings: ChatSettings;
  /** What is being written. */
  readonly draft: string;
  readonly isBusy: boolean;
}

type Item = OutputOf<"chat">;

export interface ChatSessionOptions {
  readonly ask: (input: ChatInput, signal: AbortSignal) => AsyncIterable<Item>;
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** Calls when the next picture is drawn. */
  readonly onPicture: (draw: () => void) => void;
}

/** It goes on while another page is shown, and is gone with the document. */
export class ChatSession {
  readonly state = new Observable<ChatState>({ exchanges: [], settings: DEFAULTS, draft: "", isBusy: false });
  readonly #options: ChatSessionOptions;
  #running: AbortController | undefined;
  #lastId = 0;

  constructor(options: ChatSessionOptions) {
    this.#options = options;
  }

  change(settings: Partial<ChatSettings>): void {
    this.#set({ settings: { ...this.state.value.settings, ...settings } });
  }

  write(draft: string): void {
    this.#set({ draft });
  }

  /** Resolves when its answer has ended, however it did; one at a time. */
  async send(question: string): Promise<void> {
    const { exchanges, settings, isBusy } = this.state.value;
    if (isBusy || question.trim() === "") return;
    this.#lastId += 1;
    const exchange = beginExchange(this.#lastId, question);
    const input = inputOf(settings, exchanges, question);
    this.#set({ exchanges: [...exchanges, exchange], draft: "", isBusy: true });
    await this.#run(exchange, input);
    this.#set({ isBusy: false });
  }

  /** Asks once more what failed, or was stopped. */
  async again({ id, question }: Exchange): Promise<void> {
    if (this.state.value.isBusy) return;
    const { draft } = this.state.value;
    this.#set({ exchanges: this.state.value.exchanges.filter((exchange) => exchange.id !== id) });
    const sent = this.send(question);
    this.#set({ draft });
    await sent;
  }

  stop(): void {
    this.#running?.abort();
  }

  /** Begins a new conversation. */
  clear(): void {
    this.stop();
    this.#set({ exchanges: [] });
  }

  async #run(exchange: Exchange, input: ChatInput): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    const reading = new Reading(exchange, this.#options, (next) => this.#replace(next));
    try {
      for await (const item of this.#options.ask(input, running.signal)) reading.take(item);
      reading.end();
    } catch (error: unknown) {
      if (running.signal.aborted) reading.stop();
      else reading.fail(toFailure(error));
    } finally {
      this.#running = undefined;
    }
  }

  #replace(next: Exchange): void {
    const { exchanges } = this.state.value;
    this.#set({ exchanges: exchanges.map((exchange) => (exchange.id === next.id ? next : exchange)) });
  }

  #set(patch: Partial<ChatState>): void {
    this.state.set({ ...this.state.value, ...patch });
  }
}

/** One exchange while its answer comes. */
class Reading {
  #exchange: Exchange;
  readonly #reader = new AnswerReader();
  readonly #options: ChatSessionOptions;
  readonly #onChange: (exchange: Exchange) => void;
  readonly #startedAt: number;
  #isDrawn = true;
  #isOver = false;

  constructor(exchange: Exchange, options: ChatSessionOptions, onChange: (exchange: Exchange) => void) {
    this.#exchange = exchange;
    this.#options = options;
    this.#onChange = onChange;
    this.#startedAt = options.now();
  }

  take({ kind, request_id, status, text = "", record }: Item): void {
    switch (kind) {
      case "head":
        this.#show({ requestId: request_id, status });
        return;
      case "data":
        if (this.#reader.push(text)) this.#showSoon();
        return;
      case "end":
        this.#exchange = { ...this.#exchange, record };
        return;
      default:
        kind satisfies never;
    }
  }

  end(): void {
    const { record, status = 0 } = this.#exchange;
    if (record === undefined) {
      this.fail(new ApiFailure("unreachable", t("ui.broke_off"), 0));
      return;
    }
    this.#reader.end(status >= 400);
    const isFailed = status >= 400 || record.end !== "ok" || this.#reader.answer.error !== undefined;
    this.#finish({ state: isFailed ? "failed" : "done" });
  }

  stop(): void {
    this.#finish({ state: "stopped" });
  }

  fail({ message }: ApiFailure): void {
    this.#finish({ state: "failed", failure: message });
  }

  #finish(patch: Partial<Exchange>): void {
    this.#isOver = true;
    this.#show({ answer: this.#reader.answer, ...patch });
  }

  #showSoon(): void {
    this.#exchange = {
      ...this.#exchange,
      firstTokenMs: this.#exchange.firstTokenMs ?? this.#options.now() - this.#startedAt,
    };
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    this.#options.onPicture(() => {
      this.#isDrawn = true;
      if (!this.#isOver) this.#show({ state: "answering", answer: this.#reader.answer });
    });
  }

  #show(patch: Partial<Exchange>): void {
    this.#exchange = { ...this.#exchange, ...patch };
    this.#onChange(this.#exchange);
  }
}
