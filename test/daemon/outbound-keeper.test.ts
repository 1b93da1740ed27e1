// The outbound proxies of an instance: what a reload keeps of their health, and what the log says.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { proxiesPort } from "../../src/daemon/proxies-port.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { type Lab, openLab } from "./instance-lab.ts";

const PASSWORD = fakeSecret("keeper_password");
const A = `http://me:${PASSWORD}@a.example:3128`;
const B = "socks5h://b.example";

const configOf = (urls: readonly string[], more: object = {}) => ({
  providers: [{ name: "main", base_url: "https://main.example/v1", api_keys: [fakeSecret("keeper_key")] }],
  proxies: { urls, ...more },
});

function reload(lab: Lab, config: object): void {
  writeFileSync(lab.configFile, JSON.stringify(config));
  expect(lab.instance.reload("test").ok).toBe(true);
}

function fail(lab: Lab, index: number): string {
  const { outbound } = lab.instance;
  const proxy = [...outbound.proxies.values()][index];
  if (proxy === undefined) throw new Error("There is no such proxy");
  for (let time = 0; time < 3; time++) outbound.begin(proxy)({ code: "PROXY_AUTH_REQUIRED", detail: "status 407" });
  return proxy.id;
}

const stateOf = (lab: Lab, id: string) => lab.instance.outbound.health.report(id, lab.now).state;

test("a reload keeps the health of every proxy that is still there, and of one that returns", async () => {
  await using lab = await openLab({ config: configOf([A, B]) });
  const id = fail(lab, 0);
  reload(lab, configOf([B, A, "http://c.example"]));
  expect(stateOf(lab, id)).toBe("out");
  reload(lab, configOf([B]));
  reload(lab, configOf([A, B]));
  expect(stateOf(lab, id)).toBe("out");
});

test("another password lets it begin anew, unless an operator keeps it out", async () => {
  await using lab = await openLab({ config: configOf([A, B]) });
  const id = fail(lab, 0);
  reload(lab, configOf([A.replace(PASSWORD, fakeSecret("keeper_other")), B]));
  expect(stateOf(lab, id)).toBe("ready");
  await proxiesPort(lab.instance).setDisabled([id], true);
  reload(lab, configOf([A, B]));
  expect(stateOf(lab, id)).toBe("disabled");
});

test("max_failures of a reload counts from then on", async () => {
  await using lab = await openLab({ config: configOf([A, B], { check: { max_failures: 10 } }) });
  const id = fail(lab, 0);
  expect(stateOf(lab, id)).toBe("ready");
  reload(lab, configOf([A, B], { check: { max_failures: 2 } }));
  fail(lab, 0);
  expect(stateOf(lab, id)).toBe("out");
});

test("the log says what happens to a proxy, and never its password", async () => {
  await using lab = await openLab({ config: configOf([A, B]) });
  const id = fail(lab, 0);
  await proxiesPort(lab.instance).setDisabled([id], true);
  await proxiesPort(lab.instance).setDisabled([id], false);
  fail(lab, 0);
  lab.now += 30_000;
  const proxy = lab.instance.outbound.proxies.get(id);
  if (proxy !== undefined) lab.instance.outbound.begin(proxy)(undefined);
  const lines = (await lab.log()).filter((record) => record.proxy === id);
  expect(lines.map(({ level, msg }) => [level, msg] as unknown)).toEqual([
    ["warn", "Outbound proxy fails, others go first"],
    ["info", "Outbound proxy disabled by an operator"],
    ["info", "Outbound proxy enabled by an operator"],
    ["warn", "Outbound proxy fails, others go first"],
    ["info", "Outbound proxy works again"],
  ]);
  expect(lines[0]).toMatchObject({
    url: "http://****@a.example:3128",
    for: "30s",
    reason: "PROXY_AUTH_REQUIRED",
    detail: "status 407",
  });
});

test("explain says which proxy a key goes through, and leaves one aside whose proxies are out", async () => {
  const keys = [
    { name: "far", key: fakeSecret("keeper_far"), proxies: [A] },
    { name: "near", key: fakeSecret("keeper_near"), proxies: "direct", priority: 5 },
  ];
  const providers = [{ name: "main", base_url: "https://main.example/v1", api_keys: keys }];
  await using lab = await openLab({ config: { providers } });
  const explained = async () =>
    (await lab.control.call("explain", { request: "m" })) as { picked?: object; keys: unknown };
  expect((await explained()).picked).toMatchObject({ name: "far", proxy: "http://****@a.example:3128" });
  fail(lab, 0);
  const { picked, keys: rows } = await explained();
  expect(picked).toMatchObject({ name: "near" });
  expect(picked).not.toHaveProperty("proxy");
  expect(rows).toMatchObject([{ name: "far", choice: "skipped", why: [{ code: "left_aside" }] }, { name: "near" }]);
});
