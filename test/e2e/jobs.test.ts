// Jobs of the real daemon: failed keys that are tried again now, and a job that stays stopped.
import { expect, setDefaultTimeout, test } from "bun:test";
import { startBalanced } from "../fixture/balanced.ts";
import { unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [BAD, GOOD] = ["bad", "good"].map((name) => fakeSecret(`job_${name}`)) as [string, string];

async function open(health: object, fields: object = {}) {
  const upstream = startUpstream({ otherwise: openai, keys: { [BAD]: unauthorized } });
  const api_keys = [
    { name: "bad", key: BAD },
    { name: "good", key: GOOD, priority: 1 },
  ];
  const providers = [{ name: "main", base_url: upstream.url, api_keys, test_model: "gpt-4o-mini" }];
  const balanced = await startBalanced({ health, providers, ...fields });
  return {
    upstream,
    balanced,
    home: balanced.home,
    jobs: async () => {
      const { jobs } = await balanced.home.json<{ jobs: Row[] }>(["jobs"]);
      return Object.fromEntries(jobs.map((row) => [row.name, row]));
    },
    [Symbol.asyncDispose]: async () => {
      await balanced[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

interface Row {
  readonly name: string;
  readonly next_run?: string;
  readonly stopped_at?: string;
  readonly last_run?: { readonly asked: boolean; readonly counts: Readonly<Record<string, number>> };
}

test("a key that was mended serves again after jobs run recheck, with a daemon and without", async () => {
  await using site = await open({ probe: "models" });
  const { upstream, balanced, home, jobs } = site;
  expect((await balanced.ask()).status).toBe(200);
  expect(await home.states()).toEqual({ bad: "invalid", good: "ready" });
  expect(await home.ok(["jobs", "run", "recheck"])).toBe("recheck: 1 key asked: 1 still fails\n");
  upstream.byKey(BAD, openai);
  expect(await home.ok(["jobs", "run", "recheck"])).toBe("recheck: 1 key asked: 1 works again\n");
  expect(await home.states()).toEqual({ bad: "ready", good: "ready" });
  expect((await jobs()).recheck).toMatchObject({ last_run: { asked: true, counts: { asked: 1, recovered: 1 } } });
  const before = upstream.calls.length;
  expect((await balanced.ask()).status).toBe(200);
  expect(upstream.calls[before]?.key).toBe(BAD);

  upstream.byKey(BAD, unauthorized);
  expect((await balanced.ask()).status).toBe(200);
  await balanced.daemon.stop();
  upstream.byKey(BAD, openai);
  expect(await home.states()).toEqual({ bad: "invalid", good: "ready" });
  expect(await home.ok(["jobs", "run", "recheck"])).toBe("recheck: 1 key asked: 1 works again\n");
  expect(await home.states()).toEqual({ bad: "ready", good: "ready" });
});

test("a job runs by the clock until it is stopped, over a restart, and again once it is started", async () => {
  await using site = await open({ probe: "chat", check_interval: "50ms" });
  const { upstream, balanced, home, jobs } = site;
  expect((await balanced.ask()).status).toBe(200);
  await until("two runs by the clock", () => upstream.count(BAD) > 2);
  expect(await home.ok(["jobs", "stop", "recheck"])).toContain("It stays so over restarts");
  // What was on its way is over.
  await until(
    "the end of the run",
    async () => (await home.control().call("jobs.list", {})).jobs[0]?.running === undefined,
  );
  const before = upstream.count(BAD);
  expect(await jobs()).toMatchObject({ recheck: { stopped_at: expect.any(String) } });
  await balanced.restart();
  const { recheck } = await jobs();
  expect([recheck?.next_run, recheck?.last_run, typeof recheck?.stopped_at]).toEqual([undefined, undefined, "string"]);
  expect(await home.ok(["status"])).toMatch(/^jobs +recheck stopped .* ago: openai-balance jobs start recheck$/m);
  expect(balanced.daemon.logs()).toContain("A job stays stopped, as an operator left it");
  expect(upstream.count(BAD)).toBe(before);
  // An operator may still ask.
  expect(await home.ok(["jobs", "run", "recheck"])).toBe("recheck: 1 key asked: 1 still fails\n");
  expect(upstream.count(BAD)).toBe(before + 1);
  await home.ok(["jobs", "start", "recheck"]);
  await until("a run by the clock", () => upstream.count(BAD) > before + 1);
});

test("clean-up takes out what was kept long enough, and leaves the rest, with a daemon and without", async () => {
  const requests = { retention: { requests: "1ms", errors: "1ms" } };
  await using site = await open({ probe: "off" }, { requests });
  const { balanced, home, jobs } = site;
  expect((await balanced.ask()).status).toBe(200);
  // The record is written within a second.
  const cleaned = async () => (await home.control().call("jobs.run", { job: "clean-up" })).run;
  await until("the record to be written and removed", async () => Number((await cleaned())?.counts?.removed) > 0);
  expect((await jobs())["clean-up"]?.last_run).toMatchObject({ asked: true });
  expect(await home.ok(["jobs", "run", "clean-up"])).toBe("clean-up: nothing to remove\n");
  expect((await balanced.ask()).status).toBe(200);
  await balanced.daemon.stop();
  expect(await home.ok(["jobs", "run", "clean-up"])).toMatch(/^clean-up: \d+ rows? removed\n$/);
  expect(await home.ok(["jobs", "run", "clean-up"])).toBe("clean-up: nothing to remove\n");
});
