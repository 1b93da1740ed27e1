// The ceiling, a process of its own: the least that can be called a proxy on Bun.serve and undici's dispatch.
// Bun replaces the bare specifier by a stub of its own whose dispatch does nothing.
import { Agent, type Dispatcher } from "undici/index.js";

/** As many as the daemon's transport may open; HTTP/2 multiplexes the calls over them. */
const HTTP2_CONNECTIONS = 16;

const HOP_BY_HOP = new Set(["host", "connection", "keep-alive", "transfer-encoding", "content-length"]);

const [origin = "", ca = ""] = process.argv.slice(2);
const isTls = origin.startsWith("https:");
const agent = new Agent({
  allowH2: isTls,
  headersTimeout: 0,
  bodyTimeout: 0,
  ...(isTls && { connections: HTTP2_CONNECTIONS, connect: { ca: await Bun.file(ca).text() } }),
});

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  fetch: async (request) => relay(request, new Uint8Array(await request.arrayBuffer())),
});
process.stdout.write(`minimal proxy listening on http://127.0.0.1:${server.port}\n`);

function relay(request: Request, body: Uint8Array): Promise<Response> {
  const path = request.url.slice(request.url.indexOf("/", "http://".length));
  const headers: string[] = [];
  request.headers.forEach((value, name) => {
    if (!HOP_BY_HOP.has(name)) headers.push(name, value);
  });
  const method = request.method as Dispatcher.HttpMethod;
  return new Promise((resolve) => {
    agent.dispatch({ origin, path, method, headers, body }, new Relay(resolve));
  });
}

/** Collects an answer that has a length, and passes each chunk of an event stream on at once. */
class Relay implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: Response) => void;
  readonly #chunks: Buffer[] = [];
  #init: { status: number; headers: Record<string, string> } = { status: 502, headers: {} };
  #stream: ReadableStreamDirectController | undefined;
  #isStream = false;
  #close: (() => void) | undefined;

  constructor(resolve: (answer: Response) => void) {
    this.#resolve = resolve;
  }

  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, given: object): void {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(given)) {
      if (!HOP_BY_HOP.has(name)) headers[name] = String(value);
    }
    this.#init = { status, headers };
    this.#isStream = headers["content-type"]?.startsWith("text/event-stream") ?? false;
    if (this.#isStream) this.#resolve(new Response(this.#openStream(), this.#init));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream === undefined) {
      this.#chunks.push(chunk);
      return;
    }
    this.#stream.write(chunk);
    this.#stream.flush();
  }

  onResponseEnd(): void {
    if (this.#isStream) this.#close?.();
    else this.#resolve(new Response(this.#body(), this.#init));
  }

  onResponseError(): void {
    if (this.#isStream) this.#close?.();
    else this.#resolve(new Response("Bad gateway", { status: 502 }));
  }

  #openStream(): ReadableStream {
    const stream = new ReadableStream({
      type: "direct",
      pull: (controller: ReadableStreamDirectController) => this.#pull(controller),
    });
    return stream as ReadableStream;
  }

  /** What came before Bun asked for the body goes first. */
  #pull(controller: ReadableStreamDirectController): Promise<void> {
    this.#stream = controller;
    for (const chunk of this.#chunks) controller.write(chunk);
    controller.flush();
    return new Promise((resolve) => {
      this.#close = () => {
        controller.close();
        resolve();
      };
    });
  }

  #body(): Buffer {
    const [only, ...others] = this.#chunks;
    return only === undefined || others.length > 0 ? Buffer.concat(this.#chunks) : only;
  }
}
