// Client tokens of one-api and new-api, as their databases have them.
import { expect, test } from "bun:test";
import { fitPlan } from "../../src/import/fit-plan.ts";
import { OLD } from "./channel-rows.ts";
import { leftOut, planOf, settingsOf, tables } from "./source.ts";

test("its database has client tokens too", () => {
  const token = {
    id: 1,
    user_id: 1,
    key: "fakefakefakefakefakefakefakefakefakefakefakefake",
    status: 1,
    name: "app",
    expired_time: -1,
    remain_quota: 500,
    unlimited_quota: 0,
    models: "gpt-4o",
    subnet: "",
  };
  const plan = planOf(
    tables({
      channels: [OLD],
      tokens: [
        token,
        { ...token, key: "x", name: "off", status: 2 },
        { ...token, key: "y1", name: "app", expired_time: 1_900_000_000, unlimited_quota: 1, models: null },
      ],
      options: [
        { key: "RetryTimes", value: "2" },
        { key: "ServerAddress", value: "https://x.example" },
      ],
    }),
  );
  expect(plan.clientTokens).toEqual([
    { name: "app", token: `sk-${token.key}`, models: ["gpt-4o"] },
    { name: "app-2", token: "sk-y1", expires: "2030-03-17T17:46:40.000Z" },
  ]);
  expect(settingsOf(fitPlan(plan, []))).toEqual({ max_retries: 2 });
  expect(leftOut(plan)).toEqual(["the quota of the client token app", "the client token off"]);
});

const TOKEN = { id: 1, user_id: 1, key: "fake-t", status: 1, name: "app", expired_time: -1, unlimited_quota: 1 };
const USERS = [
  { id: 1, status: 1 },
  { id: 2, status: 2 },
  { id: 3, status: 1, deleted_at: "2026-01-02 03:04:05" },
];
test.each([
  ["switched off", { status: 2 }, "it is not enabled there"],
  ["whose quota is used up", { unlimited_quota: 0, remain_quota: 0 }, "its quota is used up there"],
  ["of a user who is switched off", { user_id: 2 }, "its user is switched off there"],
  ["of a user who is deleted", { user_id: 3 }, "its user is deleted there"],
  ["of a user who is gone", { user_id: 4 }, "its user is deleted there"],
  ["bound to what is no address", { subnet: "office" }, "its addresses are none here"],
])("a client token %s opens nothing here either", (_case, fields, why) => {
  const plan = planOf(tables({ channels: [OLD], tokens: [{ ...TOKEN, ...fields }], users: USERS }));
  expect(plan).toMatchObject({ clientTokens: [], notCarried: [{ what: "the client token app", why }] });
});

test("one that is deleted is not told of", () => {
  const deleted = { ...TOKEN, deleted_at: "2026-01-02 03:04:05" };
  expect(planOf(tables({ channels: [OLD], tokens: [deleted] }))).toMatchObject({ clientTokens: [], notCarried: [] });
});

test.each([
  [{ subnet: "10.0.0.0/8,192.168.1.7" }, ["10.0.0.0/8", "192.168.1.7"]],
  [{ allow_ips: "10.0.0.7,\n fd00::/8\n" }, ["10.0.0.7", "fd00::/8"]],
])("one that is bound to addresses stays bound to them: %p", (fields, cidrs) => {
  const plan = planOf(tables({ channels: [OLD], tokens: [{ ...TOKEN, ...fields }], users: USERS }));
  expect(plan.clientTokens).toEqual([{ name: "app", token: "sk-fake-t", cidrs }]);
});

test("an end that no calendar has is none", () => {
  const plan = planOf(tables({ channels: [OLD], tokens: [{ ...TOKEN, expired_time: 1e15 }] }));
  expect(plan.clientTokens).toEqual([{ name: "app", token: "sk-fake-t" }]);
});
