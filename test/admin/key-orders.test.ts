// Orders of keys: what is sorted how, what is kept for whoever scrolls, and that nothing is done in one go.
import { describe, expect, test } from "bun:test";
import { KeyOrders, type KeyQuestion } from "../../src/admin/key-orders.ts";
import { KEY_SORTS, type KeySort } from "../../src/admin/key-sorts.ts";
import type { KeyHealthPorts } from "../../src/admin/known-keys.ts";
import { selectKeys } from "../../src/admin/select-keys.ts";
import type { KeyReport } from "../../src/balancer/contract.ts";
import { START } from "../balancer/fixtures.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { configOf, placeOf, portsOf } from "./key-lists.ts";

const CONFIG = configOf([
  {
    name: "openai",
    api_keys: [
      { name: "b", key: fakeSecret("b"), weight: 2, priority: 3 },
      { name: "A", key: fakeSecret("A"), weight: 5 },
      { name: "c", key: fakeSecret("c"), weight: 3, priority: 1 },
    ],
  },
  { name: "groq", api_keys: [{ name: "d", key: fakeSecret("d"), weight: 4, priority: 2 }] },
]);
const IDS = new Map(CONFIG.providers.flatMap(({ keys }) => keys.map(({ id, name }) => [id, name] as const)));

const FARING: Readonly<Record<string, Partial<KeyReport>>> = {
  b: {
    state: "cooling",
    until: START + 9,
    reason: "rate_limit_exceeded",
    failures: 1,
    used: 10,
    failed: 5,
    lastUsed: 7,
  },
  A: { state: "invalid", until: START + 3, message: "Incorrect API key", failures: 4, used: 4, failed: 4, lastUsed: 9 },
  c: { inFlight: 2, used: 20, failed: 1, lastUsed: 8 },
  d: {},
};

/** Keys that fare as they are told to, and how often they were asked. */
class Lab {
  faring = FARING;
  revision = 0;
  now = START;
  asked = 0;
  config = CONFIG;
  readonly orders = new KeyOrders({ now: () => this.now, revision: () => this.revision });
  readonly ports: KeyHealthPorts = {
    ...portsOf(CONFIG),
    config: () => this.config,
    key: (place) => {
      this.asked += 1;
      const report = portsOf(CONFIG).key(place);
      return report && { ...report, ...this.faring[IDS.get(place.keyId) ?? ""] };
    },
  };

  find(question: Partial<KeyQuestion> = {}, id?: string) {
    return this.orders.find({ keys: [], ...question }, this.ports, id);
  }

  async names(question: Partial<KeyQuestion>): Promise<string> {
    return (await this.find(question)).keys.map(({ key }) => key.name).join("");
  }
}

describe("KeyOrders sorts", () => {
  test.each<[KeySort, string, string]>([
    ["name", "Abcd", "dcbA"],
    ["provider", "dbAc", "bAcd"],
    ["state", "cdbA", "Abcd"],
    ["until", "Abcd", "bAcd"],
    ["in_flight", "bAdc", "cbAd"],
    ["failures", "cdbA", "Abcd"],
    ["used_24h", "dAbc", "cbAd"],
    ["failed_24h", "dcAb", "bAcd"],
    ["success", "Abcd", "cbAd"],
    ["last_used", "bcAd", "Acbd"],
    ["weight", "bcdA", "Adcb"],
    ["priority", "Acdb", "bdcA"],
  ])("by %s", async (sort, rising, falling) => {
    const lab = new Lab();
    expect([await lab.names({ sort }), await lab.names({ sort, descending: true })]).toEqual([rising, falling]);
  });

  test("by every field that can be asked for, and by none as it is configured", async () => {
    const lab = new Lab();
    for (const sort of KEY_SORTS) expect(await lab.names({ sort })).toHaveLength(4);
    expect([await lab.names({}), await lab.names({ descending: true })]).toEqual(["bAcd", "dcAb"]);
  });
});

describe("KeyOrders counts", () => {
  const ZERO = { ready: 0, half_open: 0, cooling: 0, exhausted: 0, invalid: 0, disabled: 0, unused: 0 };

  test.each<[Partial<KeyQuestion>, string, Partial<typeof ZERO>, Record<string, number>]>([
    [{}, "bAcd", { ready: 2, cooling: 1, invalid: 1 }, { openai: 3, groq: 1 }],
    [{ status: "ready" }, "cd", { ready: 2, cooling: 1, invalid: 1 }, { openai: 1, groq: 1 }],
    [{ status: ["ready", "invalid"] }, "Acd", { ready: 2, cooling: 1, invalid: 1 }, { openai: 2, groq: 1 }],
    [{ provider: "openai" }, "bAc", { ready: 1, cooling: 1, invalid: 1 }, { openai: 3, groq: 1 }],
    [{ provider: ["groq"], status: "cooling" }, "", { ready: 1 }, { openai: 1 }],
    [{ min_failures: 2 }, "A", { invalid: 1 }, { openai: 1 }],
    [{ search: "INCORRECT" }, "A", { invalid: 1 }, { openai: 1 }],
    [{ search: "rate_limit", min_failures: 1 }, "b", { cooling: 1 }, { openai: 1 }],
    [{ keys: ["A", "d"] }, "Ad", { ready: 1, invalid: 1 }, { openai: 1, groq: 1 }],
  ])("what %j selects, and what each state and provider would", async (question, names, states, providers) => {
    const lab = new Lab();
    const found = await lab.find(question);
    expect(found.keys.map(({ key }) => key.name).join("")).toBe(names);
    expect(found.total).toBe(4);
    expect(found.states).toEqual({ ...ZERO, ...states });
    expect(Object.fromEntries(found.providers)).toEqual({ ...providers });
    const all = (await lab.find()).keys;
    expect(await selectKeys(all, { keys: [], ...question }, lab.ports)).toEqual([...found.keys]);
  });
});

describe("KeyOrders keeps", () => {
  test("an order while nothing changes, for two seconds", async () => {
    const lab = new Lab();
    const first = await lab.find({ sort: "name" });
    lab.now += 1_999;
    expect(await lab.find({ sort: "name" })).toBe(first);
    expect(lab.asked).toBe(4);
    lab.now += 1;
    const second = await lab.find({ sort: "name" });
    expect([lab.asked, second.id === first.id]).toEqual([8, false]);
  });

  test("none when the health of a key changes, unless it is asked for by its id", async () => {
    const lab = new Lab();
    const first = await lab.find({ sort: "state" });
    lab.revision += 1;
    lab.faring = { ...FARING, c: { state: "disabled" } };
    expect(await lab.find({ sort: "state" }, first.id)).toBe(first);
    const second = await lab.find({ sort: "state" });
    expect(second.keys.map(({ key }) => key.name).join("")).toBe("dbAc");
    expect(await lab.find({ sort: "state" }, first.id)).toBe(second);
  });

  test("none of keys that are configured otherwise", async () => {
    const lab = new Lab();
    const first = await lab.find();
    lab.config = configOf([{ name: "openai", api_keys: [fakeSecret("other")] }]);
    const second = await lab.find({}, first.id);
    expect([second.total, second.id === first.id]).toEqual([1, false]);
  });

  test("none that failed, and none of words", async () => {
    const lab = new Lab();
    await expect(lab.find({ provider: "grok" })).rejects.toThrow("There is no provider grok: did you mean groq");
    await expect(lab.find({ provider: "grok" })).rejects.toThrow("There is no provider grok");
    expect((await lab.find({ keys: ["A"] })).id).toBeUndefined();
    lab.asked = 0;
    await lab.find({ keys: ["A"] });
    expect(lab.asked).toBe(1);
  });

  test("eight at most", async () => {
    const lab = new Lab();
    const first = await lab.find({ search: "0" });
    for (let other = 1; other <= 8; other++) await lab.find({ search: `no ${other}` });
    expect(await lab.find({ search: "0" }, first.id)).not.toBe(first);
  });

  test("one for all who ask at the same time", async () => {
    const lab = new Lab();
    const [first, second] = await Promise.all([lab.find({ sort: "until" }), lab.find({ sort: "until" })]);
    expect([first === second, lab.asked]).toEqual([true, 4]);
  });
});

test("KeyOrders looks at few keys between two turns of the event loop, however many there are", async () => {
  const secrets = Array.from({ length: 2_000 }, (_, index) => fakeSecret(`many-${index}`));
  const config = configOf([{ name: "openai", api_keys: secrets }]);
  const ports = portsOf(config);
  let looks = 0;
  let most = 0;
  let isDone = false;
  const counting: KeyHealthPorts = {
    ...ports,
    key: (place) => {
      looks += 1;
      return ports.key(place);
    },
  };
  const look = () => {
    most = Math.max(most, looks);
    looks = 0;
    if (!isDone) setImmediate(look);
  };
  setImmediate(look);
  const orders = new KeyOrders({ now: () => START, revision: () => 0 });
  const found = await orders.find({ keys: [], sort: "name", search: "openai" }, counting);
  isDone = true;
  expect([found.total, found.keys.length > 0]).toEqual([2_000, true]);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(500);
  expect(placeOf(found.keys[0] as (typeof found.keys)[number])).toStartWith("openai/");
});
