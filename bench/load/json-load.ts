// Closed loops of JSON requests: each connection sends its next request when it has the answer to its last one.
import { percentile } from "../statistics.ts";
import { JSON_ANSWER, JSON_REQUEST } from "../wire.ts";
import { type Connection, connect, requestBytes } from "./connection.ts";
import type { JsonJob, JsonResult } from "./job.ts";

const EXPECTED_BYTES = Buffer.byteLength(JSON_ANSWER);

/** Only answers that come after the warm-up are counted. */
export async function loadJson(job: JsonJob): Promise<JsonResult> {
  const run = new JsonRun(requestBytes(job.url, JSON_REQUEST));
  await Promise.all(Array.from({ length: job.connections }, () => run.open(job)));
  await Bun.sleep(job.warmUpMs);
  run.measure();
  await Bun.sleep(job.durationMs);
  return run.stop();
}

class JsonRun {
  readonly #request: Buffer;
  readonly #connections: Connection[] = [];
  #latenciesMs: number[] = [];
  #answers = 0;
  #failures = 0;
  #firstFailure: string | undefined;
  #measuringSince = 0;

  constructor(request: Buffer) {
    this.#request = request;
  }

  async open(job: JsonJob): Promise<void> {
    let sentAt = 0;
    let received = 0;
    const sendNext = (): void => {
      received = 0;
      sentAt = performance.now();
      connection.send(this.#request);
    };
    const connection = await connect(job, {
      onBody: (bytes) => {
        received += bytes.length;
      },
      onEnd: (status) => {
        this.#count(status, received, performance.now() - sentAt);
        sendNext();
      },
      onBroken: (reason) => this.#fail(reason),
    });
    this.#connections.push(connection);
    sendNext();
  }

  measure(): void {
    this.#latenciesMs = [];
    this.#measuringSince = performance.now();
  }

  stop(): JsonResult {
    const elapsedMs = performance.now() - this.#measuringSince;
    for (const connection of this.#connections) connection.close();
    return {
      perSecond: (this.#latenciesMs.length * 1000) / elapsedMs,
      p50Ms: percentile(this.#latenciesMs, 0.5),
      p99Ms: percentile(this.#latenciesMs, 0.99),
      answers: this.#answers,
      failures: this.#failures,
      firstFailure: this.#firstFailure,
    };
  }

  #count(status: number, bytes: number, latencyMs: number): void {
    if (status === 200 && bytes === EXPECTED_BYTES) {
      this.#answers++;
      this.#latenciesMs.push(latencyMs);
    } else {
      this.#fail(`Expected a 200 with ${EXPECTED_BYTES} bytes, got a ${status} with ${bytes}`);
    }
  }

  #fail(reason: string): void {
    this.#failures++;
    this.#firstFailure ??= reason;
  }
}
