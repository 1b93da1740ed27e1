// The fake upstream, a process of its own, plain or with TLS and HTTP/2 by ALPN: answers JSON, and streams if asked so.
import { CHUNK_EVERY_MS, JSON_ANSWER, STREAM_CHUNKS, STREAM_END, STREAM_REQUEST, stampedEvent } from "../wire.ts";

const MODES = ["plain", "tls"];

const [mode = "", certificate = "", key = ""] = process.argv.slice(2);
if (!MODES.includes(mode)) throw new Error(`Cannot start the upstream: expected one of ${MODES.join(", ")}`);

const answer = new TextEncoder().encode(JSON_ANSWER);
const answerInit = { headers: { "content-type": "application/json" } };

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  ...(mode === "tls" && { http2: true, tls: { cert: Bun.file(certificate), key: Bun.file(key) } }),
  async fetch(request): Promise<Response> {
    const body = await request.arrayBuffer();
    // By its length, which costs nothing to look at.
    return body.byteLength === STREAM_REQUEST.length ? streamedAnswer() : new Response(answer, answerInit);
  },
});
process.stdout.write(`upstream listening on ${mode === "tls" ? "https" : "http"}://127.0.0.1:${server.port}\n`);

function streamedAnswer(): Response {
  const stream = new ReadableStream({ type: "direct", pull: writeChunks });
  return new Response(stream as ReadableStream, { headers: { "content-type": "text/event-stream" } });
}

async function writeChunks(controller: ReadableStreamDirectController): Promise<void> {
  const began = performance.now();
  for (let chunk = 1; chunk <= STREAM_CHUNKS; chunk++) {
    controller.write(stampedEvent());
    await controller.flush();
    await Bun.sleep(Math.max(0, began + chunk * CHUNK_EVERY_MS - performance.now()));
  }
  controller.write(STREAM_END);
  controller.close();
}
