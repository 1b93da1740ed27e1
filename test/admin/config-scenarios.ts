// What the operations on the text of the config file answer.
import { expect } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { openLab } from "../daemon/instance-lab.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { one, type Scenarios } from "./run-operation.ts";

const SOUND = { ok: true, diagnostics: [], changes: [], at_start: [] };
/** Of a key whose provider `groq` has none. */
const NO_KEY = expect.objectContaining({ severity: "warning", line: 1, path: "providers[5]" });

export const CONFIG_SCENARIOS = {
  "config.text": {
    "of a file with secrets": async ({ lab }) => {
      const { text, ...facts } = await one("config.text", lab.ports, {});
      expect(text).toContain("⟦secret:");
      expect(facts).toEqual({
        ...SOUND,
        file: lab.configFile,
        version: expect.any(String),
        has_previous: false,
        diagnostics: expect.arrayContaining([NO_KEY]),
      });
    },
    "of no version before": async ({ lab }) => {
      const { text, fault } = await one("config.text", lab.ports, { previous: true });
      expect([text, fault]).toEqual([undefined, expect.stringContaining("There is no version before")]);
    },
    "of one that is read-only, and of none": async ({ lab }) => {
      chmodSync(lab.configFile, 0o444);
      expect(await one("config.text", lab.ports, {})).toMatchObject({ read_only: "permission denied" });
      await using empty = await openLab();
      const fault = expect.stringContaining("There is no config file");
      expect(await one("config.text", empty.ports, {})).toEqual({ ...SOUND, ok: false, has_previous: false, fault });
    },
  },
  "config.check": {
    "of a mistake": async ({ lab }) => {
      const { text, version } = await one("config.text", lab.ports, {});
      const input = { text: `${text}\nservr: {}`, version: String(version) };
      const { ok, stale, diagnostics } = await one("config.check", lab.ports, input);
      expect([ok, stale, diagnostics]).toEqual([
        false,
        false,
        expect.arrayContaining([expect.objectContaining({ severity: "error", line: 2 })]),
      ]);
    },
    "of an edit of a file that is another one by now": async ({ lab }) => {
      const { text, version } = await one("config.text", lab.ports, {});
      writeFileSync(lab.configFile, `${readFileSync(lab.configFile, "utf8")}\n`);
      const edited = String(text).replace('"fast"', '"faster"');
      expect(await one("config.check", lab.ports, { text: edited, version: String(version) })).toMatchObject({
        ok: true,
        stale: true,
        changes: ["models: changed"],
      });
    },
  },
  "config.save": {
    "of an edit, of none, and of one that came too late": async ({ lab }) => {
      const { text, version } = await one("config.text", lab.ports, {});
      const input = { text: String(text).replace('"fast"', '"faster"'), version: String(version) };
      const saved = await one("config.save", lab.ports, input);
      expect(saved).toMatchObject({ outcome: "saved", reload: { ok: true, changes: ["models: changed"] } });
      const late = await one("config.save", lab.ports, input);
      expect(late).toMatchObject({ outcome: "conflict", version: saved.version as string });
      const same = await one("config.save", lab.ports, { ...input, version: String(saved.version) });
      expect(same).toMatchObject({ outcome: "unchanged" });
      expect(readFileSync(lab.configFile, "utf8")).toContain(fakeSecret("ready"));
    },
    "of a file that is read-only, and of a mistake": async ({ lab }) => {
      const { text, version } = await one("config.text", lab.ports, {});
      const input = { text: String(text).replace('"fast"', '"faster"'), version: String(version) };
      chmodSync(lab.configFile, 0o444);
      const refused = await one("config.save", lab.ports, input);
      expect(refused).toMatchObject({ outcome: "read_only", read_only: "permission denied" });
      const wrong = await one("config.save", lab.ports, { ...input, text: "providers: 1\n" });
      expect(wrong).toMatchObject({ outcome: "invalid", ok: false });
    },
  },
  "config.values": {
    "of all, of some, and of a page of them": async ({ lab }) => {
      const { total, values } = await one("config.values", lab.ports, {});
      expect((values as unknown[]).length).toBe(total as number);
      const port = { path: "server.port", value: "8000", origin: "default" };
      expect(await one("config.values", lab.ports, { text: "SERVER.PORT" })).toMatchObject({
        total: 1,
        values: [port],
      });
      const page = await one("config.values", lab.ports, { text: "server.", offset: 1, limit: 2 });
      expect(page.values).toHaveLength(2);
    },
    "of a configuration that is wrong": async ({ lab }) => {
      writeFileSync(lab.configFile, "servr: 1\n");
      const diagnostics = expect.arrayContaining([expect.stringContaining("servr: unknown field")]);
      expect(await one("config.values", lab.ports, {})).toMatchObject({ values: [], total: 0, diagnostics });
    },
  },
} satisfies Readonly<Record<string, Scenarios>>;
