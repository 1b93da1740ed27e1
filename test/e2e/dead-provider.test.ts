// A provider that refuses every one of very many keys: few calls, and all keys are back when it answers again.
import { expect, setDefaultTimeout, test } from "bun:test";
import { unauthorized } from "../fixture/behaviours.ts";
import { chat, closedLoop } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEYS = 1_000;
const CLIENTS = 20;
const ADMIN = fakeSecret("many_admin");
const MOST_CALLS = 60;

test("401 by each of 1,000 keys under 20 clients: few calls, never an upstream 401, and back within its probe", async () => {
  await using upstream = startUpstream({ otherwise: unauthorized });
  const api_keys = Array.from({ length: KEYS }, (_, index) => fakeSecret(`many_${index}`));
  const providers = [{ name: "main", base_url: upstream.url, api_keys }];
  // Nobody waits for the probe, so that each request says what its moment was like.
  const queue = { max_wait: "0s" };
  await using daemon = await startDaemon(JSON.stringify({ auth: { admin_token: ADMIN }, queue, providers }));
  await closedLoop(CLIENTS, 400, async () => {
    const answer = await daemon.ask("/v1/chat/completions", chat());
    expect(answer.status).toBe(503);
  });
  const unavailable = await daemon.ask("/v1/chat/completions", chat());
  expect(unavailable.headers.get("retry-after")).toMatch(/^([1-9]|10)$/);
  expect(unavailable.json().error).toMatchObject({
    code: "provider_unavailable",
    message: expect.stringContaining("fails at present"),
  });
  expect(upstream.count() + upstream.listings.length).toBeLessThanOrEqual(MOST_CALLS);
  upstream.otherwise(openai);
  await until(
    "answers again",
    async () => {
      const answer = await daemon.ask("/v1/chat/completions", chat());
      return answer.status === 200;
    },
    25_000,
  );
  await closedLoop(CLIENTS, 200, async () => {
    expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(200);
  });
  await until("every key ready", async () => {
    const answer = await daemon.ask("/v1/keys/list", { headers: { authorization: `Bearer ${ADMIN}` } });
    const { data } = answer.json<{ data: { valid_keys: object; invalid_keys: object } }>();
    return Object.keys(data.valid_keys).length === KEYS && Object.keys(data.invalid_keys).length === 0;
  });
});
