// The jobs of an instance: what the log says of their runs, and what a stopped one leaves undone.
import { describe, expect, test } from "bun:test";
import { InstanceJobs } from "../../../src/daemon/jobs/instance-jobs.ts";
import { START, verdictOf } from "../../balancer/fixtures.ts";
import { openai } from "../../fixture/openai-answers.ts";
import { fakeSecret } from "../../fixture/secrets.ts";
import { until } from "../../fixture/until.ts";
import { startUpstream } from "../../fixture/upstream.ts";
import { settle, VirtualTime } from "../../proxy/fixtures.ts";
import { type LabOptions, openLab, providerAt } from "../instance-lab.ts";

async function open(fields: object = {}, options: LabOptions = {}) {
  const upstream = startUpstream({ otherwise: openai });
  const providers = [providerAt(upstream.url, "main", [{ name: "k", key: fakeSecret("k") }])];
  const lab = await openLab({ config: { providers, ...fields }, ...options });
  const time = new VirtualTime();
  Object.assign(lab.instance.timing, { schedule: time.schedule });
  const jobs = new InstanceJobs(lab.instance, time.now);
  return {
    upstream,
    lab,
    time,
    jobs: jobs.jobs,
    start: () => jobs.start(),
    said: async () => (await lab.log()).filter(({ job }) => job !== undefined).map(({ msg, level }) => [level, msg]),
    run: (name: string) => jobs.jobs.run(name).ended,
    [Symbol.asyncDispose]: async () => {
      jobs.jobs.end();
      await lab[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

describe("the log says", () => {
  test("the first fault of a row and its end, a mistake of ours with its stack, and what was asked for", async () => {
    await using site = await open();
    const { balancer } = site.lab.instance;
    const { reportKey } = balancer;
    balancer.reportKey = () => {
      throw new Error("a mistake of ours");
    };
    expect((await site.run("recheck")).fault).toBe("an internal error");
    await site.run("recheck");
    balancer.reportKey = reportKey;
    await site.run("recheck");
    await site.run("recheck");
    expect(await site.said()).toEqual([
      ["warn", "Job failed"],
      ["info", "Job done"],
      ["info", "Job works again"],
      ["info", "Job done"],
    ]);
    const bugs = (await site.lab.log()).filter(({ msg }) => msg === "Internal error");
    expect(bugs.map(({ request_id, stack }) => [request_id, String(stack).split("\n")[0]])).toEqual([
      ["job recheck", "Error: a mistake of ours"],
      ["job recheck", "Error: a mistake of ours"],
    ]);
  });

  test("what was broken off, which says nothing of a fault before", async () => {
    await using site = await open();
    const { balancer } = site.lab.instance;
    const { reportKey } = balancer;
    balancer.reportKey = () => {
      throw new Error("a mistake of ours");
    };
    await site.run("recheck");
    balancer.reportKey = reportKey;
    const { ended } = site.jobs.run("recheck");
    await site.jobs.setStopped("recheck", true);
    expect((await ended).isBrokenOff).toBe(true);
    await site.run("recheck");
    expect(await site.said()).toEqual([
      ["warn", "Job failed"],
      ["info", "Job broken off"],
      ["info", "Job works again"],
    ]);
  });

  test("at each start what stays stopped, and nothing loud of runs by the clock", async () => {
    await using site = await open();
    await site.jobs.setStopped("recheck", true);
    const stop = site.start();
    await until("the lists", () => site.jobs.list().some(({ last }) => last !== undefined));
    stop();
    expect(await site.said()).toEqual([
      ["warn", "A job stays stopped, as an operator left it"],
      ["debug", "Job done"],
    ]);
  });
});

test("model-lists says how many came", async () => {
  await using site = await open();
  expect((await site.run("model-lists")).result).toEqual({
    words: "1 list fetched",
    counts: { fetched: 1, missing: 0 },
  });
  site.upstream.otherwise(() => new Response(null, { status: 404 }));
  expect((await site.run("model-lists")).result).toEqual({
    words: "no list fetched, 1 not available",
    counts: { fetched: 0, missing: 1 },
  });
});

test("while model-lists is stopped neither start nor reload nor a first key fetches a list", async () => {
  await using site = await open();
  await site.jobs.setStopped("model-lists", true);
  const stop = site.start();
  site.lab.instance.reload("test");
  site.jobs.hurry("model-lists");
  await site.time.advance(3_600_000);
  await settle();
  stop();
  expect([site.upstream.listings, site.time.pending]).toEqual([[], 0]);
});

test("recheck makes free calls for an operator where health.probe is off", async () => {
  await using site = await open({ health: { probe: "off" } });
  const { instance } = site.lab;
  const [key] = instance.config.providers.flatMap(({ keys }) => keys);
  const need = { route: [[{ provider: "main", model: "gpt-4o-mini" }]], operation: "chat", client: "c" };
  const attempt = instance.balancer.begin(
    { provider: "main", keyId: key?.id ?? "", model: "gpt-4o-mini" },
    need,
    START,
  );
  instance.balancer.judge(attempt, verdictOf({ kind: "key-invalid" }), START);
  instance.balancer.end(attempt, START);
  expect(site.jobs.list()[0]).toMatchObject({ intervalMs: undefined, offBy: "health.probe" });
  expect((await site.run("recheck")).result?.counts).toMatchObject({ asked: 1, recovered: 1 });
  expect([site.upstream.calls.length, site.upstream.listings.length]).toEqual([0, 1]);
});
