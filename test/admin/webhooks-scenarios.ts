// What the operations on webhooks answer.
import { expect } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { openLab, providerAt } from "../daemon/instance-lab.ts";
import { startReceiver } from "../fixture/receiver.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { one, run, type Scenarios } from "./run-operation.ts";

const TOKEN = fakeSecret("hook_token");

function labOf(...webhooks: readonly object[]) {
  const providers = [providerAt("https://main.example/v1", "main", [fakeSecret("hook_key")])];
  return openLab({ config: { providers, webhooks } });
}

export const WEBHOOKS_SCENARIOS = {
  "webhooks.list": {
    "where there is none": async ({ lab }) => {
      expect(await one("webhooks.list", lab.ports, {})).toEqual({ webhooks: [] });
    },
    "without what of a URL may be a token": async () => {
      const secret = fakeSecret("hook_secret");
      await using lab = await labOf(
        { name: "a", url: `https://a.example/${TOKEN}`, secret, events: ["pool.*"], providers: ["main"] },
        { name: "b", url: "http://127.0.0.1:9", form: "slack" },
      );
      const { webhooks } = await one("webhooks.list", lab.ports, {});
      const idle = { pending: 0, delivered: 0, dropped: 0, gone: false };
      expect(webhooks).toMatchObject([
        {
          name: "a",
          url: "https://a.example/****",
          form: "generic",
          signed: true,
          events: ["pool.low", "pool.empty", "pool.recovered"],
          providers: ["main"],
          ...idle,
        },
        { name: "b", url: "http://127.0.0.1:9", form: "slack", signed: false, ...idle },
      ]);
    },
  },
  "webhooks.test": {
    "of one that a reload brought": async () => {
      await using receiver = startReceiver();
      await using lab = await labOf();
      const text = JSON.parse(readFileSync(lab.configFile, "utf8"));
      writeFileSync(lab.configFile, JSON.stringify({ ...text, webhooks: [{ name: "new", url: receiver.url }] }));
      expect(lab.instance.reload("test")).toMatchObject({ ok: true, changes: ["webhook new: added"] });
      expect(await one("webhooks.test", lab.ports, { webhooks: ["new"] })).toMatchObject({ ok: true });
      expect(receiver.types()).toEqual(["test"]);
    },
    "where there is none": async ({ lab }) => {
      expect(await one("webhooks.test", lab.ports, {})).toEqual({ ok: true, results: [] });
    },
    "of one that takes it and one that does not": async () => {
      await using receiver = startReceiver();
      await using wrong = startReceiver();
      wrong.answer(() => new Response(null, { status: 403 }));
      const dead = startReceiver();
      await dead[Symbol.asyncDispose]();
      await using lab = await labOf(
        { name: "good", url: `${receiver.url}/${TOKEN}` },
        { name: "wrong", url: wrong.url },
        { name: "dead", url: dead.url },
      );
      const { ok, results } = await one("webhooks.test", lab.ports, {});
      expect([ok, results]).toMatchObject([
        false,
        [
          { name: "good", is_ok: true, status: 200 },
          { name: "wrong", is_ok: false, status: 403 },
          { name: "dead", is_ok: false, fault: "ECONNREFUSED" },
        ],
      ]);
      expect(receiver.told()).toMatchObject([{ type: "test" }]);
    },
    "of those that are named": async () => {
      await using receiver = startReceiver();
      await using lab = await labOf({ name: "a", url: receiver.url }, { name: "b", url: receiver.url });
      const { results } = await one("webhooks.test", lab.ports, { webhooks: ["b"] });
      expect(results).toMatchObject([{ name: "b", is_ok: true }]);
      expect(receiver.received).toHaveLength(1);
    },
    "of a name that none has": async () => {
      await using lab = await labOf({ name: "pager", url: "http://127.0.0.1:9" });
      const asked = (name: string) => run("webhooks.test", lab.ports, { webhooks: [name] });
      await expect(asked("pagr")).rejects.toThrow("No webhook has this name: did you mean pager");
      await expect(asked("frobnicate")).rejects.toThrow("No webhook has this name: webhooks list shows them");
    },
  },
} satisfies Record<string, Scenarios>;
