// What an open page costs: the processor time of the daemon with one and without, at rest and while it is used.
import type { BenchContext } from "../bench-context.ts";
import type { Server } from "../children.ts";
import { stopwatchOf } from "../process-figures.ts";
import { startDaemon } from "../servers/targets.ts";
import { medianOf } from "../statistics.ts";
import { JSON_ANSWER, JSON_REQUEST, PATH } from "../wire.ts";

/** Requests a second. */
export const PAGE_LOADS = [0, 200] as const;

export type PageLoad = (typeof PAGE_LOADS)[number];

export interface PageFigures {
  readonly load: PageLoad;
  /** Shares of one processor; undefined without /proc. */
  readonly alone: number | undefined;
  readonly withPage: number | undefined;
  readonly failures: number;
  readonly firstFailure: string | undefined;
}

const ADMIN = "fake-bench-admin-token-0123456789";
/** Until the code is compiled and what is a second behind is done. */
const SETTLE_MS = 3_000;

export async function runPageSuite(context: BenchContext): Promise<readonly PageFigures[]> {
  const upstream = await context.children.serve([
    process.execPath,
    `${import.meta.dir}/../servers/upstream.ts`,
    "plain",
  ]);
  const settings = ["auth:", `  admin_token: ${ADMIN}`];
  const daemon = await startDaemon(context, [context.binary], { upstreamUrl: upstream.url, settings });
  const failures: string[] = [];
  const rounds = context.isQuick ? 1 : 5;
  const figures: PageFigures[] = [];
  for (const load of PAGE_LOADS) {
    const shares: Record<"alone" | "withPage", (number | undefined)[]> = { alone: [], withPage: [] };
    for (let round = 1; round <= rounds; round++) {
      context.say(`Page: ${load} requests a second, round ${round} of ${rounds}`);
      shares.alone.push(await shareOf(daemon, { load, failures, context }));
      const page = await openPage(daemon.url);
      shares.withPage.push(await shareOf(daemon, { load, failures, context }));
      await page.close();
    }
    const { length } = failures;
    const firstFailure = failures.splice(0)[0];
    figures.push({
      ...{ load, failures: length, firstFailure },
      alone: medianOf(shares.alone),
      withPage: medianOf(shares.withPage),
    });
  }
  await daemon.stop();
  await upstream.stop();
  return figures;
}

interface Measuring {
  readonly load: PageLoad;
  readonly failures: string[];
  readonly context: BenchContext;
}

async function shareOf({ url, pid }: Server, { load, failures, context }: Measuring): Promise<number | undefined> {
  const seconds = context.isQuick ? 3 : 10;
  const stop = ask(url, load, failures);
  await Bun.sleep(SETTLE_MS);
  const cpuSeconds = stopwatchOf(pid);
  await Bun.sleep(seconds * 1_000);
  const spent = cpuSeconds();
  await stop();
  return spent === undefined ? undefined : spent / seconds;
}

/** Asks at a steady pace, whether or not answers come; gives what ends it. */
function ask(url: string, perSecond: number, failures: string[]): () => Promise<void> {
  const asked = new Set<Promise<void>>();
  const one = async () => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url + PATH, { method: "POST", headers, body: JSON_REQUEST });
    if ((await answer.text()) !== JSON_ANSWER) failures.push(`A request got ${answer.status}`);
  };
  const begin = () => {
    const asking = one()
      .catch((error: unknown) => void failures.push(String(error)))
      .finally(() => asked.delete(asking));
    asked.add(asking);
  };
  const timer = perSecond === 0 ? undefined : setInterval(begin, 1_000 / perSecond);
  return async () => {
    clearInterval(timer);
    await Promise.all(asked);
  };
}

/** Reads the stream of a page, as its browser does. */
async function openPage(url: string): Promise<{ close(): Promise<void> }> {
  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${ADMIN}`, accept: "text/event-stream" };
  const response = await fetch(`${url}/admin/api/live`, { headers, signal: leaving.signal });
  if (!response.ok || response.body === null) throw new Error(`Cannot open a page: status ${response.status}`);
  const read = response.body.pipeTo(new WritableStream()).catch(() => {});
  return {
    close: async () => {
      leaving.abort();
      await read;
    },
  };
}
