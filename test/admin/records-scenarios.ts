// What the operations on request records answer, over records in memory.
import { expect } from "bun:test";
import type { InputOf } from "../../src/admin/operation-table.ts";
import type { ControlPorts } from "../../src/admin/ports.ts";
import { SEQS_OF_MS } from "../../src/records/seq-range.ts";
import { START } from "../balancer/fixtures.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { daemonOf } from "./daemon-scenarios.ts";
import { type EveryState, keyId } from "./every-state.ts";
import { attemptOf, FakeRecords, recordOf, usageOf } from "./fake-records.ts";
import { one, run, type Scenarios } from "./run-operation.ts";

const FULL = recordOf({
  id: "req_full",
  endedAt: START + 2,
  traceId: "0af7651916cd43dd8448eb211c80319c",
  upstreamModel: "gpt-4o-mini-2024-07-18",
  status: 502,
  end: "error",
  outcome: "server_error",
  errorCode: "upstream_error",
  isFailure: true,
  attempts: 2,
  cachedTokens: 3,
  reasoningTokens: 4,
  repaired: "slashes",
  tries: [attemptOf(), attemptOf({ number: 2, proxy: "1f0a9c3d77be", status: 502, outcome: "server_error" })],
  body: { text: '{"model":"gpt-4o-mini"}', size: 23 },
});
const LEFT = recordOf({
  ...{ id: "req_left", endedAt: START + 1, end: "client_gone", status: undefined, outcome: "client_gone" },
  ...{ client: undefined, model: undefined, provider: undefined, keyId: undefined, keyName: undefined },
  ...{ firstByteMs: undefined, promptTokens: undefined, completionTokens: undefined, costNanos: undefined },
});
const ALL = [recordOf({ id: "req_ok" }), LEFT, FULL];

function withRecords({ lab }: EveryState, records = new FakeRecords(ALL)): ControlPorts & { records: FakeRecords } {
  return { ...lab.ports, records };
}

function ids({ records }: Readonly<Record<string, unknown>>): readonly unknown[] {
  return (records as readonly { readonly id: string }[]).map(({ id }) => id);
}

const AT = new Date(START).toISOString();

export const RECORDS_SCENARIOS = {
  "logs.list": {
    "of all, newest first, page by page": async (state) => {
      const ports = withRecords(state);
      const first = await one("logs.list", ports, { limit: 2 });
      expect([ids(first), first.next, first.recording]).toEqual([["req_full", "req_left"], "2", true]);
      const second = await one("logs.list", ports, { limit: 2, cursor: String(first.next) });
      expect(ids(second)).toEqual(["req_ok"]);
      expect(second).not.toHaveProperty("next");
    },
    "of what came behind a record": async (state) => {
      const after = (START + 1) * SEQS_OF_MS;
      const behind = await one("logs.list", withRecords(state), { after });
      expect(ids(behind)).toEqual(["req_full"]);
      // Whatever the filter, so that nothing has to be looked at twice.
      expect((await one("logs.list", withRecords(state), { id: "none" })).newest).toBe((START + 2) * SEQS_OF_MS);
      expect(ids(await one("logs.list", withRecords(state), { after: after * 2, provider: "gone" }))).toEqual([]);
    },
    "of many in slices, so that whatever else is due goes on": async (state) => {
      const many = Array.from({ length: 1_000 }, (_, at) => recordOf({ id: `req_${at}`, endedAt: START + at }));
      let turns = 0;
      const count = () => {
        turns++;
        next = setImmediate(count);
      };
      let next = setImmediate(count);
      const { records } = await one("logs.list", withRecords(state, new FakeRecords(many)), { limit: 1_000 });
      clearImmediate(next);
      expect(records).toHaveLength(1_000);
      expect(turns).toBeGreaterThanOrEqual(3);
    },
    "with all that is known, and with hardly anything": async (state) => {
      const { records } = await one("logs.list", withRecords(state), {});
      const [full, left] = records as readonly object[];
      expect(full).toMatchObject({
        cost: 0.0012,
        ms: 900,
        cached_tokens: 3,
        error_code: "upstream_error",
        failed: true,
      });
      expect(left).toMatchObject({ end: "client_gone", failed: false });
      for (const name of ["status", "cost", "model", "token", "first_byte_ms"]) expect(left).not.toHaveProperty(name);
    },
    "by every filter at once": async (state) => {
      const ports = withRecords(state);
      const filter = {
        ...{ errors: true, since: AT, until: new Date(START + 60_000).toISOString(), status: "5XX" },
        ...{ provider: "openai", key: "team-b", model: "gpt-4o-mini-2024-07-18", token: "ci" },
        ...{ operation: "chat/completions", id: "0af7651916cd43dd8448eb211c80319c" },
      };
      expect(ids(await one("logs.list", ports, { ...filter, sort: "cost", order: "asc" }))).toEqual(["req_full"]);
      expect(ports.records.asked).toEqual([
        {
          ...{
            errors: true,
            sinceMs: START,
            untilMs: START + 60_000,
            status: "5xx",
            provider: "openai",
            key: "team-b",
          },
          ...{ model: "gpt-4o-mini-2024-07-18", token: "ci", operation: "chat/completions", id: filter.id },
          ...{ sort: "cost", order: "asc", limit: 100 },
        },
      ]);
    },
    "of a key by its secret or the beginning of its id, which are never repeated": async (state) => {
      const ports = withRecords(state);
      const id = keyId(state.lab, "ready");
      for (const key of [id.slice(0, 8), fakeSecret("ready")]) await one("logs.list", ports, { key });
      expect(ports.records.asked).toMatchObject([{ key: id }, { key: id }]);
    },
    "of a name of nothing, with the nearest one": async (state) => {
      const ports = withRecords(state);
      const listed = (input: object) => run("logs.list", ports, input);
      await expect(listed({ provider: "man" })).rejects.toThrow("There is no provider man, and no record of one: did");
      await expect(listed({ key: "redy" })).rejects.toThrow(
        "There is no key redy, and no record of one: did you mean re",
      );
      await expect(listed({ token: "sk-fake-of-somebody" })).rejects.toThrow("<name of 19 characters>");
      // Something that has been, or that nothing was asked of yet.
      expect(ids(await one("logs.list", ports, { key: "team-b" }))).toEqual(["req_full"]);
      expect(ids(await one("logs.list", ports, { provider: "main" }))).toEqual([]);
    },
    "while nothing can be written, or nothing is recorded": async (state) => {
      const records = new FakeRecords();
      records.state = { ...records.state, isOn: false, fault: "the disk is full" };
      const ports = withRecords(state, records);
      const answer = await one("logs.list", { ...ports, daemon: daemonOf() }, {});
      expect(answer).toEqual({ records: [], recording: false, fault: "the disk is full" });
      // Without a daemon nobody would write any.
      expect(await one("logs.list", ports, {})).toEqual({ records: [], recording: false });
    },
    "of a time that has none": async (state) => {
      const span = { since: AT, until: AT };
      await expect(run("logs.list", withRecords(state), span)).rejects.toThrow("`since` is not before `until`");
    },
  },
  "logs.get": {
    "by id": async (state) => {
      const { record } = await one("logs.get", withRecords(state), { id: "req_full" });
      expect(record).toMatchObject({
        id: "req_full",
        tries: [
          { number: 1, key: "team-b", status: 401, ms: 100, text: expect.stringContaining("Incorrect") },
          { number: 2, proxy: "1f0a9c3d77be" },
        ],
        body: { size: 23 },
      });
      expect((await one("logs.get", withRecords(state), { id: "req_left" })).record).toMatchObject({ tries: [] });
    },
    "by a key and the time": async (state) => {
      const ports = withRecords(state);
      const later = new Date(START + 5_000).toISOString();
      expect((await one("logs.get", ports, { key: "team-b", at: later })).record).toMatchObject({ id: "req_full" });
      await expect(run("logs.get", ports, { key: keyId(state.lab, "ready"), at: AT })).rejects.toThrow(
        "No record tells",
      );
      await expect(run("logs.get", ports, { key: "redy" })).rejects.toThrow("did you mean ready");
    },
    "of nothing, with what may be the reason": async (state) => {
      const ports = { ...withRecords(state), daemon: daemonOf() };
      const { records } = ports;
      const get = () => run("logs.get", ports, { id: "req_gone" });
      await expect(get()).rejects.toThrow("There is no record of that request: it may be older");
      records.state = { ...records.state, sampledOut: 3 };
      await expect(get()).rejects.toThrow("above `requests.max_rate`");
      records.state = { ...records.state, fault: "the disk is full" };
      await expect(get()).rejects.toThrow("none can be written at present (the disk is full)");
      records.state = { ...records.state, isOn: false };
      await expect(get()).rejects.toThrow("`requests.enabled` is false");
    },
    "without saying which": async (state) => {
      for (const input of [{}, { id: "a", key: "b" }, { id: "a", at: AT }, { at: AT }])
        await expect(run("logs.get", withRecords(state), input)).rejects.toThrow("Which request?");
    },
  },
  "logs.follow": {
    "of what comes behind a record": async (state) => {
      const found = await run("logs.follow", withRecords(state), { after: START * SEQS_OF_MS, errors: true });
      expect(found.map(({ id }) => id)).toEqual(["req_full"]);
    },
  },
  "logs.export": {
    "of all that matches": async (state) => {
      const found = await run("logs.export", withRecords(state), { token: "ci" });
      expect(found.map(({ id, tries }) => [id, (tries as unknown[]).length])).toEqual([
        ["req_ok", 0],
        ["req_full", 2],
      ]);
      await expect(run("logs.export", withRecords(state), { key: "redy" })).rejects.toThrow("did you mean ready");
    },
  },
  "logs.count": {
    "of those that match, all or as far as it came": async (state) => {
      const ports = withRecords(state);
      expect(await one("logs.count", ports, {})).toEqual({ count: 3, more: false });
      expect(await one("logs.count", ports, { errors: true })).toEqual({ count: 1, more: false });
      ports.records.isPatient = false;
      expect(await one("logs.count", ports, { key: "redy" })).toEqual({ count: 0, more: true });
    },
    "of a name of nothing": async (state) => {
      await expect(run("logs.count", withRecords(state), { key: "redy" })).rejects.toThrow("did you mean ready");
    },
  },
  "logs.values": {
    "of what there is now, then of what was of late": async (state) => {
      const ports = withRecords(state);
      const values = async (input: InputOf<"logs.values">) => (await one("logs.values", ports, input)).values;
      expect(await values({ field: "provider", text: "AI" })).toEqual([{ value: "main" }]);
      expect(await values({ field: "provider", text: "op" })).toEqual([{ value: "open" }, { value: "openai" }]);
      expect(await values({ field: "model", text: "gpt-4o" })).toEqual([{ value: "gpt-4o-mini" }]);
      expect(await values({ field: "token", text: "ci" })).toEqual([{ value: "ci" }]);
      const ready = { value: keyId(state.lab, "ready"), name: "ready" };
      expect(await values({ field: "key", text: "READY", limit: 1 })).toEqual([ready]);
      expect(await values({ field: "key", text: ready.value })).toEqual([ready]);
    },
  },
  "logs.delete": {
    "by ids, by a filter, and of all": async (state) => {
      const ports = withRecords(state);
      expect(await one("logs.delete", ports, { ids: ["req_ok", "req_gone"] })).toEqual({ deleted: 1 });
      expect(await one("logs.delete", ports, { errors: true })).toEqual({ deleted: 1 });
      expect(await one("logs.delete", ports, { all: true })).toEqual({ deleted: 1 });
      expect(await one("logs.delete", ports, { all: true })).toEqual({ deleted: 0 });
    },
    "without saying which, or saying it twice, deletes nothing": async (state) => {
      const ports = withRecords(state);
      for (const input of [{}, { errors: false }, { all: false }])
        await expect(run("logs.delete", ports, input)).rejects.toThrow("Which records? Name them");
      for (const input of [
        { all: true, errors: true },
        { ids: ["req_ok"], all: true },
        { ids: ["a"], key: "team-b" },
      ])
        await expect(run("logs.delete", ports, input)).rejects.toThrow("Which records? Give only one");
      await expect(run("logs.delete", ports, { key: "redy" })).rejects.toThrow("did you mean ready");
      expect(ports.records.records).toHaveLength(3);
    },
  },
  stats: {
    "of a day, by provider": async (state) => {
      const ports = withRecords(state);
      const durations = { p50: 500, p95: 2_000, p99: undefined };
      const row = usageOf({
        value: "openai",
        requests: 3,
        served: 2,
        failed: 1,
        costNanos: 5_000_000,
        duration: durations,
      });
      ports.records.report = {
        ...ports.records.report,
        total: { ...row, value: undefined },
        groups: [row, usageOf({ value: "d213f9976aa2", label: "team-a", requests: 1 })],
        more: 2,
        series: [
          {
            ...{ at: START, requests: 3, served: 2, refused: 0, failed: 1, promptTokens: 4, completionTokens: 5 },
            ...{ costNanos: 1_000_000_000, durationP50: 500, durationP95: undefined },
            ...{ firstByteP50: undefined, firstByteP95: undefined },
          },
        ],
      };
      expect(await one("stats", ports, { by: "provider" })).toMatchObject({
        from: new Date(START - 3_600_000).toISOString(),
        to: AT,
        total: { requests: 3, cost: 0.005, duration_ms: { p50: 500, p95: 2_000 }, first_byte_ms: {} },
        groups: [{ value: "openai" }, { value: "d213f9976aa2", name: "team-a" }],
        more: 2,
        series: [{ at: AT, cost: 1, duration_p50: 500 }],
      });
      expect(ports.records.asked).toEqual([{ period: "24h", zone: "UTC", limit: 100, by: "provider" }]);
    },
    "of one key, by its name": async (state) => {
      const ports = withRecords(state);
      await one("stats", ports, { by: "key", value: "ready", period: "month", zone: "Europe/Berlin" });
      expect(ports.records.asked).toMatchObject([
        { by: "key", value: keyId(state.lab, "ready"), zone: "Europe/Berlin" },
      ]);
      await expect(run("stats", ports, { by: "key", value: "redy" })).rejects.toThrow("did you mean ready");
      await expect(run("stats", ports, { by: "provider", value: "man" })).rejects.toThrow("did you mean main");
      await expect(run("stats", ports, { value: "ready" })).rejects.toThrow("`by` must say what it is");
    },
  },
  "stats.attention": {
    "with how the keys fare now": async (state) => {
      const ports = withRecords(state);
      const common = { provider: "main", failures: 7, attempts: 9, lastAt: START };
      ports.records.faulty = [
        { ...common, keyId: keyId(state.lab, "invalid"), keyName: "invalid", status: 401, outcome: "invalid_key" },
        { ...common, keyId: "ffffffffffff", keyName: "gone", status: undefined, outcome: "timeout" },
      ];
      const { from, to, keys } = await one("stats.attention", ports, { status: "4XX", provider: "main" });
      expect(keys).toMatchObject([
        { key: "invalid", state: "invalid", status: 401, failures: 7, attempts: 9, last_at: AT },
        { key: "gone", outcome: "timeout" },
      ]);
      expect((keys as readonly object[])[1]).not.toHaveProperty("state");
      expect(ports.records.asked).toMatchObject([{ status: "4xx", provider: "main", period: "24h", limit: 20 }]);
      ports.records.faulty = [];
      expect([from, to]).toEqual([new Date(START - 3_600_000).toISOString(), AT]);
      expect(await one("stats.attention", ports, {})).toEqual({ from, to, keys: [], recording: true });
      await expect(run("stats.attention", ports, { provider: "man" })).rejects.toThrow("did you mean main");
    },
  },
} as const satisfies Readonly<Record<string, Scenarios>>;
