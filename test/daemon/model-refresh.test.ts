// Model lists are fetched at start, on reload and every few minutes, and what is wrong with one is said once.
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { InstanceJobs } from "../../src/daemon/jobs/instance-jobs.ts";
import { refreshModels } from "../../src/daemon/model-refresh.ts";
import { MINUTE } from "../balancer/fixtures.ts";
import { serverError, silent } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { until } from "../fixture/until.ts";
import { type Behaviour, startUpstream, type Upstream } from "../fixture/upstream.ts";
import { settle, VirtualTime } from "../proxy/fixtures.ts";
import { type Lab, type LogRecord, openLab, providerAt } from "./instance-lab.ts";

interface Opened extends AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
  readonly jobs: InstanceJobs;
  readonly stop: () => void;
  /** Moves the clock of the rounds; the network keeps its own time. */
  readonly time: VirtualTime;
  listing: Behaviour;
  said(): Promise<readonly LogRecord[]>;
}

async function open(fields: object = {}): Promise<Opened> {
  const script = { listing: openai as Behaviour };
  const upstream = startUpstream({ otherwise: openai, listing: (call) => script.listing(call) });
  const provider = providerAt(upstream.url, "main", [fakeSecret("k")], { max_retries: 0, ...fields });
  const lab = await openLab({ config: { providers: [provider] } });
  const time = new VirtualTime();
  Object.assign(lab.instance.timing, { schedule: time.schedule });
  const jobs = new InstanceJobs(lab.instance, time.now);
  const stop = jobs.start();
  return {
    lab,
    upstream,
    jobs,
    stop,
    time,
    get listing() {
      return script.listing;
    },
    set listing(next) {
      script.listing = next;
    },
    said: async () => (await lab.log()).filter(({ msg }) => String(msg).startsWith("Model list")),
    [Symbol.asyncDispose]: async () => {
      stop();
      await lab[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

const hasList = ({ lab }: Opened, name = "main") => lab.instance.catalog.listOf(name) !== undefined;

describe("the job fetches", () => {
  test("every list at once, and again every five minutes", async () => {
    await using opened = await open();
    await until("the list", () => hasList(opened));
    expect(opened.lab.instance.catalog.has("main", "gpt-4o")).toBe(true);
    opened.listing = () => Response.json({ data: [{ id: "newer", object: "model" }] });
    await opened.time.advance(5 * MINUTE);
    await until("the next list", () => opened.lab.instance.catalog.has("main", "newer"));
    expect(opened.upstream.listings).toHaveLength(2);
  });

  test("a list that has more and more of the same once again only", async () => {
    await using opened = await open({ dialect: "anthropic" });
    opened.listing = () => Response.json({ data: [{ id: "m", type: "model" }], has_more: true, last_id: "m" });
    await until("the list", () => hasList(opened));
    const queries = opened.upstream.listings.map(({ path }) => path.slice(path.indexOf("?")));
    expect(queries).toEqual(["?limit=1000", "?limit=1000&after_id=m"]);
  });

  test("with the key that is named for it", async () => {
    const keys = ["a", "b"].map((name) => ({ name, key: fakeSecret(name) }));
    await using opened = await open({ api_keys: keys, model_request_key: "b" });
    await until("the list", () => hasList(opened));
    expect(opened.upstream.listings.map(({ key }) => key)).toEqual([fakeSecret("b")]);
  });

  test("the list of a provider with its first key, as soon as it has one", async () => {
    await using opened = await open({ api_keys: [] });
    await until("the reason", async () => (await opened.said()).length === 1);
    expect([opened.upstream.listings.length, await opened.said()]).toEqual([
      0,
      [expect.objectContaining({ provider: "main", reason: "no_key" })],
    ]);
    await opened.lab.control.call("keys.add", { keys: [{ key: fakeSecret("new") }] });
    await until("the list", () => hasList(opened));
    expect(opened.upstream.listings.map(({ key }) => key)).toEqual([fakeSecret("new")]);
  });

  test("the list of a provider that a reload brings, and leaves those that it has", async () => {
    await using opened = await open();
    await until("the list", () => hasList(opened));
    const { lab, upstream } = opened;
    const at = (name: string) => providerAt(upstream.url, name, [fakeSecret(name === "main" ? "k" : name)]);
    writeFileSync(lab.configFile, JSON.stringify({ providers: [at("main"), at("other")] }));
    lab.instance.reload("test");
    await until("the other list", () => hasList(opened, "other"));
    expect(upstream.listings.map(({ key }) => key)).toEqual([fakeSecret("k"), fakeSecret("other")]);
  });

  test("without counting as a use of the key", async () => {
    await using opened = await open();
    await until("the list", () => hasList(opened));
    const { keys } = await opened.lab.control.call("keys.list", {});
    expect(keys).toMatchObject([{ used_24h: 0, in_flight: 0, state: "ready" }]);
  });
});

describe("the job says", () => {
  test.each<[string, Behaviour, string]>([
    ["an error", serverError, "http_500"],
    ["no list", () => Response.json({ hello: 1 }), "no_list"],
    ["a page", () => new Response("<html>", { headers: { "content-type": "text/html" } }), "no_list"],
  ])("once that %s came, keeps what it had, and says when it is well again", async (_what, fault, reason) => {
    await using opened = await open();
    await until("the list", () => hasList(opened));
    opened.listing = fault;
    for (let round = 2; round < 4; round++) {
      await opened.time.advance(5 * MINUTE);
      await until("the round", () => opened.upstream.listings.length === round);
      await until("the end of the round", () => opened.lab.instance.balancer.report(0)[0]?.keys[0]?.inFlight === 0);
    }
    expect(opened.lab.instance.catalog.has("main", "gpt-4o")).toBe(true);
    await until("the reason", async () => (await opened.said()).length === 1);
    expect(await opened.said()).toMatchObject([
      { msg: "Model list not available; requests still go there", provider: "main", reason },
    ]);
    opened.listing = openai;
    await opened.time.advance(5 * MINUTE);
    await until("the end of it", async () => (await opened.said()).length === 2);
    expect((await opened.said())[1]).toMatchObject({ msg: "Model list is back", provider: "main" });
  });
});

describe("stop", () => {
  test("ends fetches that run, and no other follows", async () => {
    await using opened = await open();
    opened.listing = silent;
    opened.jobs.afterReload();
    await until("the fetch", () => opened.upstream.listings.some(({ signal }) => !signal.aborted));
    opened.stop();
    await until("the end of the fetch", () => opened.upstream.listings.every(({ signal }) => signal.aborted));
    const before = opened.upstream.listings.length;
    await opened.time.advance(60 * MINUTE);
    // It would hold up the end of the daemon.
    opened.lab.instance.reload("test");
    await settle();
    expect([opened.upstream.listings.length, opened.time.pending, await opened.said()]).toEqual([before, 0, []]);
  });
});

test("refreshModels tells why no list came", async () => {
  await using opened = await open();
  const { lab } = opened;
  opened.stop();
  const provider = lab.instance.handler.setup.providers.get("main");
  if (provider === undefined) throw new Error("There is no provider");
  const { loop } = lab.instance.handler;
  const deps = { catalog: lab.instance.catalog, loop };
  expect(await refreshModels(provider, { ...deps, signal: AbortSignal.abort() })).toBe("stopped");
  await lab.control.call("keys.disable", { keys: ["*"] });
  expect(await refreshModels(provider, { ...deps, signal: new AbortController().signal })).toBe("no_usable_key");
});
