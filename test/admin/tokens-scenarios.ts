// What the operations on client tokens answer.
import { expect } from "bun:test";
import { tokenIdOf } from "../../src/core/ids.ts";
import { START } from "../balancer/fixtures.ts";
import { one, type Scenarios } from "./run-operation.ts";

const START_TEXT = "2027-01-15T08:00:00.000Z";
const AUTH = (secret: unknown) => ({ authorization: `Bearer ${String(secret)}` });

export const TOKENS_SCENARIOS = {
  "tokens.add": {
    "the first one, which counts at once": async ({ lab }) => {
      expect((await lab.chat("gpt-4o-mini")).status).toBe(200);
      const added = await one("tokens.add", lab.ports, {
        name: "ci",
        rpm: "1k",
        models: ["gpt-*"],
        providers: ["main"],
      });
      expect(added).toMatchObject({ first: true, token: { name: "ci", source: "token store", state: "active" } });
      expect(added.token).toMatchObject({
        id: tokenIdOf(String(added.secret)),
        added_at: START_TEXT,
        models: ["gpt-*"],
        providers: ["main"],
        requests: 0,
        limits: [{ name: "rpm", limit: 1_000, used: 0 }],
      });
      expect(String(added.secret)).toMatch(/^oab-[\w-]{43}$/);
      expect((await lab.chat("gpt-4o-mini")).status).toBe(401);
      expect((await lab.chat("gpt-4o-mini", AUTH(added.secret))).status).toBe(200);
      expect((await lab.chat("o1", AUTH(added.secret))).status).toBe(403);
      expect(lab.read("tokens.json")).not.toContain(String(added.secret).slice(4, 20));
    },
    "one without a name and without limits": async ({ lab }) => {
      const { secret, token } = await one("tokens.add", lab.ports, {});
      expect(token).toEqual({
        id: tokenIdOf(String(secret)),
        name: `oab-...${String(secret).slice(-4)}`,
        source: "token store",
        state: "active",
        added_at: START_TEXT,
        requests: 0,
        in_flight: 0,
        limits: [],
      });
    },
    "one of a name, also where several ask at once": async ({ lab }) => {
      const asked = Array.from({ length: 5 }, () => one("tokens.add", lab.ports, { name: "ci" }));
      const made = await Promise.allSettled(asked);
      expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    },
    "what cannot be, and nothing is stored then": async ({ lab }) => {
      await one("tokens.add", lab.ports, { name: "ci" });
      const before = lab.read("tokens.json");
      const refused = (input: object) =>
        one("tokens.add", lab.ports, input as never).catch((error: Error) => error.message);
      expect(await refused({ name: "ci" })).toContain("Another client token has this name");
      const [key] = lab.ports.config().providers.flatMap(({ keys }) => keys);
      expect(await refused({ name: `ci ${key?.secret}` })).toBe(
        "The name holds a secret: expected one that everybody may see",
      );
      expect(await refused({ providers: ["mian"] })).toContain("There is no provider mian");
      expect(await refused({ operations: ["files*", "chat/completoins"] })).toBe(
        "The pattern chat/completoins matches no operation: did you mean chat/completions",
      );
      expect(await refused({ budget: { amount: 1 } })).toContain("state usage.prices in the configuration first");
      expect(await refused({ day: "UTC", rpm: 5 })).toContain("day has no effect");
      expect(await refused({ expires: "2020-01-01" })).toContain("expired already");
      expect(lab.read("tokens.json")).toBe(before);
    },
  },
  "tokens.list": {
    "those of the configuration first, with what they have spent": async ({ lab }) => {
      const { secret } = await one("tokens.add", lab.ports, { name: "ci", tpd: 5_000, expires: "2027-02-01" });
      expect((await lab.chat("gpt-4o-mini", AUTH(secret))).status).toBe(200);
      const { tokens } = await one("tokens.list", lab.ports, {});
      expect(tokens).toMatchObject([
        { name: "ci", requests: 1, last_used: START_TEXT, expires: "2027-02-01T00:00:00.000Z", in_flight: 0 },
      ]);
      lab.now = START + 30 * 86_400_000;
      expect((await one("tokens.list", lab.ports, {})).tokens).toMatchObject([{ name: "ci", state: "expired" }]);
    },
    "with a store that cannot be read": async ({ lab }) => {
      const tokens = { ...lab.ports.tokens, fault: "The token store cannot be read" };
      expect(await one("tokens.list", { ...lab.ports, tokens }, {})).toEqual({
        tokens: [],
        store_fault: "The token store cannot be read",
      });
      await expect(one("tokens.add", { ...lab.ports, tokens }, {})).rejects.toThrow("cannot be read");
    },
  },
  "tokens.revoke": {
    "by name and id, and what is in no store is told where it is": async ({ lab }) => {
      const first = await one("tokens.add", lab.ports, { name: "a" });
      const { token } = (await one("tokens.add", lab.ports, { name: "b" })) as { token: { id: string } };
      const done = await one("tokens.revoke", lab.ports, { tokens: ["a", token.id, "a"] });
      expect(done).toMatchObject({ revoked: [{ name: "a" }, { name: "b" }], refused: [], open: true });
      // Nobody could show one: programs on this machine are let in without.
      expect((await lab.chat("gpt-4o-mini", AUTH(first.secret))).status).toBe(200);
      for (const name of ["tokens.json", "tokens.json.1"]) expect(lab.read(name)).not.toContain('"name"');
      const unknown = one("tokens.revoke", lab.ports, { tokens: ["aa"] });
      await expect(unknown).rejects.toThrow("There is no client token aa");
    },
  },
  "tokens.rotate": {
    "keeps what the token is, and lets the old secret in for a while": async ({ lab }) => {
      const added = await one("tokens.add", lab.ports, { name: "ci", rpm: 10 });
      expect((await lab.chat("gpt-4o-mini", AUTH(added.secret))).status).toBe(200);
      const rotated = await one("tokens.rotate", lab.ports, { token: "ci", grace: "1h" });
      const { id } = added.token as { id: string };
      expect(rotated).toMatchObject({
        previous_until: "2027-01-15T09:00:00.000Z",
        token: { id, name: "ci", rotated_at: START_TEXT, requests: 1, limits: [{ name: "rpm", used: 1 }] },
      });
      for (const { secret } of [added, rotated]) expect((await lab.chat("gpt-4o-mini", AUTH(secret))).status).toBe(200);
      lab.now = START + 3_600_000;
      const late = await lab.chat("gpt-4o-mini", AUTH(added.secret));
      expect([late.status, await late.text()]).toEqual([
        401,
        expect.stringContaining("expired at 2027-01-15T09:00:00"),
      ]);
      expect((await lab.chat("gpt-4o-mini", AUTH(rotated.secret))).status).toBe(200);
    },
    "never longer than a time can be written": async ({ lab }) => {
      await one("tokens.add", lab.ports, { name: "ci" });
      const before = lab.read("tokens.json");
      for (const grace of ["3651d", "9999999d", "100000000d"])
        await expect(one("tokens.rotate", lab.ports, { token: "ci", grace })).rejects.toThrow("at most 3650d");
      expect(lab.read("tokens.json")).toBe(before);
    },
    "not once it has expired": async ({ lab }) => {
      const { secret } = await one("tokens.add", lab.ports, { name: "ci", expires: "2027-02-01" });
      const before = lab.read("tokens.json");
      lab.now = Date.UTC(2027, 1, 1);
      expect((await lab.chat("gpt-4o-mini", AUTH(secret))).status).toBe(401);
      await expect(one("tokens.rotate", lab.ports, { token: "ci" })).rejects.toThrow("it has expired");
      expect(lab.read("tokens.json")).toBe(before);
    },
    "at once without a grace": async ({ lab }) => {
      const added = await one("tokens.add", lab.ports, { name: "ci" });
      await one("tokens.rotate", lab.ports, { token: "ci" });
      expect((await lab.chat("gpt-4o-mini", AUTH(added.secret))).status).toBe(401);
      await expect(one("tokens.rotate", lab.ports, { token: "nobody" })).rejects.toThrow(
        "There is no client token nobody",
      );
    },
  },
} satisfies Readonly<Record<string, Scenarios>>;
