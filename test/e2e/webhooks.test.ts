// What a daemon tells its webhooks while keys and providers fail and come back.
import { expect, setDefaultTimeout, test } from "bun:test";
import { type Balanced, startBalanced } from "../fixture/balanced.ts";
import { unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { isGenuine, type Receiver, startReceiver } from "../fixture/receiver.ts";
import { secretsIn } from "../fixture/secret-hunt.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const SECRET = fakeSecret("webhook_signing");
const URL_TOKEN = fakeSecret("webhook_url");
const OTHER = fakeSecret("hooked_other");
const NAMES = ["one", "two", "three", "four", "five"];
const KEYS = NAMES.map((name) => fakeSecret(`hooked_${name}`));
// The last two serve once the others are dead.
const api_keys = KEYS.map((key, index) => ({ name: NAMES[index], key, priority: index < 3 ? 0 : 1 }));

const portOf = (url: string) => Number(new URL(url).port);

/** The types that were told of a provider, in their order. */
function toldOf(receiver: Receiver, provider: string): readonly string[] {
  return receiver.told().flatMap(({ type, data }) => (data.provider === provider ? type : []));
}

async function hear(receiver: Receiver, type: string): Promise<void> {
  await until(type, () => receiver.types().includes(type));
}

/** Real calls with every key of `main`. */
async function testKeys(balanced: Balanced): Promise<void> {
  const results = balanced.home.control().stream("test", { provider: "main", all_keys: true });
  for await (const { is_ok } of results) expect(is_ok).toBe(true);
}

test("keys that break, a pool that empties, a provider that is down: each is told once, in order, and so is its end", async () => {
  await using receiver = startReceiver();
  const dead = startReceiver();
  await dead[Symbol.asyncDispose]();
  const down = startUpstream({ otherwise: openai, listing: openai });
  await down[Symbol.asyncDispose]();
  await using upstream = startUpstream({ otherwise: openai });
  await using balanced = await startBalanced({
    queue: { max_wait: "0s" },
    providers: [
      { name: "main", base_url: upstream.url, api_keys, test_model: "gpt-4o-mini" },
      { name: "other", base_url: down.url, api_keys: [OTHER], max_retries: 0 },
    ],
    webhooks: [
      { name: "pager", url: `${receiver.url}?token=${URL_TOKEN}`, secret: SECRET, pool_below: "50%" },
      { name: "dead", url: dead.url, form: "slack" },
    ],
  });
  await balanced.atOnce(8, { model: "other/gpt-4o" });
  await hear(receiver, "provider.open");
  await using up = startUpstream({ otherwise: openai, listing: openai, port: portOf(down.url) });

  for (const key of KEYS.slice(0, 3)) upstream.byKey(key, unauthorized);
  expect((await balanced.ask({ model: "main/gpt-4o" })).status).toBe(200);
  await hear(receiver, "pool.low");
  for (const key of KEYS.slice(3)) upstream.byKey(key, unauthorized);
  expect((await balanced.ask({ model: "main/gpt-4o" })).status).toBe(503);
  await hear(receiver, "pool.empty");
  for (const key of KEYS) upstream.byKey(key, openai);
  await testKeys(balanced);
  await hear(receiver, "pool.recovered");
  // Asked in the background, by the free call.
  await hear(receiver, "provider.closed");
  expect(up.listings.length).toBeGreaterThan(0);

  expect(toldOf(receiver, "main").filter((type) => type.startsWith("pool"))).toEqual([
    "pool.low",
    "pool.empty",
    "pool.recovered",
  ]);
  // Of the last two it was never told that they were dead: so shortly after the others they would have waited.
  expect(toldOf(receiver, "main").filter((type) => type.startsWith("key"))).toEqual(["key.invalid", "key.recovered"]);
  expect(toldOf(receiver, "other")).toEqual(["provider.open", "provider.closed"]);
  const [invalid] = receiver.told().filter(({ type }) => type === "key.invalid");
  expect(invalid?.data).toMatchObject({ count: 3, items: [{ reason: "invalid_api_key", status: 401 }, {}, {}] });
  expect(invalid?.data.items.map(({ key }) => key as string).toSorted()).toEqual(["one", "three", "two"]);
  expect(new Set(receiver.told().map(({ id }) => id)).size).toBe(receiver.received.length);

  const secrets = { SECRET, URL_TOKEN, OTHER, ...Object.fromEntries(KEYS.map((key, i) => [`key ${i}`, key])) };
  for (const message of receiver.received) {
    expect(isGenuine(message, SECRET, Date.now())).toBe(true);
    expect(secretsIn(message.text, secrets)).toEqual([]);
  }
  const control = balanced.home.control();
  expect(await control.call("webhooks.test", { webhooks: ["pager"] })).toMatchObject({ ok: true });
  expect(receiver.types().at(-1)).toBe("test");
  const { webhooks } = await control.call("webhooks.list", {});
  expect(webhooks).toMatchObject([
    { name: "pager", signed: true, delivered: receiver.received.length - 1, dropped: 0, last: { status: 200 } },
    { name: "dead", delivered: 0, last_fault: { fault: "ECONNREFUSED" } },
  ]);
  expect(secretsIn(JSON.stringify(webhooks), secrets)).toEqual([]);
  await balanced.daemon.stop();
  expect(secretsIn(balanced.daemon.logs(), secrets)).toEqual([]);
  expect(balanced.daemon.logs()).toContain("Webhook does not take a message");
});
