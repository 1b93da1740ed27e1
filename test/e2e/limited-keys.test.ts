// Keys with true limits under less and more load than they carry: no client is refused, and few calls are wasted.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { startBalanced } from "../fixture/balanced.ts";
import { chat, closedLoop, MODEL } from "../fixture/client.ts";
import { type LimitedKeys, limitedKeys, type Told, type TrueLimit } from "../fixture/limited-keys.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { type Behaviour, startUpstream, type Upstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEYS = Array.from({ length: 4 }, (_, index) => fakeSecret(`limited_${index}`));
/** Ten a second for each key, with little saved up, as OpenAI keeps them. */
const BUCKET: TrueLimit = { limit: 600, windowMs: 60_000, form: "bucket", start: 5 };
/** Ten a second for each key, all at the begin of each second. */
const WINDOW: TrueLimit = { limit: 10, windowMs: 1_000, form: "fixed" };

/** By the minute, of which the first is nearly over. */
const MINUTE: TrueLimit = { limit: 60, windowMs: 60_000, form: "fixed", start: 5, firstMs: 3_000 };

interface Load {
  readonly clients: number;
  readonly requests: number;
  /** How long each call takes. */
  readonly serviceMs: number;
}

/** 32 a second of the 40 that four keys carry. */
const LESS: Load = { clients: 8, requests: 88, serviceMs: 250 };
/** All come again at once, so that always more wait than can be served. */
const MORE: Load = { clients: 60, requests: 120, serviceMs: 0 };

interface Case {
  readonly limit: TrueLimit;
  readonly told: Told;
  readonly load: Load;
  /** Calls that may be refused beside those that were sent before anything was known. */
  readonly wasted: number;
}

const CASES: Readonly<Record<string, Case>> = {
  "buckets-headers-less": { limit: BUCKET, told: "headers", load: LESS, wasted: 4 },
  "buckets-headers-more": { limit: BUCKET, told: "headers", load: MORE, wasted: 12 },
  "windows-headers-less": { limit: WINDOW, told: "headers", load: LESS, wasted: 4 },
  "windows-headers-more": { limit: WINDOW, told: "headers", load: MORE, wasted: 40 },
  "minutes-headers-more": { limit: MINUTE, told: "headers", load: MORE, wasted: 12 },
  "buckets-retry-after-less": { limit: BUCKET, told: "retry-after", load: LESS, wasted: 4 },
  "buckets-retry-after-more": { limit: BUCKET, told: "retry-after", load: MORE, wasted: 40 },
  "windows-retry-after-more": { limit: WINDOW, told: "retry-after", load: MORE, wasted: 40 },
  "buckets-silent-more": { limit: BUCKET, told: "nothing", load: MORE, wasted: 40 },
  "windows-silent-less": { limit: WINDOW, told: "nothing", load: LESS, wasted: 4 },
  "windows-silent-more": { limit: WINDOW, told: "nothing", load: MORE, wasted: 40 },
};

interface Side {
  readonly keys: LimitedKeys;
  readonly upstream: Upstream;
}

// One daemon with a provider for each case, so that they can all run at the same time.
const sides = new Map<string, Side>();
for (const [name, { limit, told, load }] of Object.entries(CASES)) {
  const answer: Behaviour = async (call) => {
    if (load.serviceMs > 0) await Bun.sleep(load.serviceMs);
    return openai(call);
  };
  const keys = limitedKeys(limit, told, answer);
  sides.set(name, { keys, upstream: startUpstream({ otherwise: keys.behaviour, listing: openai }) });
}
const models = { include: [MODEL] };
const balanced = await startBalanced({
  providers: [...sides].map(([name, { upstream }]) => ({ name, base_url: upstream.url, api_keys: KEYS, models })),
});
afterAll(async () => {
  await balanced[Symbol.asyncDispose]();
  for (const { upstream } of sides.values()) await upstream[Symbol.asyncDispose]();
});

test.concurrent.each(Object.entries(CASES))("%s", async (name, { load, wasted }) => {
  const { keys, upstream } = sides.get(name) as Side;
  const run = (requests: number) =>
    closedLoop(load.clients, requests, async (index) => {
      const answer = await balanced.daemon.ask(`/${name}/v1/chat/completions`, chat());
      if (answer.status !== 200) throw new Error(`Request ${index} got ${answer.status}: ${answer.text}`);
    });
  // Nothing is known of the limits before the first answers, so all that come at once may be refused by every key.
  await run(load.clients);
  const cold = keys.refused();
  expect(cold).toBeLessThanOrEqual(load.clients * KEYS.length);
  await run(load.requests);
  expect(keys.refused() - cold).toBeLessThanOrEqual(wasted);
  expect(upstream.count()).toBe(load.clients + load.requests + keys.refused());
});
