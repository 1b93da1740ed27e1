// From changes to messages: what a daemon tells, when it does not, and through a reload and its end.
import { expect, test } from "bun:test";
import { SLICE } from "../../src/core/slices.ts";
import { keyCondition } from "../../src/webhooks/condition.ts";
import { MINUTE, SECOND } from "../balancer/fixtures.ts";
import { settle } from "../proxy/fixtures.ts";
import { WebhookLab, webhook } from "./webhook-lab.ts";

test("tells of keys and pools, in the order in which they fail, and of their end", async () => {
  const lab = new WebhookLab().begin();
  lab.key("a", "invalid");
  lab.shares = [{ provider: "main", usable: 0, total: 1 }];
  await lab.time.advance(3 * SECOND);
  lab.key("a", "ready");
  lab.shares = [{ provider: "main", usable: 1, total: 1 }];
  await lab.time.advance(3 * SECOND);
  expect(lab.posts.types).toEqual(["key.invalid", "pool.empty", "key.recovered", "pool.recovered"]);
});

test("a change costs its request a push to a list: nothing is decided or sent in its turn", async () => {
  const lab = new WebhookLab().begin();
  await lab.time.advance(15 * SECOND);
  let looks = 0;
  const { shares } = lab;
  Object.defineProperty(lab, "shares", {
    get: () => {
      looks += 1;
      return shares;
    },
  });
  for (let i = 0; i < 500; i++) lab.key(`k${i}`, "invalid");
  await settle();
  expect([looks, lab.posts.all.length, lab.time.pending]).toEqual([0, 0, 1]);
  await lab.time.advance(SECOND);
  expect([looks, lab.posts.types]).toEqual([1, ["key.invalid"]]);
});

test("without webhooks, or without a daemon, nothing runs", async () => {
  const without = new WebhookLab([]).begin();
  without.key("a", "invalid");
  const offline = new WebhookLab();
  offline.key("a", "invalid");
  await offline.time.advance(MINUTE);
  expect([without.time.pending, offline.time.pending, offline.posts.all.length]).toEqual([0, 0, 0]);
  expect(offline.keeper.states()).toMatchObject([{ pending: 0, delivered: 0, isGone: false }]);
});

test("each is told of its own events, providers and share", async () => {
  const configs = [
    webhook({ name: "pools", events: ["pool.low"], poolBelow: 0.5 }),
    webhook({ name: "other", providers: ["other"] }),
  ];
  const lab = new WebhookLab(configs).begin();
  lab.key("a", "invalid");
  lab.provider("open", "other");
  lab.shares = [
    { provider: "main", usable: 1, total: 3 },
    { provider: "other", usable: 1, total: 1 },
  ];
  await lab.time.advance(3 * SECOND);
  expect(lab.posts.types.toSorted()).toEqual(["pool.low", "provider.open"]);
  expect(lab.keeper.states().map(({ delivered }) => delivered)).toEqual([1, 1]);
});

test("a pool is looked at again although nothing is heard", async () => {
  const lab = new WebhookLab().begin();
  lab.shares = [{ provider: "main", usable: 0, total: 4 }];
  await lab.time.advance(15 * SECOND);
  lab.shares = [{ provider: "main", usable: 4, total: 4 }];
  await lab.time.advance(15 * SECOND);
  expect(lab.posts.types).toEqual(["pool.empty", "pool.recovered"]);
});

test("records that are dropped, and a state that cannot be written, are told with their end", async () => {
  const lab = new WebhookLab([webhook({ providers: ["main"] })]).begin();
  await lab.time.advance(15 * SECOND);
  lab.records = { dropped: 3, fault: "the database is locked" };
  lab.storage = "no space left on the device";
  await lab.time.advance(15 * SECOND);
  // Nothing more is lost, but neither is anything written.
  lab.records = { dropped: 3, fault: "the database is locked" };
  await lab.time.advance(15 * SECOND);
  expect(lab.posts.types.toSorted()).toEqual(["records.dropping", "storage.failed"]);
  lab.records = { dropped: 3, fault: undefined };
  lab.storage = undefined;
  await lab.time.advance(15 * SECOND);
  expect(lab.posts.types.toSorted()).toEqual([
    "records.dropping",
    "records.recovered",
    "storage.failed",
    "storage.recovered",
  ]);
});

test("after a restart what is still so is not told again, and its end is", async () => {
  const lab = new WebhookLab();
  lab.standing = ["a", "b"].map((key) => keyCondition("invalid", { provider: "main", keyId: key, key }));
  lab.begin();
  lab.key("a", "invalid");
  await lab.time.advance(MINUTE);
  expect(lab.posts.types).toEqual([]);
  lab.key("b", "ready");
  await lab.time.advance(MINUTE);
  expect(lab.posts.types).toEqual(["key.recovered"]);
});

test("but a pool that is still empty is: whoever restarts wants to know", async () => {
  const lab = new WebhookLab();
  lab.shares = [{ provider: "main", usable: 0, total: 4 }];
  lab.begin();
  await lab.time.advance(3 * SECOND);
  expect(lab.posts.types).toEqual(["pool.empty"]);
});

test("a reload goes on with what was told, sends to the new URL, and stops for who is gone", async () => {
  const lab = new WebhookLab([webhook(), webhook({ name: "two" })]).begin();
  lab.key("a", "invalid");
  await lab.time.advance(2 * SECOND);
  lab.keeper.use([webhook({ url: "https://new.example/x" }), webhook({ name: "three" })]);
  lab.key("a", "ready");
  await lab.time.advance(2 * SECOND);
  expect(lab.posts.all.map(({ call, type }) => [call.origin, type])).toEqual([
    ["http://127.0.0.1:1", "key.invalid"],
    ["http://127.0.0.1:1", "key.invalid"],
    // One that is new has heard of no fault.
    ["https://new.example", "key.recovered"],
  ]);
  expect(lab.keeper.states().map(({ config }) => config.name)).toEqual(["one", "three"]);
});

test("one that a reload adds, or lets hear of more providers, is told what is wrong already, and its end", async () => {
  const lab = new WebhookLab([webhook({ name: "old" }), webhook({ name: "wider", providers: ["other"] })]).begin();
  await lab.time.advance(15 * SECOND);
  lab.standing = ["a", "b"].map((key) => keyCondition("invalid", { provider: "main", keyId: key, key }));
  lab.shares = [{ provider: "main", usable: 0, total: 2 }];
  lab.keeper.use([webhook({ name: "old" }), webhook({ name: "wider" }), webhook({ name: "new" })]);
  await lab.time.advance(3 * SECOND);
  const told = () => lab.keeper.states().map(({ config, delivered }) => `${config.name} ${delivered}`);
  expect(lab.posts.types.toSorted()).toEqual(["key.invalid", "key.invalid", ...Array(3).fill("pool.empty")]);
  expect(told()).toEqual(["old 1", "wider 2", "new 2"]);
  lab.key("a", "ready");
  lab.key("b", "ready");
  lab.standing = [];
  await lab.time.advance(3 * SECOND);
  expect(told()).toEqual(["old 1", "wider 3", "new 3"]);
});

test("the first webhook of a daemon hears of no records that were lost long before", async () => {
  const lab = new WebhookLab([]).begin();
  lab.records = { dropped: 3, fault: undefined };
  lab.keeper.use([webhook()]);
  await lab.time.advance(15 * SECOND);
  expect(lab.posts.types).toEqual([]);
  lab.records = { dropped: 4, fault: undefined };
  await lab.time.advance(15 * SECOND);
  expect(lab.posts.types).toEqual(["records.dropping"]);
});

test("a provider that is gone from the configuration is told of no more", async () => {
  const lab = new WebhookLab().begin();
  lab.shares = [
    { provider: "main", usable: 4, total: 4 },
    { provider: "other", usable: 0, total: 1 },
  ];
  await lab.time.advance(15 * SECOND);
  lab.shares = [{ provider: "main", usable: 4, total: 4 }];
  lab.gone.add("other");
  await lab.time.advance(15 * SECOND);
  // It may come back.
  lab.shares = [{ provider: "other", usable: 1, total: 1 }];
  lab.gone.clear();
  await lab.time.advance(15 * SECOND);
  expect(lab.posts.types).toEqual(["pool.empty"]);
});

test("nor is a key that was removed", async () => {
  const lab = new WebhookLab().begin();
  lab.key("a", "invalid");
  await lab.time.advance(2 * SECOND);
  lab.gone.add("a");
  await lab.time.advance(15 * SECOND);
  lab.key("a", "ready");
  await lab.time.advance(2 * SECOND);
  expect(lab.posts.types).toEqual(["key.invalid"]);
});

test("thousands of changes are heard in slices, with turns of the event loop between them", async () => {
  const lab = new WebhookLab().begin();
  for (let i = 0; i < 3 * SLICE; i++) lab.key(`k${i}`, "invalid");
  let turns = 0;
  const { schedule } = lab.time;
  Object.assign(lab.time, {
    schedule: (ms: number, run: () => void) =>
      schedule(ms, () => {
        turns += 1;
        run();
      }),
  });
  await lab.time.advance(SECOND);
  expect([turns, lab.posts.types]).toEqual([2, ["key.invalid"]]);
  expect(JSON.parse(Buffer.from(lab.posts.all[0]?.call.body as Uint8Array).toString()).data.count).toBe(3 * SLICE);
});

test("an end tells what is not told yet, and waits for receivers no longer than three seconds", async () => {
  const lab = new WebhookLab([webhook(), webhook({ name: "dead" })]).begin();
  lab.posts.reply = undefined;
  lab.key("a", "invalid");
  let isClosed = false;
  const closing = lab.keeper.close().then(() => {
    isClosed = true;
  });
  await settle();
  expect(lab.posts.types).toEqual(["key.invalid", "key.invalid"]);
  lab.posts.all[0]?.answer(200);
  await lab.time.advance(2_999);
  expect(isClosed).toBe(false);
  await lab.time.advance(1);
  await closing;
  await settle();
  expect([lab.posts.all.map(({ isAborted }) => isAborted), lab.posts.isClosed, lab.time.pending]).toEqual([
    [false, true],
    true,
    0,
  ]);
  expect(lab.keeper.states().map(({ delivered, dropped }) => [delivered, dropped])).toEqual([
    [1, 0],
    [0, 1],
  ]);
  // Whatever comes afterwards is nobody's.
  lab.key("b", "invalid");
  lab.keeper.use([webhook()]);
  expect(lab.time.pending).toBe(0);
});

test("an end with nothing to tell takes no time", async () => {
  const lab = new WebhookLab().begin();
  await lab.time.advance(15 * SECOND);
  await lab.keeper.close();
  expect([lab.posts.all.length, lab.time.pending]).toEqual([0, 0]);
});

test("a test message goes out at once, past what waits, and its answer is shown", async () => {
  const lab = new WebhookLab().begin();
  lab.posts.reply = undefined;
  lab.key("a", "invalid");
  await lab.time.advance(SECOND);
  const testing = lab.keeper.test(webhook(), new AbortController().signal);
  lab.posts.all[1]?.answer(418);
  expect(await testing).toMatchObject({ status: 418 });
  expect(lab.posts.types).toEqual(["key.invalid", "test"]);
  expect(lab.keeper.states()[0]).toMatchObject({ pending: 1, last: { type: "test", status: 418 } });
});

test("a test without a daemon sends as well", async () => {
  const lab = new WebhookLab();
  expect(await lab.keeper.test(webhook(), new AbortController().signal)).toMatchObject({ status: 200 });
});

test("secrets are masked in the finished body, and the signature is over what is sent", async () => {
  const redact = (text: string) => text.replaceAll("sk-fake-secret", "****");
  const lab = new WebhookLab([webhook({ secret: "a fake secret of many characters" })], redact).begin();
  lab.key("a", "invalid", { message: "Incorrect API key sk-fake-secret provided", keyName: "sk-fake-secret" });
  await lab.time.advance(SECOND);
  const sent = Buffer.from(lab.posts.all[0]?.call.body as Uint8Array).toString();
  expect(sent).not.toContain("sk-fake-secret");
  expect(JSON.parse(sent).data.items[0]).toMatchObject({ key: "****", message: "Incorrect API key **** provided" });
});
