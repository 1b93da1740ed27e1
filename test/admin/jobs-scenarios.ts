// What the operations on jobs answer.
import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { controlPorts } from "../../src/daemon/control-ports.ts";
import { InstanceJobs } from "../../src/daemon/jobs/instance-jobs.ts";
import { HOUR, START, verdictOf } from "../balancer/fixtures.ts";
import { type Lab, openLab, providerAt } from "../daemon/instance-lab.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { startUpstream } from "../fixture/upstream.ts";
import { daemonOf } from "./daemon-scenarios.ts";
import { keyId } from "./every-state.ts";
import { one, type Scenarios } from "./run-operation.ts";

type Row = Readonly<Record<string, unknown>>;

const NOW = new Date(START).toISOString();

const rowOf = async (lab: Lab, name: string) =>
  ((await one("jobs.list", lab.ports, {})).jobs as readonly Row[]).find((row) => row.name === name);

/** A provider with a key whose credential was refused, and one without credit. */
async function failing() {
  const upstream = startUpstream({ otherwise: openai });
  const keys = ["dead", "spent"].map((name) => ({ name, key: fakeSecret(name) }));
  const lab = await openLab({ config: { providers: [providerAt(upstream.url, "main", keys)] } });
  const effects = { dead: { kind: "key-invalid" }, spent: { kind: "key-exhausted" } } as const;
  for (const [name, effect] of Object.entries(effects)) {
    const { balancer } = lab.instance;
    const need = { route: [[{ provider: "main", model: "gpt-4o-mini" }]], operation: "chat", client: "c" };
    const attempt = balancer.begin({ provider: "main", keyId: keyId(lab, name), model: "gpt-4o-mini" }, need, START);
    balancer.judge(attempt, verdictOf(effect), START);
    balancer.end(attempt, START);
  }
  return {
    lab,
    upstream,
    [Symbol.asyncDispose]: async () => {
      await lab[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

export const JOBS_SCENARIOS = {
  "jobs.list": {
    "before anything ran, without a daemon": async ({ lab }) => {
      expect(await rowOf(lab, "recheck")).toEqual({
        name: "recheck",
        about: "Tries failed keys again",
        setting: "health.check_interval",
        interval_ms: HOUR,
      });
      expect(await rowOf(lab, "proxy-checks")).toMatchObject({ off_by: "proxies.check.url" });
    },
    "of a daemon, with the time of each next run": async ({ lab }) => {
      const jobs = new InstanceJobs(lab.instance, () => 0);
      const stop = jobs.start();
      const ports = controlPorts(lab.instance, daemonOf(), jobs.jobs);
      const rows = (await one("jobs.list", ports, {})).jobs as readonly Row[];
      stop();
      expect(rows).toMatchObject([
        { name: "recheck", next_run: new Date(START + HOUR).toISOString() },
        { name: "proxy-checks" },
        { name: "model-lists", running: { started_at: NOW }, interval_ms: 300_000 },
        { name: "clean-up", next_run: new Date(START + 60_000).toISOString() },
      ]);
      expect(rows[1]).not.toHaveProperty("next_run");
    },
  },
  "jobs.run": {
    "of the re-check, which says what it did": async () => {
      await using site = await failing();
      const { lab, upstream } = site;
      expect(await one("jobs.run", lab.ports, { job: "recheck" })).toEqual({
        job: "recheck",
        joined: false,
        run: {
          started_at: NOW,
          ms: expect.any(Number),
          asked: true,
          broken_off: false,
          result: "1 key asked: 1 works again; 1 without credit left out, which only health.probe chat would show",
          counts: { asked: 1, recovered: 1, failing: 0, left_out: 1 },
        },
      });
      expect(upstream.listings.map(({ key }) => key)).toEqual([fakeSecret("dead")]);
      expect(await rowOf(lab, "recheck")).toMatchObject({ last_run: { asked: true, counts: { recovered: 1 } } });
    },
    "of the check of proxies, where there is none": async ({ lab }) => {
      const { run } = await one("jobs.run", lab.ports, { job: "proxy-checks" });
      expect(run).toMatchObject({ result: "no outbound proxy to ask", counts: { asked: 0 } });
    },
    "of the clean-up, where nothing was ever kept": async () => {
      await using lab = await openLab();
      expect(await one("jobs.run", lab.ports, { job: "clean-up" })).toMatchObject({
        run: { result: "nothing to remove", counts: { removed: 0 } },
      });
      expect(existsSync(join(lab.dataFolder, "requests.sqlite"))).toBe(false);
    },
    "without a wait, and joined by another one": async () => {
      await using site = await failing();
      const { lab } = site;
      const first = await one("jobs.run", lab.ports, { job: "recheck", wait: false });
      const joined = one("jobs.run", lab.ports, { job: "recheck" });
      expect(first).toEqual({ job: "recheck", joined: false });
      expect(await joined).toMatchObject({ joined: true, run: { broken_off: false, counts: { asked: 1 } } });
    },
    "of a job that means nothing without a daemon": async ({ lab }) => {
      await expect(one("jobs.run", lab.ports, { job: "model-lists" })).rejects.toThrow("Only a daemon has a use for");
    },
    "of one that there is not": async ({ lab }) => {
      await expect(one("jobs.run", lab.ports, { job: "rechek" })).rejects.toThrow("did you mean recheck");
      await expect(one("jobs.run", lab.ports, { job: "x" })).rejects.toThrow("There is no job x: there are recheck,");
    },
  },
  "jobs.stop": {
    "of one that waits, over a restart": async () => {
      const lab = await openLab();
      expect(await one("jobs.stop", lab.ports, { job: "recheck" })).toMatchObject({
        changed: true,
        broke_off: false,
        job: { name: "recheck", stopped_at: NOW },
      });
      await using later = await lab.restart({ now: START + HOUR });
      expect(await one("jobs.stop", later.ports, { job: "recheck" })).toMatchObject({ changed: false });
      const note = { jobs: [{ name: "recheck", stopped_at: NOW }] };
      expect(await one("health", later.ports, {})).toMatchObject({ healthy: true, ...note });
      expect(await one("status", { ...later.ports, daemon: daemonOf() }, {})).toMatchObject(note);
    },
    "of one that runs": async ({ lab }) => {
      await one("jobs.run", lab.ports, { job: "recheck", wait: false });
      const run = one("jobs.run", lab.ports, { job: "recheck" });
      expect(await one("jobs.stop", lab.ports, { job: "recheck" })).toMatchObject({ broke_off: true });
      expect(await run).toMatchObject({ run: { broken_off: true } });
    },
  },
  "jobs.start": {
    "of one that was stopped, and again": async ({ lab }) => {
      await one("jobs.stop", lab.ports, { job: "recheck" });
      const started = await one("jobs.start", lab.ports, { job: "recheck" });
      expect([started.changed, started.broke_off, Object.keys(started.job as object)]).toEqual([
        true,
        false,
        ["name", "about", "setting", "interval_ms"],
      ]);
      expect(await one("jobs.start", lab.ports, { job: "recheck" })).toMatchObject({ changed: false });
      expect(await one("health", lab.ports, {})).not.toHaveProperty("jobs");
    },
  },
} satisfies Readonly<Record<string, Scenarios>>;
