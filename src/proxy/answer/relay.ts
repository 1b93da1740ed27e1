// Passes a live answer to its client, no faster than the client reads.
import type { LiveAnswer, LiveEnd, LiveSink } from "./live-answer.ts";

/**
 * The body of a response, in the form of stream with the least delay and CPU per chunk (Bun's `direct`). While the
 * client does not read, the upstream is paused: what is buffered stays bounded by the sockets' own buffers. A broken
 * answer without a tail ends in a broken connection.
 */
export function relayBody(answer: LiveAnswer): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: "direct",
    pull: (controller) =>
      new Promise<void>((resolve, reject) => answer.attach(new ClientSink(answer, controller, { resolve, reject }))),
    cancel: () => answer.abort(),
  });
}

interface Settle {
  resolve(): void;
  reject(reason: Error): void;
}

class ClientSink implements LiveSink {
  readonly #answer: LiveAnswer;
  readonly #controller: ReadableStreamDirectController;
  readonly #settle: Settle;
  /** Writes that wait for the client to read. */
  #waiting = 0;

  constructor(answer: LiveAnswer, controller: ReadableStreamDirectController, settle: Settle) {
    this.#answer = answer;
    this.#controller = controller;
    this.#settle = settle;
  }

  write(bytes: Uint8Array): void {
    const written = this.#pass(bytes);
    if (!(written instanceof Promise) || Bun.peek.status(written) !== "pending") return;
    this.#waiting += 1;
    this.#answer.pause();
    written.then(
      () => this.#drained(),
      () => this.#answer.abort(),
    );
  }

  end(end: LiveEnd): void {
    if (end.kind === "aborted" || (end.kind === "broken" && end.tail === undefined)) {
      this.#settle.reject(new Error(end.kind));
      return;
    }
    this.#close();
    this.#settle.resolve();
  }

  // The server refuses bytes for a client that has just left; what it throws must not reach the upstream's parser.
  #pass(bytes: Uint8Array): number | Promise<number> {
    try {
      const written = this.#controller.write(bytes);
      this.#controller.flush();
      return written;
    } catch {
      this.#answer.abort();
      return 0;
    }
  }

  #drained(): void {
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#answer.resume();
  }

  #close(): void {
    try {
      this.#controller.close();
    } catch {
      // The client left before the end: there is nothing to close.
    }
  }
}
