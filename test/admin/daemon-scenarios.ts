// What the operations on the daemon and its settings answer, and those that call providers.
import { expect } from "bun:test";
import type { DaemonPort, DaemonStatus } from "../../src/admin/daemon-port.ts";
import { START } from "../balancer/fixtures.ts";
import { openLab } from "../daemon/instance-lab.ts";
import { unauthorized } from "../fixture/behaviours.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { FakeRecords } from "./fake-records.ts";
import { one, run, type Scenarios } from "./run-operation.ts";

const STATUS: DaemonStatus = {
  pid: 7,
  startedAt: START,
  url: "http://127.0.0.1:8000",
  configFile: undefined,
  folder: "/var/lib/openai-balance",
  inFlight: 2,
  isDraining: false,
  logDropped: 0,
  savedAt: undefined,
  saveFault: undefined,
  folderFault: undefined,
  waiting: 0,
  longestWaitMs: 0,
  lastReload: undefined,
};

/** A daemon that runs and does nothing. */
export function daemonOf(status: Partial<DaemonStatus> = {}, more: Partial<DaemonPort> = {}): DaemonPort {
  return {
    status: () => ({ ...STATUS, ...status }),
    reload: async () => ({ ok: true, changes: ["provider x: added"], diagnostics: [] }),
    openLink: () => ({ url: "http://127.0.0.1:8000/admin/open?code=fake", expiresAt: START + 300_000 }),
    stop: () => {},
    ...more,
  };
}

export const DAEMON_SCENARIOS = {
  status: {
    "of a daemon that has just begun": async ({ lab }) => {
      expect(await one("status", { ...lab.ports, daemon: daemonOf() }, {})).toEqual({
        version: "0.0.0-lab",
        pid: 7,
        url: "http://127.0.0.1:8000",
        started_at: "2027-01-15T08:00:00.000Z",
        data_folder: "/var/lib/openai-balance",
        in_flight: 2,
        draining: false,
        providers: 7,
        keys: 53,
        log_dropped: 0,
        records: { on: true, dropped: 0, sampled_out: 0, pending: 0 },
      });
    },
    "with everything that can be wrong": async ({ lab }) => {
      const faults = { configFile: "/c", savedAt: START, saveFault: "no space left", folderFault: "read-only" };
      const keys = { ...lab.ports.keys, fault: "The key store cannot be opened" };
      const daemon = daemonOf({ ...faults, isDraining: true, logDropped: 3 });
      expect(await one("status", { ...lab.ports, daemon, keys }, {})).toMatchObject({
        config_file: "/c",
        saved_at: "2027-01-15T08:00:00.000Z",
        save_fault: "no space left",
        folder_fault: "read-only",
        store_fault: "The key store cannot be opened",
        draining: true,
        log_dropped: 3,
      });
    },
    "after a reload that was refused": async ({ lab }) => {
      const facts = { diagnostics: ["config.yaml:1:1 servr: unknown field"], needRestart: [] };
      const daemon = daemonOf({ lastReload: { at: START, reason: "SIGHUP", isOk: false, ...facts } });
      expect(await one("status", { ...lab.ports, daemon }, {})).toMatchObject({
        reload: { at: "2027-01-15T08:00:00.000Z", why: "SIGHUP", ok: false, diagnostics: facts.diagnostics },
      });
    },
    "with records that cannot be written": async ({ lab }) => {
      const records = new FakeRecords();
      const counts = { dropped: 3, sampledOut: 4, pending: 5 };
      records.state = { isOn: true, fault: "the disk is full", ...counts, writtenAt: START };
      expect(await one("status", { ...lab.ports, daemon: daemonOf(), records }, {})).toMatchObject({
        records: {
          ...{ on: true, fault: "the disk is full", dropped: 3, sampled_out: 4, pending: 5 },
          written_at: "2027-01-15T08:00:00.000Z",
        },
      });
    },
  },
  reload: {
    "that is taken, and one that is not": async ({ lab }) => {
      const taken = await one("reload", { ...lab.ports, daemon: daemonOf() }, {});
      expect(taken).toEqual({ ok: true, changes: ["provider x: added"], diagnostics: [] });
      const refused = { ok: false, changes: [], diagnostics: ["config.yaml:1:1 servr: unknown field"] };
      const daemon = daemonOf({}, { reload: async () => refused });
      expect(await one("reload", { ...lab.ports, daemon }, {})).toEqual(refused);
    },
  },
  "config.set": {
    "of a value, a secret, and the address": async ({ lab }) => {
      const file = lab.configFile;
      expect(await one("config.set", lab.ports, { path: "logging.level", value: "warn" })).toEqual({
        file,
        path: "logging.level",
        changed: true,
        secret: false,
        needs_restart: false,
        warnings: [],
      });
      const secret = { path: "auth.admin_token", value: fakeSecret("new-admin") };
      expect(await one("config.set", lab.ports, secret)).toMatchObject({ secret: true, changed: true });
      const port = await one("config.set", lab.ports, { path: "server.port", value: "8001" });
      expect(port).toMatchObject({ needs_restart: true, changed: true });
    },
    "of what is so already": async ({ lab }) => {
      await one("config.set", lab.ports, { path: "logging.level", value: "warn" });
      const again = await one("config.set", lab.ports, { path: "logging.level", value: "warn" });
      expect(again).toMatchObject({ changed: false, needs_restart: false });
    },
    "that removes, with what is to be warned of now": async ({ lab }) => {
      expect(await one("config.set", lab.ports, { path: "models.dead" })).toMatchObject({
        changed: true,
        warnings: [],
      });
      expect(await one("config.set", lab.ports, { path: "providers.open.api_keys" })).toMatchObject({
        warnings: [expect.stringContaining("providers[1]: has no key")],
      });
    },
  },
  "master.rotate": {
    "of a key in a file": async ({ lab }) => {
      await one("keys.add", lab.ports, { keys: [{ key: fakeSecret("sealed") }] });
      const { before, after, file } = await one("master.rotate", lab.ports, {});
      expect([file, before === after]).toEqual([true, false]);
    },
    "of a key in a variable": async () => {
      const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map((bytes) => bytes.toString("base64"));
      await using lab = await openLab({ env: { OPENAI_BALANCE_MASTER_KEY: keys[0] ?? "" } });
      expect(await one("master.rotate", lab.ports, { key: keys[1] })).toMatchObject({ file: false });
    },
  },
  stop: {
    "of a daemon": async ({ lab }) => {
      const stops: string[] = [];
      const daemon = daemonOf({}, { stop: () => void stops.push("stopped") });
      expect(await one("stop", { ...lab.ports, daemon }, {})).toEqual({ pid: 7, in_flight: 2 });
      expect(stops).toEqual(["stopped"]);
    },
  },
  test: {
    "of each provider": async ({ lab, upstream }) => {
      upstream.byKey(fakeSecret("of-open"), unauthorized);
      const answers = await run("test", lab.ports, {});
      expect(Object.fromEntries(answers.map(({ provider, ...row }) => [provider, row]))).toMatchObject({
        main: { is_ok: true, outcome: "ok", status: 200, key: "ready", model: "gpt-4o-mini", total: 6 },
        open: { is_ok: false, outcome: "invalid_key", reason: "invalid_api_key", status: 401 },
        suspect: { is_ok: true },
        spent: { is_ok: false, outcome: "no_test_model" },
        groq: { is_ok: false, outcome: "no_usable_key" },
        // Without a model it is asked by the free call.
        ollama: { is_ok: true, key: "anonymous" },
      });
      expect(answers.map(({ first_token_ms }) => typeof first_token_ms)).toContain("number");
    },
    "of a provider that is not enabled": async ({ lab }) => {
      expect(await run("test", lab.ports, { provider: "off" })).toMatchObject([{ is_ok: false, outcome: "off" }]);
    },
  },
} as const satisfies Readonly<Record<string, Scenarios>>;
