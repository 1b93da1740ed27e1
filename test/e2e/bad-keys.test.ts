// Ten keys of which nine are bad, each in its own way: no client notices, and no bad key is asked more than it must be.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  errorBody,
  errorInside,
  forbidden,
  htmlForbidden,
  modelMissing,
  noCredit,
  rateLimited,
  serverError,
  unauthorized,
} from "../fixture/behaviours.ts";
import { chat, closedLoop, MODEL } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { CHAT_TEXT, openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { type Behaviour, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const REQUESTS = 1_000;
const MAX_FAILURES = 3;

/** `once`: a definite verdict. `counted`: towards `max_failures`. */
type Bound = "once" | "counted";

const BAD: Readonly<Record<string, readonly [Behaviour, Bound]>> = {
  "401": [unauthorized, "once"],
  "403": [forbidden, "counted"],
  "no credit": [noCredit, "once"],
  "rate limit": [rateLimited(600), "once"],
  "500": [serverError, "counted"],
  "HTML 403": [htmlForbidden, "counted"],
  "first event": [errorInside("invalid_api_key", "Incorrect API key provided"), "once"],
  "200 with error": [errorBody("insufficient_quota", "You exceeded your current quota"), "once"],
  "model missing": [modelMissing, "once"],
};

/** The same faults, those inside a 200 counted instead of definite. */
const COUNTED_INSIDE: Readonly<Record<string, readonly [Behaviour, Bound]>> = {
  ...BAD,
  "first event": [errorInside("server_error", "The server had an error", "server_error"), "counted"],
  "200 with error": [errorBody("mystery", "Something went wrong", "mystery_error"), "counted"],
};

describe.each([
  { name: "one client, JSON", clients: 1, stream: false, bad: BAD },
  { name: "one client, streams", clients: 1, stream: true, bad: BAD },
  { name: "five clients, JSON and streams", clients: 5, stream: undefined, bad: BAD },
])("10 keys of which 9 are bad: $name", ({ clients, stream, bad }) => {
  test("no request fails, and no bad key is asked too often", () => run(clients, stream, bad));
});

test("10 keys of which 9 are bad, some only by an error inside a 200 that is no verdict on the key", async () => {
  await run(1, undefined, COUNTED_INSIDE, ["first event", "200 with error"]);
});

test("the good key last in the file, and weights that favour the bad ones, change nothing", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  const bad = Array.from({ length: 9 }, (_, index) => fakeSecret(`weighted_${index}`));
  for (const key of bad) upstream.byKey(key, unauthorized);
  const keys = [...bad.map((key) => ({ key, weight: 100 })), { key: fakeSecret("weighted_good"), weight: 1 }];
  await using daemon = await startDaemon(
    JSON.stringify({ providers: [{ name: "pool", base_url: upstream.url, api_keys: keys }] }),
  );
  for (let index = 0; index < 20; index += 1) {
    expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(200);
  }
  for (const key of bad) expect(upstream.count(key)).toBeLessThanOrEqual(1);
});

async function run(
  clients: number,
  stream: boolean | undefined,
  bad: Readonly<Record<string, readonly [Behaviour, Bound]>>,
  unbounded: readonly string[] = [],
): Promise<void> {
  await using upstream = startUpstream({ otherwise: openai, listing: openai });
  const keyOf = (name: string) => fakeSecret(`bad_${name}`);
  for (const [name, [behaviour]] of Object.entries(bad)) upstream.byKey(keyOf(name), behaviour);
  const keys = [...Object.keys(bad), "good"].map(keyOf);
  const provider = { name: "pool", base_url: upstream.url, api_keys: keys, max_failures: MAX_FAILURES };
  await using daemon = await startDaemon(
    JSON.stringify({ providers: [{ ...provider, models: { include: [MODEL] } }] }),
  );
  await closedLoop(clients, REQUESTS, async (index) => {
    const streamed = stream ?? index % 2 === 0;
    const answer = await daemon.ask("/v1/chat/completions", chat(streamed ? { stream: true } : {}));
    if (answer.status !== 200 || answer.text.includes('"error"'))
      throw new Error(`Request ${index} failed with ${answer.status}: ${answer.text}\n${daemon.logs()}`);
    if (streamed) expect(answer.text).toEndWith("data: [DONE]\n\n");
    else expect(answer.json<{ choices: unknown[] }>().choices[0]).toMatchObject({ message: { content: CHAT_TEXT } });
  });
  expect(upstream.count(keyOf("good"))).toBe(REQUESTS);
  for (const [name, [, bound]] of Object.entries(bad)) {
    if (unbounded.includes(name)) continue;
    const allowed = bound === "once" ? clients : MAX_FAILURES + clients;
    expect(`${name}: ${upstream.count(keyOf(name)) <= allowed}, ${upstream.count(keyOf(name)) > 0}`).toBe(
      `${name}: true, true`,
    );
  }
}
