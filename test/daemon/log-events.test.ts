// What the log says of requests and of changes of health.
import { describe, expect, test } from "bun:test";
import type { Change } from "../../src/balancer/contract.ts";
import type { Logger } from "../../src/core/logger.ts";
import { logBug, logChange, logTrace } from "../../src/daemon/log-events.ts";
import { type AttemptTrace, beginAttemptTrace, beginTrace, type Trace } from "../../src/proxy/trace.ts";
import { balancerOf, Driver, keySpec, poolSpec } from "../balancer/fixtures.ts";

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A logger that remembers; fields that are undefined are left out, as in the output. */
function remember(): Logger & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const take = (level: string) => (fields: object, msg: string) =>
    void lines.push({ level, msg, fields: JSON.parse(JSON.stringify(fields)) });
  const [debug, info, warn, error] = ["debug", "info", "warn", "error"].map(take);
  return {
    debug,
    info,
    warn,
    error,
    lines,
    isEnabled: () => true,
    dropped: 0,
    flush: async () => {},
    setLevel: () => {},
  } as Logger & {
    readonly lines: Line[];
  };
}

function traced(facts: Partial<Trace>): readonly Line[] {
  const logger = remember();
  const trace = { ...beginTrace("req_1", "POST", 1_000), route: "/v1/chat/completions", endedAt: 1_102, ...facts };
  logTrace(trace, logger);
  return logger.lines;
}

test("a clock that was set back in the middle makes no time negative", () => {
  const attempt = { ...beginAttemptTrace({ provider: "openai", keyId: "0123456789ab", model: "m" }, "team-a", 1_000) };
  const attempts = [attempt, attempt].map((each) => ({ ...each, endedAt: 400 }));
  const lines = traced({ attempts, isStream: true, committedAt: 450, endedAt: 500 });
  expect(lines.map(({ fields }) => fields.ms)).toEqual([0, 0, 0]);
  expect(lines.at(-1)?.fields).toMatchObject({ first_byte_ms: 0, tried: [{ ms: 0 }] });
});

function changed(facts: Partial<Change>): Line | undefined {
  const logger = remember();
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
    ...facts,
  };
  logChange(change, logger);
  return logger.lines[0];
}

const ATTEMPT = {
  provider: "openai",
  keyId: "0123456789ab",
  keyName: "team-a",
  model: "gpt-4o-mini",
  startedAt: 1_000,
  endedAt: 1_040,
  waitedMs: 0,
  backoffMs: 0,
  sentAt: 1_005,
  headAt: 1_039,
  proxy: undefined,
  outcome: "server_error",
  blame: "provider",
  status: 500,
  reason: "http_500",
  message: "The server had an error",
  text: undefined,
  headers: undefined,
} as const;

describe("logTrace", () => {
  test.each<[Partial<Trace>, string, string]>([
    [{ status: 200 }, "info", "Request served"],
    [{ status: 302 }, "info", "Request served"],
    [{ status: 404, end: "error" }, "info", "Request refused"],
    [{ status: 429, end: "error", errorCode: "rate_limit_exceeded" }, "info", "Request refused"],
    [{ status: 500, end: "error" }, "warn", "Request failed"],
    [{ status: 503, end: "error", errorCode: "no_usable_key" }, "warn", "Request failed"],
    [{ status: 200, end: "interrupted" }, "warn", "Answer interrupted"],
    [{ end: "client_gone" }, "info", "Client left"],
    [{ status: 101 }, "info", "Request served"],
  ])("%j is %s: %s", (facts, level, msg) => {
    expect(traced(facts)).toMatchObject([{ level, msg }]);
  });

  test.each<[Trace["attempts"][number]["outcome"], string, string]>([
    ["ok", "info", "Session ended"],
    ["client_gone", "info", "Session ended"],
    ["server_error", "warn", "Request failed"],
  ])("a session whose last attempt was %s, and that was not ended by its client, is %s: %s", (outcome, level, msg) => {
    const lines = traced({ status: 101, end: "error", attempts: [{ ...ATTEMPT, outcome }] });
    expect(lines.at(-1)).toMatchObject({ level, msg });
  });

  test("says what was asked, who served it and what it took, and leaves out what says nothing", () => {
    const usage = { promptTokens: 6, completionTokens: 102, cachedTokens: 0, reasoningTokens: 0 };
    const facts = { provider: "openai", keyName: "team-a", model: "fast", upstreamModel: "gpt-4o-mini", status: 200 };
    expect(traced({ ...facts, usage, committedAt: 1_100, bytesIn: 73, bytesOut: 842 })[0]?.fields).toEqual({
      method: "POST",
      route: "/v1/chat/completions",
      status: 200,
      model: "fast",
      upstream_model: "gpt-4o-mini",
      provider: "openai",
      key: "team-a",
      attempts: 0,
      ms: 102,
      prompt_tokens: 6,
      completion_tokens: 102,
      bytes_in: 73,
      bytes_out: 842,
      request_id: "req_1",
    });
  });

  test("says when the first byte of a stream went out", () => {
    const stream = { status: 200, isStream: true, committedAt: 1_097 };
    expect(traced(stream)[0]?.fields).toHaveProperty("first_byte_ms", 97);
  });

  test("tells how long a request waited for a key, where it did", () => {
    expect(traced({ status: 200 })[0]?.fields).not.toHaveProperty("waited_ms", 0);
    expect(traced({ status: 200, waitedMs: 40 })[0]?.fields).toHaveProperty("waited_ms", 40);
  });

  test("says why a request failed: our code and what the last attempt met", () => {
    const failed: Partial<Trace> = {
      status: 502,
      end: "error",
      errorCode: "upstream_unreachable",
      attempts: [{ ...ATTEMPT }],
    };
    expect(traced(failed).at(-1)?.fields).toMatchObject({
      error: "upstream_unreachable",
      outcome: "server_error",
      reason: "http_500",
      upstream_message: "The server had an error",
    });
  });

  test("tells what was tried before, and nothing of it where one attempt was enough", () => {
    const ok: AttemptTrace = { ...ATTEMPT, keyName: "team-b", outcome: "ok", status: 200, reason: "ok" };
    const lost: AttemptTrace = { ...ATTEMPT, keyName: "team-c", status: undefined, outcome: "timeout", reason: "t" };
    const served = traced({ status: 200, attempts: [{ ...ATTEMPT }, lost, ok] }).at(-1)?.fields;
    expect(served?.tried).toEqual([
      {
        provider: "openai",
        key: "team-a",
        key_id: "0123456789ab",
        status: 500,
        outcome: "server_error",
        reason: "http_500",
        ms: 40,
      },
      { provider: "openai", key: "team-c", key_id: "0123456789ab", outcome: "timeout", reason: "t", ms: 40 },
    ]);
    // What the provider said is in the records of the attempts: it would make this line long.
    expect(JSON.stringify(served)).not.toContain("The server had an error");
    for (const attempts of [[], [ok]]) {
      expect(traced({ status: 200, attempts }).at(-1)?.fields).not.toHaveProperty("tried");
    }
  });

  test("of a request that failed tells the last attempt in its own fields, those before as tried", () => {
    const last: AttemptTrace = { ...ATTEMPT, keyName: "team-b", outcome: "timeout", reason: "first_byte_timeout" };
    const failed = traced({
      status: 504,
      end: "error",
      errorCode: "upstream_timeout",
      attempts: [{ ...ATTEMPT }, last],
    });
    expect(failed.at(-1)?.fields).toMatchObject({
      error: "upstream_timeout",
      outcome: "timeout",
      reason: "first_byte_timeout",
      attempts: 2,
      tried: [{ key: "team-a", outcome: "server_error" }],
    });
  });

  test("writes each attempt at debug, under the request's id", () => {
    const ok: AttemptTrace = { ...ATTEMPT, outcome: "ok", status: 200, reason: "ok", message: undefined };
    const lines = traced({ status: 200, attempts: [{ ...ATTEMPT }, ok] });
    expect(lines.map(({ level, msg }) => `${level} ${msg}`)).toEqual([
      "debug Attempt",
      "debug Attempt",
      "info Request served",
    ]);
    const [first, second] = lines.map(({ fields }) => fields);
    expect(first).toMatchObject({ attempt: 1, key: "team-a", outcome: "server_error", ms: 40, request_id: "req_1" });
    expect(second).not.toHaveProperty("reason");
  });
});

test("logTrace makes no records of attempts that nobody reads", () => {
  const logger = { ...remember(), isEnabled: () => false };
  logTrace({ ...beginTrace("req_1", "POST", 0), status: 200, attempts: [{ ...ATTEMPT }] }, logger);
  expect(logger.lines.map(({ level }) => level)).toEqual(["info"]);
});

describe("logChange", () => {
  test.each<[Change["level"], string, string]>([
    ["key", "invalid", "Key is invalid"],
    ["key", "exhausted", "Key has no credit left"],
    ["key", "cooling", "Key rests"],
    ["key", "disabled", "Key disabled by a rule"],
    ["key-model", "cooling", "Key rests for this model"],
    ["key-model", "blocked", "Key cannot use this model"],
    ["key-operation", "blocked", "Key may not use this operation"],
    ["provider-model", "open", "Model fails at this provider, others go first"],
    ["provider", "open", "Provider fails, others go first"],
    ["provider", "suspect", "Provider refuses key after key, one request at a time tries it again"],
    ["provider", "region_refused", "Provider refuses requests from this region"],
  ])("%s to %s: %s", (level, to, msg) => {
    expect(changed({ level, to })?.msg).toBe(msg);
  });

  test.each<[Change["level"], string]>([
    ["key", "Key answers again"],
    ["key-model", "Key answers again for this model"],
    ["key-operation", "Key answers again for this operation"],
    ["provider-model", "Model answers again at this provider"],
    ["provider", "Provider answers again"],
  ])("%s that is back: %s", (level, msg) => {
    expect(changed({ level, from: "open", to: "ready", reason: "answers_again" })?.msg).toBe(msg);
  });

  test.each<[string, string, string, string]>([
    ["operator_disabled", "ready", "disabled", "Key disabled by an operator"],
    ["operator_enabled", "disabled", "ready", "Key enabled by an operator"],
    // What it rests for besides is no news.
    ["operator_enabled", "disabled", "invalid", "Key enabled by an operator"],
    ["operator_reset", "invalid", "ready", "Key reset by an operator"],
    ["operator_reset", "disabled", "disabled", "Key reset by an operator"],
  ])("%s from %s to %s: %s, which is no warning", (reason, from, to, msg) => {
    expect(changed({ reason, from, to })).toMatchObject({ level: "info", msg, fields: { from, to, reason } });
  });

  test.each<[Change["level"], string]>([
    ["key", "Key reset by an operator"],
    ["provider", "Provider reset by an operator"],
    ["provider-model", "Model reset at this provider by an operator"],
  ])("by an operator to %s is %s", (level, msg) => {
    const facts = { model: "m", operation: "files", reason: "operator_reset" };
    expect(changed({ level, ...facts })).toMatchObject({ level: "info", msg, fields: facts });
  });

  test.each<[Change["level"], string, string]>([
    ["key-model", "cooling", "Quota group rests for this model"],
    ["key", "exhausted", "Quota group has no credit left"],
  ])("of a whole group, %s %s, names it: %s", (level, to, msg) => {
    expect(changed({ level, to, group: "org-2" })).toMatchObject({ msg, fields: { group: "org-2", key: "team-a" } });
  });

  test("of a group is told once, by the key that met it, and not beside that of the key alone", () => {
    const driver = new Driver(balancerOf([poolSpec("p", [keySpec("a", { quotaGroup: "g" }), keySpec("b")])]));
    driver.attempt("a", { kind: "rate-limited", retryAfterMs: 60_000 });
    driver.attempt("a", { kind: "rate-limited", retryAfterMs: 60_000 });
    driver.attempt("b", { kind: "rate-limited", retryAfterMs: 60_000 });
    driver.attempt("a", { kind: "key-exhausted", scope: "organization" });
    const logger = remember();
    for (const change of driver.changes) logChange(change, logger);
    expect(logger.lines.map(({ msg, fields }) => [msg, fields.group])).toEqual([
      ["Quota group rests for this model", "g"],
      ["Key rests for this model", undefined],
      ["Key has no credit left", undefined],
      ["Quota group has no credit left", "g"],
    ]);
  });

  test("that it has no words for is still told", () => {
    expect(changed({ level: "key", to: "ready", reason: "unheard_of" })?.msg).toBe("Health changed");
  });

  test("is a warning where it alerts, and says how long in words", () => {
    const line = changed({ alert: true, until: 600_000, status: 401, message: "Incorrect API key" });
    expect(line).toMatchObject({ level: "warn", msg: "Key is invalid" });
    expect(line?.fields).toEqual({
      provider: "openai",
      key: "team-a",
      for: "10m",
      status: 401,
      reason: "invalid_api_key",
      upstream_message: "Incorrect API key",
      scope: "key",
      from: "ready",
      to: "invalid",
      key_id: "0123456789ab",
    });
    expect(changed({ alert: false })?.level).toBe("info");
  });
});

test("logBug writes the stack under the id that the client was given", () => {
  const logger = remember();
  logBug(new Error("broken"), "req_1", logger);
  expect(logger.lines).toMatchObject([{ level: "error", msg: "Internal error", fields: { request_id: "req_1" } }]);
  expect(String(logger.lines[0]?.fields.stack)).toContain("Error: broken");
});
