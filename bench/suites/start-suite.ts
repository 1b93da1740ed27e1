// The start of the compiled daemon until its first answer, and its memory when nothing is asked of it.
import { join } from "node:path";
import type { BenchContext } from "../bench-context.ts";
import { memoryOf } from "../process-figures.ts";
import { startDaemon } from "../servers/targets.ts";
import { median } from "../statistics.ts";
import { JSON_ANSWER, JSON_REQUEST, PATH } from "../wire.ts";

const IDLE_MS = 5_000;

export interface StartFigures {
  /** The median, from the start of the process to the end of a proxied answer. */
  readonly firstAnswerMs: number;
  /** Bytes, 5 s after the first answer; undefined without /proc. */
  readonly idleMemory: number | undefined;
  readonly failures: number;
  readonly firstFailure: string | undefined;
}

export async function runStartSuite(context: BenchContext): Promise<StartFigures> {
  const starts = context.isQuick ? 3 : 15;
  const upstream = await context.children.serve([
    process.execPath,
    join(import.meta.dir, "../servers/upstream.ts"),
    "plain",
  ]);
  const tookMs: number[] = [];
  const failures: string[] = [];
  let idleMemory: number | undefined;
  context.say(`Start: ${starts} times, then ${IDLE_MS / 1000} s of rest`);
  for (let start = 1; start <= starts; start++) {
    const began = performance.now();
    const daemon = await startDaemon(context, [context.binary], { upstreamUrl: upstream.url });
    const failure = await ask(daemon.url);
    if (failure === undefined) tookMs.push(performance.now() - began);
    else failures.push(failure);
    if (start === starts) {
      await Bun.sleep(IDLE_MS);
      idleMemory = memoryOf(daemon.pid)?.now;
    }
    await daemon.stop();
  }
  await upstream.stop();
  return { firstAnswerMs: median(tookMs), idleMemory, failures: failures.length, firstFailure: failures[0] };
}

/** Why the answer is wrong; undefined for the right one. */
async function ask(url: string): Promise<string | undefined> {
  const headers = { "content-type": "application/json", authorization: "Bearer sk-fake-bench-client" };
  const answer = await fetch(url + PATH, { method: "POST", headers, body: JSON_REQUEST });
  if (answer.status === 200 && (await answer.text()) === JSON_ANSWER) return undefined;
  return `Expected the upstream's answer, got a ${answer.status}`;
}
