// What the operations that change keys and health answer.
import { expect } from "bun:test";
import { unauthorized } from "../fixture/behaviours.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { one, run, type Scenarios } from "./run-operation.ts";

export const KEYS_SCENARIOS = {
  "keys.add": {
    "with every outcome": async ({ lab, upstream }) => {
      const [good, bad, known] = [fakeSecret("good"), fakeSecret("bad"), fakeSecret("ready")];
      upstream.byKey(bad, unauthorized);
      await one("keys.add", lab.ports, { keys: [{ key: fakeSecret("earlier"), name: "earlier" }] });
      const keys = [
        { key: good },
        { key: bad, name: "bad" },
        { key: known },
        { key: fakeSecret("earlier"), weight: 9 },
      ];
      const answer = await one("keys.add", lab.ports, { keys, test: true });
      expect((answer.keys as Record<string, unknown>[]).map(({ outcome, test }) => [outcome, test])).toEqual([
        ["added", expect.objectContaining({ is_ok: true, model: "gpt-4o-mini" })],
        ["refused", expect.objectContaining({ is_ok: false, status: 401, reason: "invalid_api_key", key: "bad" })],
        ["known", undefined],
        ["updated", undefined],
      ]);
    },
    "of a text that is only looked at": async ({ lab }) => {
      const text = [fakeSecret("good"), fakeSecret("ready"), "two words", fakeSecret("good")].join("\n");
      const answer = await one("keys.add", lab.ports, { text, dry_run: true });
      expect(answer).toMatchObject({
        keys: [
          { line: 1, outcome: "added" },
          { line: 2, outcome: "known", source: expect.stringContaining("config.yaml") },
          { line: 4, outcome: "duplicate" },
        ],
        unfit: [{ line: 3, masked: "****", why: "it has a space, expected one key a line" }],
      });
      expect(lab.ports.keys.list()).toEqual([]);
    },
  },
  "keys.try": {
    "of good, bad, known and unfit ones": async ({ lab, upstream }) => {
      const [good, bad, known] = [fakeSecret("good"), fakeSecret("bad"), fakeSecret("ready")];
      upstream.byKey(bad, unauthorized);
      const text = [good, `${bad} # the bad one`, known, "two words", good].join("\n");
      const rows = await run("keys.try", lab.ports, { text, settings: { name: "batch" } });
      expect(rows.toSorted((a, b) => Number(a.line) - Number(b.line))).toMatchObject([
        { line: 1, is_ok: true, key: "batch-1", total: 2 },
        { line: 2, is_ok: false, status: 401, total: 2 },
      ]);
      expect(lab.ports.keys.list()).toEqual([]);
    },
  },
  "keys.set": {
    "of stored and of other keys": async ({ lab }) => {
      await one("keys.add", lab.ports, { keys: [{ key: fakeSecret("mine"), name: "mine" }] });
      const change = { name: "ours", weight: 2, priority: -1, models: ["gpt-*"], limits: { rpm: 60, tpd: "2M" } };
      expect(await one("keys.set", lab.ports, { keys: ["mine"], ...change })).toEqual({
        keys: [{ id: expect.any(String), name: "ours", provider: "main", source: "key store" }],
        refused: [],
      });
      const { limits: own_limits, ...others } = change;
      const { keys } = await one("keys.list", lab.ports, { keys: ["ours"] });
      expect(keys).toMatchObject([{ ...others, own_limits, added_at: expect.any(String) }]);
      expect(await one("keys.set", lab.ports, { keys: ["ready"], weight: 2 })).toMatchObject({
        keys: [],
        refused: [{ name: "ready", why: expect.stringContaining("it comes from config.yaml:1:") }],
      });
    },
  },
  "keys.remove": {
    "of stored and of other keys": async ({ lab }) => {
      await one("keys.add", lab.ports, { keys: [{ key: fakeSecret("gone"), name: "gone" }] });
      expect(await one("keys.remove", lab.ports, { keys: ["gone", "ready"] })).toMatchObject({
        removed: [{ name: "gone", source: "key store" }],
        refused: [{ name: "ready", why: expect.stringContaining("it comes from config.yaml:1:") }],
      });
    },
  },
  "keys.disable": {
    "of some": async ({ lab }) => {
      const { keys } = await one("keys.disable", lab.ports, { keys: ["ready", "disabled"] });
      expect(keys).toMatchObject([{ name: "ready" }, { name: "disabled" }]);
    },
  },
  "keys.enable": {
    "of some": async ({ lab }) => {
      const { keys } = await one("keys.enable", lab.ports, { status: "disabled" });
      expect(keys).toMatchObject([{ name: "disabled", provider: "main" }]);
    },
  },
  "keys.reset": {
    "of some": async ({ lab }) => {
      expect(await one("keys.reset", lab.ports, { provider: "main" })).toMatchObject({ cleared: true });
      const { keys } = await one("keys.list", lab.ports, { provider: "main" });
      expect(new Set((keys as { state: string }[]).map(({ state }) => state))).toEqual(new Set(["ready", "disabled"]));
    },
  },
  "providers.reset": {
    "of one that fails and one that is suspect": async ({ lab }) => {
      for (const provider of ["open", "suspect"]) {
        expect(await one("providers.reset", lab.ports, { provider })).toEqual({ provider, cleared: true });
        expect(await one("providers.reset", lab.ports, { provider })).toEqual({ provider, cleared: false });
      }
      const { providers } = await one("health", lab.ports, {});
      expect((providers as { state: string }[]).slice(1, 3).map(({ state }) => state)).toEqual(["up", "no_usable_key"]);
    },
    "of one model": async ({ lab }) => {
      const model = "gpt-4o-mini";
      const asked = { provider: "open", model };
      expect(await one("providers.reset", lab.ports, asked)).toEqual({ ...asked, cleared: true });
      const { providers } = await one("health", lab.ports, { provider: "open" });
      expect(providers).toMatchObject([{ state: "open", open_models: [] }]);
    },
  },
  "keys.export": {
    "of the store": async ({ lab }) => {
      const key = {
        key: fakeSecret("exported"),
        name: "n",
        weight: 2,
        priority: -1,
        models: ["gpt-*"],
        limits: { rpm: 5 },
      };
      await one("keys.add", lab.ports, { keys: [key, { key: fakeSecret("plain"), provider: "groq" }] });
      const plain = { key: fakeSecret("plain"), provider: "groq" };
      const exported = { keys: [{ provider: "main", ...key }, plain] };
      expect(await one("keys.export", lab.ports, {})).toEqual(exported);
      expect(await one("keys.export", lab.ports, { provider: "groq" })).toEqual({ keys: [plain] });
      // In the form that keys.add takes.
      const again = await one("keys.add", lab.ports, { keys: exported.keys });
      expect((again.keys as { outcome: string }[]).map(({ outcome }) => outcome)).toEqual(["known", "known"]);
    },
  },
} as const satisfies Readonly<Record<string, Scenarios>>;
