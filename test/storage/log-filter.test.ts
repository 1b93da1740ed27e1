// What a query finds among the records that the daemon writes.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Change } from "../../src/balancer/contract.ts";
import type { Logger } from "../../src/core/logger.ts";
import { logBug, logChange, logTrace } from "../../src/daemon/log-events.ts";
import { beginTrace } from "../../src/proxy/trace.ts";
import { type LogQuery, logFilter, parseStatusPattern } from "../../src/storage/log-filter.ts";

const NOON = Date.UTC(2026, 0, 2, 12);
const TIME = new Date(NOON).toISOString();

const RECORDS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  served: {
    level: "info",
    time: new Date(NOON - 1).toISOString(),
    request_id: "req_1",
    method: "POST",
    route: "/v1/chat/completions",
    status: 200,
    provider: "openai",
    key: "team-a",
    model: "fast",
    upstream_model: "gpt-4o-mini",
    msg: "Request served",
  },
  attempt: {
    level: "debug",
    time: TIME,
    attempt: 1,
    request_id: "req_1",
    status: 500,
    provider: "groq",
    key: "team-b",
    key_id: "0123456789ab",
    model: "gpt-4o-mini",
    msg: "Attempt",
  },
  refused: { level: "info", time: TIME, request_id: "req_2", method: "POST", status: 429, msg: "Request refused" },
  malformed: { level: "info", time: TIME, request_id: "req_5", method: "POST", status: 400, msg: "Request refused" },
  failed: { level: "warn", time: TIME, request_id: "req_3", method: "GET", status: 503, msg: "Request failed" },
  left: { level: "info", time: TIME, request_id: "req_4", method: "GET", msg: "Client left" },
  rests: {
    level: "info",
    time: TIME,
    provider: "openai",
    key: "team-b",
    key_id: "0123456789ab",
    model: "gpt-4o-mini",
    status: 429,
    reason: "rate_limit_exceeded",
    msg: "Key rests for this model",
  },
  bug: { level: "error", time: TIME, request_id: "req_2", stack: "Error: broken", msg: "Internal error" },
  started: { level: "info", time: TIME, msg: "Listening" },
  broken: { level: "info", time: "2026-****", status: "429", msg: 5 },
};

function found(query: LogQuery): readonly string[] {
  const isMatch = logFilter(query);
  return Object.keys(RECORDS).filter((name) => isMatch(RECORDS[name] ?? {}));
}

describe("logFilter finds", () => {
  test.each<[LogQuery, readonly string[]]>([
    [{}, Object.keys(RECORDS)],
    [{ errors: false, status: undefined }, Object.keys(RECORDS)],
    [{ errors: true }, ["refused", "malformed", "failed", "bug"]],
    [{ sinceMs: NOON }, ["attempt", "refused", "malformed", "failed", "left", "rests", "bug", "started"]],
    [{ sinceMs: NOON + 1 }, []],
    [{ status: "429" }, ["refused", "rests"]],
    [{ status: "4xx" }, ["refused", "malformed", "rests"]],
    [{ status: "5XX" }, ["attempt", "failed"]],
    [{ status: "2xx" }, ["served"]],
    [{ status: "nonsense" }, []],
    [{ provider: "openai" }, ["served", "rests"]],
    [{ provider: "open" }, []],
    [{ key: "team-a" }, ["served"]],
    [{ key: "team-b" }, ["attempt", "rests"]],
    [{ key: "0123456789ab" }, ["attempt", "rests"]],
    [{ key: "0123" }, []],
    [{ model: "fast" }, ["served"]],
    [{ model: "gpt-4o-mini" }, ["served", "attempt", "rests"]],
    [{ id: "req_1" }, ["served", "attempt"]],
    [{ id: "req_2" }, ["refused", "bug"]],
    [{ id: "req_2", errors: true, status: "429" }, ["refused"]],
    [{ key: "team-b", status: "5xx" }, ["attempt"]],
    [{ provider: "openai", status: "5xx" }, []],
  ])("%j", (query, names) => {
    expect(found(query)).toEqual(names);
  });

  test("what the daemon writes", () => {
    const records: object[] = [];
    const take = (level: string) => (fields: object, msg: string) =>
      void records.push(JSON.parse(JSON.stringify({ level, time: TIME, ...fields, msg })));
    const [debug, info, warn, error] = ["debug", "info", "warn", "error"].map(take);
    const logger = { debug, info, warn, error, isEnabled: () => true } as unknown as Logger;
    const request = { ...beginTrace("req_1", "POST", 0), provider: "openai", keyName: "team-a", model: "fast" };
    const change: Change = {
      at: 0,
      level: "key",
      provider: "openai",
      keyId: "0123456789ab",
      keyName: "team-a",
      from: "ready",
      to: "invalid",
      reason: "invalid_api_key",
      alert: false,
    };
    logTrace({ ...request, upstreamModel: "gpt-4o-mini", status: 404, end: "error" }, logger);
    logChange(change, logger);
    logBug(new Error("broken"), "req_1", logger);
    const titles = (query: LogQuery) => records.filter((record) => logFilter(query)({ ...record })).map(titleOf);
    expect(titles({ errors: true })).toEqual(["Request refused", "Internal error"]);
    expect(titles({ provider: "openai", key: "team-a" })).toEqual(["Request refused", "Key is invalid"]);
    expect(titles({ key: "0123456789ab" })).toEqual(["Key is invalid"]);
    expect(titles({ model: "gpt-4o-mini", status: "4xx" })).toEqual(["Request refused"]);
    expect(titles({ id: "req_1" })).toEqual(["Request refused", "Internal error"]);
  });

  test("what each part of a query finds alone", () => {
    const query = fc.record(
      {
        errors: fc.boolean(),
        sinceMs: fc.constantFrom(NOON - 1, NOON, NOON + 1),
        status: fc.constantFrom("429", "4xx", "2xx"),
        provider: fc.constantFrom("openai", "groq"),
        key: fc.constantFrom("team-a", "0123456789ab"),
        model: fc.constantFrom("fast", "gpt-4o-mini"),
        id: fc.constantFrom("req_1", "req_2"),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(query, (all) => {
        const parts = Object.entries(all).map(([name, value]) => found({ [name]: value }));
        const inEach = Object.keys(RECORDS).filter((name) => parts.every((part) => part.includes(name)));
        expect(found(all)).toEqual(inEach);
      }),
    );
  });
});

function titleOf(record: object): unknown {
  return "msg" in record ? record.msg : undefined;
}

describe("logFilter finds a request by what it tried", () => {
  const request = {
    level: "info",
    time: TIME,
    request_id: "req_9",
    method: "POST",
    status: 200,
    provider: "openai",
    key: "team-a",
    model: "fast",
    tried: [
      { provider: "groq", key: "team-b", key_id: "0123456789ab", status: 401, reason: "invalid_api_key" },
      { provider: "mistral", key: "team-c", key_id: "ba9876543210", outcome: "timeout" },
    ],
    msg: "Request served",
  };

  test.each<[LogQuery, boolean]>([
    [{ key: "team-a" }, true],
    [{ key: "team-b" }, true],
    [{ key: "team-c" }, true],
    [{ key: "0123456789ab" }, true],
    [{ key: "ba9876543210" }, true],
    [{ key: "team-d" }, false],
    [{ provider: "openai" }, true],
    [{ provider: "groq" }, true],
    [{ provider: "mistral" }, true],
    [{ provider: "xai" }, false],
    [{ provider: "groq", key: "team-c" }, true],
    [{ status: "401" }, false],
    [{ status: "2xx", key: "team-b" }, true],
    [{ errors: true }, false],
  ])("%j: %p", (query, isFound) => {
    expect(logFilter(query)(request)).toBe(isFound);
  });

  test("whatever stands in its place in a file that others wrote into", () => {
    const query = { provider: "groq", key: "team-b" };
    fc.assert(
      fc.property(fc.jsonValue(), (tried) => {
        expect(logFilter(query)({ ...request, tried })).toBe(false);
        const others = Array.isArray(tried) ? tried : [tried];
        expect(logFilter(query)({ ...request, tried: [...others, ...request.tried] })).toBe(true);
      }),
    );
    for (const tried of [[null], [undefined], [[]], ["groq"], 5, null]) {
      expect(logFilter(query)({ ...request, tried })).toBe(false);
    }
  });
});

describe("parseStatusPattern", () => {
  test.each([
    ["429", { from: 429, to: 429 }],
    ["100", { from: 100, to: 100 }],
    ["599", { from: 599, to: 599 }],
    ["4xx", { from: 400, to: 499 }],
    ["5XX", { from: 500, to: 599 }],
  ])("reads %s", (text, range) => {
    expect(parseStatusPattern(text)).toEqual(range);
  });

  test.each([
    "",
    "4",
    "42",
    "4x",
    "42x",
    "4x9",
    "xxx",
    "099",
    "600",
    "6xx",
    "4290",
    "4xxx",
    " 429",
    "429\n",
    "-429",
    "4e2",
  ])("does not understand %j", (text) => {
    expect(parseStatusPattern(text)).toBeUndefined();
  });
});
