// What comes first of what needs attention, and how many keys come to how few lines.
import { expect, test } from "bun:test";
import { OPERATIONS } from "../../../src/admin/operation-table.ts";
import { attentionOf, rankAttention } from "../../../src/admin/overview/attention.ts";
import { KeyAttention } from "../../../src/admin/overview/key-attention.ts";
import { providerAttention } from "../../../src/admin/overview/provider-attention.ts";
import type { ProviderRow } from "../../../src/admin/provider-rows.ts";
import type { KeyGlance } from "../../../src/balancer/contract.ts";
import type { ShownKeyState } from "../../../src/balancer/pool-figures.ts";
import { START } from "../../balancer/fixtures.ts";

const at = (ms: number) => new Date(ms).toISOString();

function glance(index: number, facts: Partial<KeyGlance> = {}): KeyGlance {
  const cause = {
    since: START + index,
    until: undefined,
    reason: "invalid_api_key",
    status: 401,
    message: `no ${index}`,
  };
  const id = index.toString(16).padStart(12, "0");
  return { id, name: `key-${index}`, state: "invalid", isOutByRule: false, inFlight: 0, parts: [], ...cause, ...facts };
}

const NONE = { ready: 0, half_open: 0, cooling: 0, exhausted: 0, invalid: 0, disabled: 0 };

function rowsOf(
  keys: readonly KeyGlance[],
  state: ShownKeyState = "invalid",
  pool: Pick<ProviderRow, "state"> = { state: "up" },
  isStored: (id: string) => boolean = () => true,
) {
  const attention = new KeyAttention();
  for (const key of keys) attention.note(key, state, "main");
  const store = {
    hasAny: () => keys.some(({ id }) => isStored(id)),
    among: (ids: readonly string[]) => ids.filter(isStored),
  };
  return attention.rows([{ name: "main", keys: { ...NONE, total: 100_000 }, ...pool }], () => store);
}

test("50,000 keys that are out come to one line, with the reasons that most are out for", () => {
  const other = { reason: "account_deactivated", status: 403, message: "gone" };
  const keys = Array.from({ length: 50_000 }, (_, index) => glance(index, index % 10 === 0 ? other : {}));
  const rows = rowsOf(keys);
  expect(rows).toEqual([
    {
      kind: "keys_invalid",
      weight: "warning",
      provider: "main",
      keys: [0, 1, 2, 3, 4].map((index) => ({ id: glance(index).id, name: `key-${index}` })),
      count: 50_000,
      of: 100_000,
      since: at(START),
      reasons: [
        { reason: "invalid_api_key", status: 401, message: "no 49999", count: 45_000 },
        { ...other, count: 5_000 },
      ],
      actions: ["test", "keys.reset", "keys.remove"].map((operation) => {
        return { operation, input: { provider: "main", status: "invalid" }, needs_more: false };
      }),
    },
  ]);
  expect(JSON.stringify(rows).length).toBeLessThan(2_000);
});

test("only keys of the key store are offered to be deleted, as others cannot be", () => {
  const many = Array.from({ length: 51 }, (_, index) => glance(index));
  const removals = (keys: readonly KeyGlance[], isStored: (id: string) => boolean) =>
    rowsOf(keys, "invalid", { state: "up" }, isStored)[0]?.actions.flatMap(({ operation, input }) =>
      operation === "keys.remove" ? [input] : [],
    );
  const first = glance(0).id;
  expect(removals(many.slice(0, 2), (id) => id === first)).toEqual([
    { provider: "main", status: "invalid", keys: [first] },
  ]);
  expect(removals(many.slice(0, 2), () => false)).toEqual([]);
  expect(removals(many, () => false)).toEqual([]);
  expect(removals(many, (id) => id === first)).toEqual([{ provider: "main", status: "invalid" }]);
});

test("a few keys are named in what acts on them, so that none that failed meanwhile is meant", () => {
  const [row] = rowsOf([glance(1), glance(2, { until: START + 5 })], "exhausted");
  expect(row).toMatchObject({ kind: "keys_exhausted", count: 2, until: at(START + 5) });
  const ids = [glance(1).id, glance(2).id];
  expect(row?.actions.map(({ operation, input }) => [operation, input])).toEqual([
    ["test", { provider: "main", status: "exhausted", keys: ids }],
    ["keys.reset", { provider: "main", status: "exhausted", keys: ids }],
  ]);
});

test("keys that a rule disabled are enabled by their ids only, as others were disabled by hand", () => {
  const many = Array.from({ length: 51 }, (_, index) => glance(index));
  expect(rowsOf(many.slice(0, 1), "disabled_by_rule")).toMatchObject([
    { kind: "keys_disabled_by_rule", actions: [{ operation: "keys.enable", input: { keys: [glance(0).id] } }] },
  ]);
  expect(rowsOf(many, "disabled_by_rule")).toMatchObject([{ count: 51, actions: [] }]);
});

test.each<ShownKeyState>(["ready", "half_open", "cooling", "disabled"])("keys that are %s are no matter", (state) => {
  expect(rowsOf([glance(1)], state)).toEqual([]);
});

test("of a provider that is in doubt no key is said to be invalid", () => {
  expect(rowsOf([glance(1)], "invalid", { state: "suspect" })).toEqual([]);
  expect(rowsOf([glance(1)], "exhausted", { state: "suspect" })).toHaveLength(1);
});

test("reasons without end take no memory without end", () => {
  const [row] = rowsOf(Array.from({ length: 5_000 }, (_, index) => glance(index, { reason: `r${index}` })));
  expect(row).toMatchObject({ count: 5_000 });
  expect(row?.reasons).toHaveLength(5);
});

const provider = (facts: Partial<ProviderRow>): ProviderRow => {
  const keys = { ...NONE, total: 1, ready: 1 };
  const rest = { is_default: false, open_models: [], in_flight: 0, used_24h: 0, failed_24h: 0 };
  return { name: "main", state: "up", keys, ...rest, ...facts };
};

test("where no enabled provider can serve, one line says so and where keys are to be added", () => {
  const spent = provider({ state: "no_usable_key", keys: { ...NONE, total: 3, invalid: 3 } });
  const none = provider({ name: "other", state: "no_key", is_default: true, keys: { ...NONE, total: 0 } });
  expect(providerAttention([spent, none, provider({ name: "off", state: "off" })])).toEqual([
    {
      kind: "no_usable_key",
      weight: "critical",
      count: 3,
      actions: [{ operation: "keys.add", input: { provider: "other" }, needs_more: true }],
    },
  ]);
  expect(providerAttention([])).toMatchObject([{ kind: "no_usable_key", count: 0, actions: [{ input: {} }] }]);
});

test.each([
  ["no_usable_key", "provider_no_usable_key", ["keys.add"]],
  ["no_key", "provider_no_key", ["keys.add"]],
  ["open", "provider_open", ["providers.reset", "test"]],
  ["half_open", "provider_open", ["providers.reset", "test"]],
  ["suspect", "provider_suspect", ["providers.reset", "test"]],
] as const)("a provider that is %s while others serve", (state, kind, operations) => {
  const facts = { state, since: at(START), reason: "r", status: 500, message: "m" };
  const rows = providerAttention([provider({ name: "well" }), provider(facts)]);
  expect(rows).toMatchObject([{ kind, provider: "main", since: at(START), reason: "r", status: 500, message: "m" }]);
  expect(rows[0]?.actions.map(({ operation }) => operation)).toEqual([...operations]);
});

const model = (name: string, ms = START) => ({ model: name, state: "open" as const, since: at(ms), until: at(ms + 9) });

test("a model that fails is reset alone, several are together", () => {
  expect(providerAttention([provider({ open_models: [model("m")] })])).toMatchObject([
    {
      kind: "models_open",
      models: ["m"],
      count: 1,
      until: at(START + 9),
      actions: [{ input: { provider: "main", model: "m" } }, {}],
    },
  ]);
  const many = Array.from({ length: 12 }, (_, index) => model(`m${index}`, START - index));
  const [row] = providerAttention([provider({ open_models: many })]);
  expect(row).toMatchObject({ count: 12, since: at(START - 11), until: at(START - 2) });
  expect(row?.models).toHaveLength(10);
  expect(row?.actions[0]).toMatchObject({ operation: "providers.reset", input: { provider: "main" } });
});

test("requests that name no model are closed for with all others", () => {
  const [row] = providerAttention([provider({ open_models: [model("")] })]);
  expect(row?.actions).toEqual([{ operation: "providers.reset", input: { provider: "main" }, needs_more: false }]);
});

test("what weighs most comes first, and no kind crowds the others out", () => {
  const many = Array.from({ length: 30 }, (_, index) => attentionOf("keys_invalid", "warning", { count: index }));
  const notice = attentionOf("job_stopped", "notice", {});
  const critical = attentionOf("provider_open", "critical", {});
  const { rows, more } = rankAttention([notice, ...many, critical]);
  expect(rows.map(({ kind, count }) => [kind, count])).toEqual([
    ["provider_open", undefined],
    ...Array.from({ length: 10 }, (_, index) => ["keys_invalid", 29 - index]),
    ["job_stopped", undefined],
  ] as never);
  expect(more).toBe(20);
});

test("what a button runs is an operation that takes its input", () => {
  const rows = [
    ...rowsOf([glance(1)]),
    ...rowsOf([glance(1)], "exhausted"),
    ...rowsOf([glance(1)], "disabled_by_rule"),
    ...providerAttention([provider({ state: "open", open_models: [model("m")] })]),
  ];
  const actions = rows.flatMap((row) => row.actions);
  expect(actions).toHaveLength(10);
  for (const { operation, input } of actions) {
    expect(OPERATIONS.get(operation)?.input.safeParse(input).success).toBe(true);
  }
});
