// What `overview` answers: everything at one look, and each thing that needs attention.
import { expect } from "bun:test";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { DaemonStatus } from "../../src/admin/daemon-port.ts";
import type { JobReport, JobRun } from "../../src/admin/jobs-port.ts";
import { OPERATIONS } from "../../src/admin/operation-table.ts";
import type { AttentionRow } from "../../src/admin/overview/attention.ts";
import type { Overview } from "../../src/admin/overview/overview.ts";
import type { ControlPorts } from "../../src/admin/ports.ts";
import type { WebhookReport } from "../../src/admin/webhooks-port.ts";
import type { KeyGlance } from "../../src/balancer/contract.ts";
import { UserError } from "../../src/core/user-error.ts";
import { HOUR, START } from "../balancer/fixtures.ts";
import { openLab, providerAt } from "../daemon/instance-lab.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { daemonOf } from "./daemon-scenarios.ts";
import { FakeRecords, usageOf } from "./fake-records.ts";
import { one, type Scenarios } from "./run-operation.ts";

const TLS = join(import.meta.dir, "../fixture/tls");
const CERTIFICATE = { cert: join(TLS, "localhost.pem"), key: join(TLS, "localhost.key") };

const NOW = new Date(START).toISOString();

async function ask(ports: ControlPorts, status: Partial<DaemonStatus> = {}, zone = "UTC"): Promise<Overview> {
  const answer = (await one("overview", { ...ports, daemon: daemonOf(status) }, { zone })) as unknown as Overview;
  for (const { operation, input } of answer.attention.flatMap(({ actions }) => actions)) {
    const { success } = OPERATIONS.get(operation)?.input.partial().safeParse(input) ?? {};
    expect([operation, success]).toEqual([operation, true]);
  }
  return answer;
}

async function attention(ports: ControlPorts, status: Partial<DaemonStatus> = {}): Promise<readonly AttentionRow[]> {
  return (await ask(ports, status)).attention;
}

/** One provider that is well. */
const well = (more: object = {}) =>
  openLab({ config: { providers: [providerAt("http://127.0.0.1:9", "main", [fakeSecret("well")])], ...more } });

const RUN: JobRun = {
  startedAt: START,
  tookMs: 5,
  isAsked: false,
  isBrokenOff: false,
  result: undefined,
  fault: "the disk is full",
};

const JOB: JobReport = {
  name: "clean-up",
  about: "Removes what is too old",
  setting: undefined,
  needsDaemon: true,
  intervalMs: 60_000,
  offBy: undefined,
  stoppedAt: undefined,
  running: undefined,
  nextAt: undefined,
  last: undefined,
};

const WEBHOOK: WebhookReport = {
  name: "pager",
  shown: "https://alerts.example/****",
  form: "generic",
  events: [],
  providers: undefined,
  isSigned: true,
  pending: 0,
  delivered: 3,
  dropped: 2,
  isGone: false,
  last: { at: START, type: "key.invalid", status: 500 },
  lastFault: { at: START, type: "key.invalid", status: 500 },
};

function withJobs({ jobs, ...ports }: ControlPorts, ...reports: readonly Partial<JobReport>[]): ControlPorts {
  return { ...ports, jobs: { ...jobs, list: () => reports.map((report) => ({ ...JOB, ...report })) } };
}

function withWebhook({ webhooks, ...ports }: ControlPorts, report: Partial<WebhookReport>): ControlPorts {
  return { ...ports, webhooks: { ...webhooks, list: () => [{ ...WEBHOOK, ...report }] } };
}

/** Proxies of which one is out and the other disabled. */
function proxiedLab(urls: readonly string[]) {
  const keys = ["one", "two"].map((name) => ({ name, key: fakeSecret(`overview_${name}`) }));
  return openLab({ config: { providers: [providerAt("https://main.example/v1", "main", keys)], proxies: { urls } } });
}

export const OVERVIEW_SCENARIOS = {
  overview: {
    "of every state": async ({ lab }) => {
      const records = new FakeRecords();
      const duration = { p50: 300, p95: 900, p99: 1_200 };
      records.report = { ...records.report, total: usageOf({ requests: 7, served: 6, failed: 1, duration }) };
      const queued = { waiting: 3, longestWaitMs: 1_500.4 };
      const found = await ask({ ...lab.ports, records }, queued, "Asia/Tokyo");
      expect(found).toMatchObject({
        at: NOW,
        version: "0.0.0-lab",
        started_at: NOW,
        draining: false,
        in_flight: 2,
        queue: { waiting: 3, longest_ms: 1_500 },
        recording: true,
        keys: { total: 52, exhausted: 2, invalid: 41, disabled: 1 },
        more_providers: 0,
        more_attention: 0,
        example: { model: "gpt-4o-mini", needs_token: false },
      });
      expect(found.periods?.month).toMatchObject({ requests: 7, served: 6, failed: 1, duration_ms: duration });
      expect(records.asked).toEqual(
        ["1m", "1h", "24h", "month"].map((period) => {
          return { period, zone: "Asia/Tokyo", limit: 1, hasSeries: false } as never;
        }),
      );
      expect(found.providers.map(({ name, state }) => `${name} ${state}`)).toEqual([
        "open open",
        "suspect suspect",
        "spent no_usable_key",
        "groq no_key",
        "main up",
        "ollama up",
        "off off",
      ]);
      expect(found.attention.map(({ kind, provider, count }) => [kind, provider, count])).toEqual([
        ["provider_no_usable_key", "spent", 1],
        ["provider_open", "open", undefined],
        ["provider_suspect", "suspect", undefined],
        ["keys_invalid", "main", 1],
        ["keys_exhausted", "main", 1],
        ["keys_exhausted", "spent", 1],
        ["models_open", "open", 1],
        ["provider_no_key", "groq", undefined],
      ]);
      expect(found.attention[3]).toMatchObject({
        keys: [{ name: "invalid" }],
        of: 9,
        since: NOW,
        reasons: [{ message: "what the provider said", count: 1 }],
      });
    },
    "of one that is well: nothing needs attention": async () => {
      await using lab = await well();
      expect(await attention(withJobs(lab.ports))).toEqual([]);
    },
    "of nothing: keys are to be added": async () => {
      await using lab = await openLab();
      expect(await ask(lab.ports)).toMatchObject({
        keys: { total: 0 },
        providers: [],
        attention: [{ kind: "no_usable_key", actions: [{ operation: "keys.add", needs_more: true }] }],
        example: { needs_token: false },
      });
    },
    "of counts that cannot be read": async ({ lab }) => {
      const records = new FakeRecords();
      const broken = { usage: () => Promise.reject(new UserError("Cannot read it: it is damaged")) };
      const found = await ask({ ...lab.ports, records: Object.assign(records, broken) });
      expect(found.periods_fault).toBe("Cannot read it: it is damaged");
      expect(found).not.toHaveProperty("periods");
      expect(found.providers).not.toBeEmpty();
    },
    "of files that cannot be read or written": async () => {
      await using lab = await well();
      const records = new FakeRecords();
      records.state = { ...records.state, fault: "the disk is full", dropped: 4 };
      const keys = { ...lab.ports.keys, fault: "no key store" };
      const tokens = { ...lab.ports.tokens, fault: "no token store", isOpenToAll: () => false };
      const found = await attention({ ...lab.ports, records, keys, tokens }, { saveFault: "no state", logDropped: 5 });
      expect(found.map(({ kind, weight, message, count }) => [kind, weight, message ?? count])).toEqual([
        ["store_fault", "critical", "no key store"],
        ["token_store_fault", "critical", "no token store"],
        ["save_fault", "critical", "no state"],
        ["records_fault", "warning", "the disk is full"],
        ["records_dropped", "notice", 4],
        ["log_dropped", "notice", 5],
      ]);
    },
    "of a configuration that was refused, and of one that is not wholly in effect": async () => {
      await using lab = await well();
      const diagnostics = Array.from({ length: 12 }, (_, at) => `config.yaml:${at}:1 servr: unknown field`);
      const lastReload = { at: START, reason: "SIGHUP", isOk: false, diagnostics, needRestart: [] };
      const refused = await ask(lab.ports, { lastReload });
      expect(refused.reload).toMatchObject({ ok: false, why: "SIGHUP", at: NOW, diagnostics });
      expect(refused.attention).toMatchObject([
        { kind: "config_refused", since: NOW, count: 12, actions: [{ operation: "reload", input: {} }] },
      ]);
      expect(refused.attention[0]?.details).toHaveLength(10);
      const taken = { ...lastReload, isOk: true, diagnostics: [], needRestart: ["server.port"] };
      expect(await attention(lab.ports, { lastReload: taken })).toMatchObject([
        { kind: "restart_needed", details: ["server.port"], actions: [] },
      ]);
      expect(await attention(lab.ports, { lastReload: { ...taken, needRestart: [] } })).toEqual([]);
    },
    "of a certificate that ends soon, and of one that has ended": async () => {
      await using lab = await well({ server: { tls: CERTIFICATE } });
      const { tls } = lab.instance.config.server;
      const endsAt = Date.parse(new X509Certificate(tls?.cert ?? "").validTo);
      const at = (ms: number) => attention({ ...lab.ports, now: () => endsAt + ms });
      expect(await at(-8 * 24 * HOUR)).toEqual([]);
      const details = [new Date(endsAt).toISOString()];
      expect(await at(-6 * 24 * HOUR)).toMatchObject([{ kind: "certificate_ends", weight: "warning", details }]);
      expect(await at(1)).toMatchObject([{ kind: "certificate_ended", weight: "critical", since: details[0] }]);
    },
    "of jobs that failed or are stopped": async () => {
      await using lab = await well();
      const jobs = [{ last: RUN }, { name: "recheck", stoppedAt: START, last: RUN }, { name: "fine" }];
      expect(await attention(withJobs(lab.ports, ...jobs))).toMatchObject([
        { kind: "job_failed", subject: "clean-up", message: "the disk is full", actions: [{ operation: "jobs.run" }] },
        { kind: "job_stopped", subject: "recheck", since: NOW, actions: [{ input: { job: "recheck" } }] },
      ]);
    },
    "of webhooks that fail or are gone": async () => {
      await using lab = await well();
      const action = { operation: "webhooks.test", input: { webhooks: ["pager"] } };
      expect(await attention(withWebhook(lab.ports, {}))).toMatchObject([
        { kind: "webhook_failing", subject: "pager", status: 500, count: 2, since: NOW, actions: [action] },
      ]);
      expect(await attention(withWebhook(lab.ports, { isGone: true }))).toMatchObject([
        { kind: "webhook_gone", actions: [action] },
      ]);
    },
    "of outbound proxies that are out, or disabled so that keys have no way": async () => {
      await using lab = await proxiedLab(["http://a.example:3128", "http://b.example:3128"]);
      const [first = "", second = ""] = lab.ports.proxies.list().map(({ id }) => id);
      const fault = { code: "PROXY_REFUSED", detail: "status 403" } as const;
      for (let time = 0; time < 3; time++) lab.instance.outbound.noteCheck(first, { at: START, latencyMs: 5, fault });
      await lab.ports.proxies.setDisabled([second], true);
      expect(await attention(lab.ports)).toMatchObject([
        {
          kind: "proxy_out",
          subject: "http://a.example:3128",
          reason: "PROXY_REFUSED",
          message: "status 403",
          actions: [{ operation: "proxies.test" }, { operation: "proxies.enable", input: { proxies: [first] } }],
        },
      ]);
      await lab.ports.proxies.setDisabled([first], true);
      expect(await attention(lab.ports)).toMatchObject([
        { kind: "proxy_disabled", weight: "critical", actions: [{ operation: "proxies.enable" }] },
        { kind: "proxy_disabled" },
      ]);
    },
    "of 100,000 keys, some at a time and in few words": async () => {
      await using lab = await well();
      let turns = 0;
      const count = () => {
        turns += 1;
        ticking = setImmediate(count);
      };
      let ticking = setImmediate(count);
      const read = new Map<number, number>();
      function* keys(): Generator<KeyGlance> {
        for (let index = 0; index < 100_000; index++) {
          read.set(turns, (read.get(turns) ?? 0) + 1);
          const state = index % 2 === 0 ? "invalid" : "ready";
          const cause = { since: START, until: undefined, reason: "invalid_api_key", status: 401, message: "no" };
          yield { id: `${index}`, name: `k${index}`, state, isOutByRule: false, inFlight: 0, parts: [], ...cause };
        }
      }
      const glance = () => [{ provider: "main", state: "up" as const, until: undefined, openModels: [], keys: keys() }];
      const found = await ask({ ...lab.ports, glance });
      clearImmediate(ticking);
      expect(found.attention).toMatchObject([{ kind: "keys_invalid", count: 50_000 }]);
      expect(found.providers).toMatchObject([{ keys: { ready: 50_000, invalid: 50_000 } }]);
      expect(JSON.stringify(found).length).toBeLessThan(8_000);
      expect(Math.max(...read.values())).toBeLessThanOrEqual(251);
    },
    "of many providers: the first, and those that are not up": async () => {
      const providers = Array.from({ length: 120 }, (_, at) =>
        providerAt("http://127.0.0.1:9", `p${at}`, [fakeSecret(`p${at}`)]),
      );
      await using lab = await openLab({ config: { providers } });
      const glance = () => {
        return lab.instance.balancer.glance(START).map((pool) => {
          return pool.provider === "p119" ? { ...pool, state: "open" as const, until: START + 1 } : pool;
        });
      };
      const found = await ask({ ...lab.ports, glance });
      expect(found.more_providers).toBe(20);
      expect(found.providers.map(({ name }) => name).slice(0, 3)).toEqual(["p119", "p0", "p1"]);
    },
    "asked ten times at once, which costs no more than two": async ({ lab }) => {
      let looks = 0;
      const glance = () => {
        looks += 1;
        return lab.ports.glance();
      };
      const ports = { ...lab.ports, glance, daemon: daemonOf() };
      const found = await Promise.all(Array.from({ length: 10 }, () => one("overview", ports, {})));
      expect(new Set(found.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(looks).toBe(2);
    },
  },
} as const satisfies Readonly<Record<string, Scenarios>>;
