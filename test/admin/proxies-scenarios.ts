// What the operations on outbound proxies answer.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { START } from "../balancer/fixtures.ts";
import { type Lab, openLab } from "../daemon/instance-lab.ts";
import { proxyUrl, startConnectProxy } from "../fixture/outbound-proxy.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { startUpstream } from "../fixture/upstream.ts";
import { one, run, type Scenarios } from "./run-operation.ts";

const PASSWORD = fakeSecret("proxy_password");
const A = `http://me:${PASSWORD}@a.example:3128`;
const B = "socks5h://b.example";
const SHOWN = ["http://****@a.example:3128", "socks5h://b.example:1080"] as const;

const KEYS = ["one", "two", "three", "four"].map((name) => ({ name, key: fakeSecret(`proxied_${name}`) }));

function labOf(proxies: object, api_keys: readonly object[] = KEYS): Promise<Lab> {
  const providers = [{ name: "main", base_url: "https://main.example/v1", api_keys }];
  return openLab({ config: { providers, proxies } });
}

/** Lets one fail until it is out. */
function fail(lab: Lab, id: string): void {
  const fault = { code: "PROXY_REFUSED", detail: "status 403" } as const;
  for (let time = 0; time < 3; time++) lab.instance.outbound.noteCheck(id, { at: lab.now, latencyMs: 5, fault });
}

const rowsOf = async (lab: Lab) => (await one("proxies.list", lab.ports, {})).proxies as Record<string, unknown>[];
const idOf = async (lab: Lab, url: string) => String((await rowsOf(lab)).find((row) => row.url === url)?.id);

export const PROXIES_SCENARIOS = {
  "proxies.list": {
    "of proxies that share the keys": async () => {
      await using lab = await labOf({ urls: [A, B] });
      const rows = await rowsOf(lab);
      expect(rows.map(({ url }) => url as string)).toEqual([...SHOWN]);
      expect(rows[0]).toEqual({
        id: expect.any(String),
        url: SHOWN[0],
        state: "ready",
        failures: 0,
        keys: expect.any(Array),
        key_count: expect.any(Number),
      });
      const names = rows.flatMap(({ keys }) => (keys as { key: string }[]).map(({ key }) => key));
      expect(names.toSorted()).toEqual(["four", "one", "three", "two"]);
      for (const { keys, key_count: count } of rows) expect(keys).toHaveLength(Number(count));
    },
    "with few of their keys, and how many there are": async () => {
      await using lab = await labOf({ urls: [A] });
      const { proxies } = await one("proxies.list", lab.ports, { most_keys: 1 });
      expect(proxies).toMatchObject([{ keys: [{ provider: "main" }], key_count: 4 }]);
      expect((proxies as { keys: unknown[] }[])[0]?.keys).toHaveLength(1);
    },
    "of one that is out, whose keys have gone to the other": async () => {
      await using lab = await labOf({ urls: [A, B] });
      fail(lab, await idOf(lab, SHOWN[0]));
      const [out, ready] = await rowsOf(lab);
      expect(out).toMatchObject({
        state: "out",
        until: new Date(START + 30_000).toISOString(),
        reason: "PROXY_REFUSED",
        detail: "status 403",
        failures: 3,
        keys: [],
        check_ok: false,
      });
      expect(ready?.keys).toHaveLength(4);
      const { healthy, proxies } = await one("health", lab.ports, {});
      expect([healthy, proxies]).toEqual([
        false,
        [expect.objectContaining({ url: SHOWN[0], state: "out", reason: "PROXY_REFUSED" })],
      ]);
    },
    "of proxies that are taken at random": async () => {
      await using lab = await labOf({ urls: [A, B], bind: "random" });
      expect((await rowsOf(lab)).map(({ keys }) => (keys as unknown[]).length)).toEqual([4, 4]);
    },
    "of none": async ({ lab }) => {
      expect(await rowsOf(lab)).toEqual([]);
    },
  },
  "proxies.test": {
    "of one that works and one that nobody reaches": async () => {
      await using proxy = await startConnectProxy({ portOf: () => proxy.port });
      await using gone = await startConnectProxy();
      await gone[Symbol.asyncDispose]();
      await using lab = await labOf({ urls: [proxyUrl("http", proxy), proxyUrl("http", gone)] });
      const [good, bad] = await run("proxies.test", lab.ports, {});
      expect(good).toMatchObject({ is_ok: true, total: 2 });
      expect(bad).toMatchObject({ is_ok: false, reason: "PROXY_UNREACHABLE", detail: "ECONNREFUSED" });
      // Without a URL to ask for a tunnel to the provider is opened, which carries nothing.
      expect(proxy.requests).toEqual([{ host: "main.example", port: 443, address: undefined }]);
      const rows = await rowsOf(lab);
      expect(rows.map(({ failures, check_ok }) => [failures, check_ok])).toEqual([
        [0, true],
        [1, false],
      ]);
    },
    "of one that says that the provider is out, which is not its own fault": async () => {
      await using proxy = await startConnectProxy({ instead: () => 503 });
      await using lab = await labOf({ urls: [proxyUrl("http", proxy)] });
      const [result] = await run("proxies.test", lab.ports, {});
      expect(result).toMatchObject({ is_ok: false, reason: "PROXY_TARGET_UNREACHABLE", detail: "status 503" });
      expect(await rowsOf(lab)).toMatchObject([{ state: "ready", failures: 0, check_ok: false }]);
    },
    "by a URL": async () => {
      await using proxy = await startConnectProxy();
      let status = 204;
      await using upstream = startUpstream({ otherwise: () => new Response(null, { status }) });
      const check = { url: upstream.url };
      await using lab = await labOf({ urls: [proxyUrl("http", proxy)], check });
      expect(await run("proxies.test", lab.ports, {})).toMatchObject([{ is_ok: true }]);
      status = 403;
      expect(await run("proxies.test", lab.ports, {})).toMatchObject([
        { is_ok: false, reason: "PROXY_REFUSED", detail: "the check was answered with status 403" },
      ]);
      await proxy[Symbol.asyncDispose]();
      expect(await run("proxies.test", lab.ports, {})).toMatchObject([
        { is_ok: false, reason: "PROXY_UNREACHABLE", detail: "ECONNREFUSED" },
      ]);
      expect(upstream.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(["HEAD /v1", "HEAD /v1"]);
    },
  },
  "proxies.disable": {
    "by URL, without its password, over a restart": async () => {
      const lab = await labOf({ urls: [A, B] });
      const named = { id: await idOf(lab, SHOWN[0]), url: SHOWN[0] };
      expect(await one("proxies.disable", lab.ports, { proxies: ["http://a.example:3128"] })).toEqual({
        proxies: [named],
      });
      await using later = await lab.restart();
      expect((await rowsOf(later)).map(({ state }) => state as string)).toEqual(["disabled", "ready"]);
    },
    "by URL as it was written: in any case, without the port that is its scheme's": async () => {
      await using lab = await labOf({ urls: [A, B] });
      const named = { id: await idOf(lab, SHOWN[1]), url: SHOWN[1] };
      expect(await one("proxies.disable", lab.ports, { proxies: [B.toUpperCase()] })).toEqual({ proxies: [named] });
    },
    "of the last one, after which no key can call: that is no good health": async () => {
      await using lab = await labOf({ urls: [A, B] });
      await one("proxies.disable", lab.ports, { proxies: [A] });
      expect(await one("health", lab.ports, {})).not.toHaveProperty("proxies");
      await one("proxies.disable", lab.ports, { proxies: [B] });
      const { healthy, proxies } = await one("health", lab.ports, {});
      expect([healthy, proxies]).toMatchObject([false, SHOWN.map((url) => ({ url, state: "disabled" }))]);
    },
    "of none that there is": async () => {
      await using lab = await labOf({ urls: [A] });
      const call = one("proxies.disable", lab.ports, { proxies: [A.replace("a.example", "c.example")] });
      expect(call).rejects.toThrow("No outbound proxy has this id or URL");
      await call.catch((error: Error) => expect(error.message).not.toContain(PASSWORD));
    },
  },
  "proxies.enable": {
    "of one that was disabled, and of one that is out": async () => {
      await using lab = await labOf({ urls: [A, B] });
      const ids = (await rowsOf(lab)).map(({ id }) => String(id));
      await one("proxies.disable", lab.ports, { proxies: [ids[0] ?? ""] });
      fail(lab, ids[1] ?? "");
      await one("proxies.enable", lab.ports, { proxies: ids.map((id) => id.slice(0, 8)) });
      expect((await rowsOf(lab)).map(({ state }) => state as string)).toEqual(["ready", "ready"]);
    },
  },
  "proxies.prune": {
    "of what stands in the file itself, but for the last of a list": async () => {
      await using lab = await labOf({ urls: [A, B] });
      for (const url of SHOWN) fail(lab, await idOf(lab, url));
      const { removed, refused } = await one("proxies.prune", lab.ports, {});
      expect(removed).toMatchObject([{ url: SHOWN[0] }]);
      expect(refused).toMatchObject([{ url: SHOWN[1], why: expect.stringContaining("it is the last of its list") }]);
      expect(readFileSync(lab.configFile, "utf8")).not.toContain("a.example");
      expect((await rowsOf(lab)).map(({ url }) => url as string)).toEqual([SHOWN[1]]);
    },
    "of a reference, which must be changed where it leads": async () => {
      const providers = [{ name: "main", base_url: "https://main.example/v1", api_keys: KEYS }];
      const config = { providers, proxies: { urls: [{ env: "MY_PROXY" }, B] } };
      await using lab = await openLab({ config, env: { MY_PROXY: A } });
      fail(lab, await idOf(lab, SHOWN[0]));
      const { removed, refused } = await one("proxies.prune", lab.ports, {});
      expect(removed).toEqual([]);
      expect(refused).toMatchObject([{ url: SHOWN[0], why: expect.stringContaining("by reference only") }]);
    },
    "where none is out": async () => {
      await using lab = await labOf({ urls: [A, B] });
      expect(await one("proxies.prune", lab.ports, {})).toEqual({ removed: [], refused: [] });
    },
  },
} satisfies Readonly<Record<string, Scenarios>>;
