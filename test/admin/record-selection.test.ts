// Tests that names are looked for among many keys in slices.
import { expect, test } from "bun:test";
import { isoTime } from "../../src/admin/iso-time.ts";
import { OPERATIONS } from "../../src/admin/operation-table.ts";
import type { ControlPorts } from "../../src/admin/ports.ts";
import { filterOf, refuseUnknownNames } from "../../src/admin/record-selection.ts";
import { SLICE } from "../../src/core/slices.ts";
import { START } from "../balancer/fixtures.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { configOf, portsOf } from "./key-lists.ts";

const SLICES = 4;
const STORED = Array.from({ length: SLICES * SLICE }, (_, index) => {
  return { provider: "gone", secret: fakeSecret(`stored-${index}`), added_at: isoTime(START) };
});

const PORTS = {
  ...portsOf(configOf([{ name: "openai", api_keys: [fakeSecret("written")] }]), {}, STORED),
  tokens: { known: () => [] },
  now: () => START,
  records: {
    attention: async () => ({ from: START, to: START, rows: [{ keyId: "gone", lastAt: START }] }),
    usage: async () => ({ total: { requests: 1 }, groups: [] }),
    status: () => ({ isOn: false, dropped: 0 }),
  },
} as unknown as ControlPorts;

function operation(name: string, given: object): Promise<unknown> {
  const found = OPERATIONS.get(name);
  if (found?.form !== "call") throw new Error(`There is no call ${name}`);
  return Promise.resolve(found.run(found.input.parse(given), PORTS, new AbortController().signal));
}

test.each<[string, () => Promise<unknown>]>([
  ["the filter of a key", () => filterOf({ key: "nope" } as never, PORTS)],
  ["a name of nothing", () => refuseUnknownNames({ key: "nope" }, PORTS)],
  ["the keys that logs.values suggests", () => operation("logs.values", { field: "key", text: "nope" })],
  ["the keys that stats.attention names", () => operation("stats.attention", {})],
  ["the key that stats counts", () => operation("stats", { by: "key", value: "nope" })],
])("of many keys a turn passes between two slices: %s", async (_, ask) => {
  let turns = 0;
  let next = setImmediate(function count() {
    turns += 1;
    next = setImmediate(count);
  });
  await ask().catch(() => {});
  clearImmediate(next);
  expect(turns).toBeGreaterThanOrEqual(SLICES - 1);
});
