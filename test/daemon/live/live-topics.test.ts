// Whatever an operator changes is told to open pages, under the topic of whoever shows it.
import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import type { LiveItem, LiveTopic } from "../../../src/admin/live-port.ts";
import { watchedBy } from "../../../src/daemon/watched-by.ts";
import { startReceiver } from "../../fixture/receiver.ts";
import { fakeSecret } from "../../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../../fixture/until.ts";
import { type Lab, openLab } from "../instance-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const configOf = (rest: object = {}) => ({
  auth: { admin_token: fakeSecret("admin") },
  providers: [{ name: "openai", api_keys: [fakeSecret("first")], proxies: ["http://127.0.0.1:9"] }],
  ...rest,
});

/** The first topics that are told after something was done. */
async function toldAfter(lab: Lab, act: () => Promise<unknown>): Promise<readonly string[]> {
  const leaving = new AbortController();
  const items = lab.instance.observers.live.follow(undefined, leaving.signal);
  const next = async (): Promise<LiveItem> => (await items.next()).value as LiveItem;
  expect([(await next()).event, (await next()).event]).toEqual(["hello", "figures"]);
  await act();
  const first = await next();
  const told = [nameOf(first)];
  // What is told together has come together.
  for (let more = await soon(next); more !== undefined; more = await soon(next)) told.push(nameOf(more));
  leaving.abort();
  return told;
}

function nameOf(item: LiveItem): string {
  return item.event === "changed" ? item.data.what : item.event;
}

/** Undefined where it is not there already. */
function soon(next: () => Promise<LiveItem>): Promise<LiveItem | undefined> {
  return Promise.race([next(), new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))]);
}

const CHANGES: readonly (readonly [
  what: string,
  topics: readonly (LiveTopic | "health")[],
  act: (lab: Lab) => unknown,
])[] = [
  ["another configuration", ["config", "keys", "tokens", "proxies", "webhooks"], reload],
  ["a configuration that is wrong", ["config"], (lab) => reload(lab, { servr: 1 })],
  [
    "a key",
    ["keys"],
    (lab) => lab.control.call("keys.add", { provider: "openai", keys: [{ key: fakeSecret("more") }] }),
  ],
  ["the state of a key", ["health"], (lab) => lab.control.call("keys.disable", { provider: "openai" })],
  ["a client token", ["tokens"], (lab) => lab.control.call("tokens.add", {})],
  ["a job", ["jobs"], (lab) => lab.control.call("jobs.stop", { job: "recheck" })],
  ["an outbound proxy", ["proxies"], (lab) => lab.control.call("proxies.disable", { proxies: ["http://127.0.0.1:9"] })],
  ["a delivery", ["webhooks"], (lab) => lab.control.call("webhooks.test", {})],
  ["a login", ["sessions"], (lab) => lab.data.sessions.create({ via: "token", address: "127.0.0.1", agent: "" })],
];

async function reload(lab: Lab, rest: object = { logging: { level: "warn" } }): Promise<void> {
  writeFileSync(lab.configFile, JSON.stringify(configOf(rest)));
  lab.instance.reload("test");
}

test.each(CHANGES)("%s is told as %p", async (_, topics, act) => {
  await using receiver = startReceiver();
  await using lab = await openLab({ config: configOf({ webhooks: [{ name: "chat", url: receiver.url }] }) });
  lab.instance.observers.webhooks.begin(watchedBy(lab.instance));
  expect(await toldAfter(lab, async () => act(lab))).toEqual([...topics]);
});
