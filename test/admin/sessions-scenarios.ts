// What the operations on admin sessions answer.
import { expect } from "bun:test";
import { START } from "../balancer/fixtures.ts";
import { daemonOf } from "./daemon-scenarios.ts";
import { one, run, type Scenarios } from "./run-operation.ts";

const BROWSER = { via: "token", address: "10.0.0.7", agent: "A browser" } as const;

export const SESSIONS_SCENARIOS = {
  "sessions.list": {
    "the last used first, and none that has ended": async ({ lab }) => {
      const { sessions } = lab.data;
      await sessions.create({ ...BROWSER, agent: "" });
      lab.now = START + 1_800_000;
      await sessions.create({ ...BROWSER, via: "link" });
      const listed = await one("sessions.list", lab.ports, {});
      expect(listed.sessions).toMatchObject([
        { via: "link", agent: "A browser", expires_at: "2027-01-15T09:30:00.000Z" },
        { via: "token", agent: "", address: "10.0.0.7", seen_at: "2027-01-15T08:00:00.000Z" },
      ]);
      lab.now = START + 3_600_000;
      expect((await one("sessions.list", lab.ports, {})).sessions).toHaveLength(1);
    },
  },
  "sessions.revoke": {
    "by the beginning of an id": async ({ lab }) => {
      const { sessions } = lab.data;
      const secret = await sessions.create(BROWSER);
      const kept = await sessions.create(BROWSER);
      const id = sessions.use(secret)?.id ?? "";
      const done = await one("sessions.revoke", lab.ports, { sessions: [id.slice(0, 8), id] });
      expect(done.revoked).toMatchObject([{ id }]);
      expect([sessions.use(secret), sessions.use(kept)?.via]).toEqual([undefined, "token"]);
      expect(lab.read("sessions.json")).not.toContain(id);
    },
    all: async ({ lab }) => {
      await lab.data.sessions.create(BROWSER);
      expect((await one("sessions.revoke", lab.ports, { all: true })).revoked).toHaveLength(1);
      expect(await one("sessions.revoke", lab.ports, { all: true })).toEqual({ revoked: [] });
    },
    "nothing that is not clear": async ({ lab }) => {
      const { sessions } = lab.data;
      await sessions.create(BROWSER);
      const refused = (input: object) => run("sessions.revoke", lab.ports, input);
      await expect(refused({})).rejects.toThrow("expected either ids or all");
      await expect(refused({ all: true, sessions: ["a"] })).rejects.toThrow("expected either ids or all");
      await expect(refused({ sessions: ["xyz"] })).rejects.toThrow("There is no session xyz");
      for (let made = 0; made < 16; made++) await sessions.create(BROWSER);
      const digits = sessions.list().map(({ id }) => id.charAt(0));
      const twice = digits.find((digit, at) => digits.indexOf(digit) < at) ?? "";
      await expect(refused({ sessions: [twice] })).rejects.toThrow(`Several sessions begin with ${twice}`);
      expect(sessions.list()).toHaveLength(17);
    },
  },
  open: {
    "a link of the daemon": async ({ lab }) => {
      const link = await one("open", { ...lab.ports, daemon: daemonOf() }, {});
      expect(link).toEqual({
        url: "http://127.0.0.1:8000/admin/open?code=fake",
        expires_at: "2027-01-15T08:05:00.000Z",
      });
    },
  },
} satisfies Readonly<Record<string, Scenarios>>;
