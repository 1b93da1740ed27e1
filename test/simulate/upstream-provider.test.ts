// What a simulated provider answers, and that the real reader of answers understands it as it is meant.
import { describe, expect, test } from "bun:test";
import { capacityPerMs } from "../../simulate/capacity.ts";
import { keysOf } from "../../simulate/key-plan.ts";
import type { HeaderStyle, ProviderSpec } from "../../simulate/scenario.ts";
import { bucket, fixed, provider } from "../../simulate/scenarios/base.ts";
import { type Reply, UpstreamProvider } from "../../simulate/upstream/upstream-provider.ts";
import { START } from "../../simulate/virtual-clock.ts";
import { classify } from "../../src/upstream/classify.ts";
import { dialectOf } from "../../src/upstream/dialects.ts";
import { parseErrorBody } from "../../src/upstream/parse-error.ts";
import { arrival, keyOf, small } from "./fixtures.ts";

function providerOf(fields: Partial<ProviderSpec>): UpstreamProvider {
  return new UpstreamProvider(provider({ keys: 4, limits: [fixed(3)], ...fields }));
}

function replies(upstream: UpstreamProvider, count: number, now = START, key = 0): readonly Reply[] {
  return Array.from({ length: count }, () => upstream.call(keyOf(upstream.spec, key), arrival(), now));
}

function kinds(upstream: UpstreamProvider, count: number, now = START, key = 0): readonly string[] {
  return replies(upstream, count, now, key).map(({ kind }) => kind);
}

function errorOf(reply: Reply | undefined) {
  if (reply?.kind !== "error") throw new Error(`It was ${reply?.kind}`);
  return reply.answer;
}

function verdictOn(reply: Reply | undefined, now = START) {
  const { status, headers, body } = errorOf(reply);
  const error = parseErrorBody(new TextEncoder().encode(body));
  const answer = {
    kind: "answer",
    status,
    headers,
    inside: false,
    isHtml: false,
    latencyMs: 1,
    complete: true,
  } as const;
  const facts = { dialect: dialectOf("openai"), clientSentOrganization: false, now, redact: (text: string) => text };
  return classify({ ...answer, ...(error && { error }) }, { ...facts, rules: [] });
}

function headersOf(style: HeaderStyle, later = 0): Readonly<Record<string, string>> {
  const [reply] = replies(providerOf({ headers: style, limits: [bucket(60)] }), 1);
  if (reply?.kind !== "served") throw new Error("It was refused");
  return Object.fromEntries(reply.headersAt(START + later));
}

describe("limits", () => {
  test("refuse exactly from the first call above them", () => {
    const upstream = providerOf({});
    expect(kinds(upstream, 5)).toEqual(["served", "served", "served", "error", "error"]);
    expect(kinds(upstream, 4, START + 60_000)).toEqual(["served", "served", "served", "error"]);
  });

  test("are each key's own, or shared by the keys of a group", () => {
    expect(kinds(providerOf({}), 3, START, 1)).toEqual(["served", "served", "served"]);
    const grouped = providerOf({ groupSize: 2 });
    kinds(grouped, 2, START, 0);
    expect(kinds(grouped, 2, START, 1)).toEqual(["served", "error"]);
    expect(kinds(grouped, 1, START, 2)).toEqual(["served"]);
  });

  test("have the size of their key", () => {
    const sized = providerOf({ sizes: [1, 2] });
    expect(kinds(sized, 7, START, 1).filter((kind) => kind === "served")).toHaveLength(6);
  });

  test("hold for each model by itself where the provider has it so", () => {
    const other = { name: "n", route: [["a"]], share: 1 };
    for (const [perModel, kind] of [
      [true, "served"],
      [false, "error"],
    ] as const) {
      const upstream = providerOf({ perModel });
      kinds(upstream, 3);
      expect(upstream.call(keyOf(upstream.spec), arrival(0, 0, { model: other }), START).kind).toBe(kind);
    }
  });

  test("of slots are free again when the call is released", () => {
    const upstream = providerOf({ limits: [{ form: "slots", limit: 1 }] });
    const [first] = replies(upstream, 1);
    expect(kinds(upstream, 1)).toEqual(["error"]);
    if (first?.kind === "served") first.release();
    expect(kinds(upstream, 1)).toEqual(["served"]);
  });
});

describe("the real classification understands", () => {
  const limited = (fields: Partial<ProviderSpec>, now = START) =>
    verdictOn(replies(providerOf(fields), 4, now)[3], now);

  test("a limit of a minute, with the wait where it is stated", () => {
    const verdict = limited({}, START + 20_000);
    expect(verdict).toMatchObject({ blame: "key-model", outcome: "rate_limited", next: "rotate" });
    expect(verdict.effect).toEqual({ kind: "rate-limited", retryAfterMs: 40_000 });
    expect(limited({ headers: "none" }, START + 20_000).effect).toEqual({ kind: "rate-limited", retryAfterMs: 40_000 });
    expect(limited({ headers: "none", retryAfter: false }).effect).toEqual({ kind: "rate-limited" });
  });

  test("a limit of a day", () => {
    const limits = [{ form: "fixed", unit: "requests", limit: 3, per: "day" } as const];
    expect(limited({ limits }).effect).toEqual({ kind: "rate-limited", daily: true, retryAfterMs: 16 * 3_600_000 });
  });

  test.each([
    [{ dead: 1 }, "invalid_key", 401],
    [{ noCredit: 1 }, "no_credit", 429],
    [{ faults: [{ fromMs: 0, toMs: 9, kind: "500" }] }, "server_error", 500],
    [{ faults: [{ fromMs: 0, toMs: 9, kind: "503" }] }, "overloaded", 503],
    [{ faults: [{ fromMs: 0, toMs: 9, kind: "529" }] }, "overloaded", 529],
  ] as const)("%o", (fields, outcome, status) => {
    expect(verdictOn(replies(providerOf(fields), 1)[0])).toMatchObject({ outcome, status });
  });
});

describe("faults", () => {
  test("begin and end as planned, for their model only", () => {
    const faults = [{ fromMs: 1_000, toMs: 2_000, kind: "refused", model: "n" } as const];
    const upstream = providerOf({ faults });
    const call = (model: string, atMs: number) => {
      const request = arrival(0, 0, { model: { name: model, route: [["a"]], share: 1 } });
      return upstream.call(keyOf(upstream.spec), request, START + atMs).kind;
    };
    expect([call("n", 999), call("n", 1_000), call("n", 1_999), call("n", 2_000)]).toEqual([
      "served",
      "refused",
      "refused",
      "served",
    ]);
    expect(call("m", 1_500)).toBe("served");
  });

  test("spend nothing of the limits", () => {
    const upstream = providerOf({ faults: [{ fromMs: 0, toMs: 1_000, kind: "500" }] });
    kinds(upstream, 10);
    expect(kinds(upstream, 3, START + 1_000)).toEqual(["served", "served", "served"]);
  });
});

describe("headers", () => {
  const TRUE = {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "59",
    "x-ratelimit-reset-requests": "1s",
  };

  test("tell the truth of the moment of the answer, or that of the call", () => {
    expect(headersOf("truthful")).toEqual(TRUE);
    expect(headersOf("truthful", 1_000)).toEqual({
      ...TRUE,
      "x-ratelimit-remaining-requests": "60",
      "x-ratelimit-reset-requests": "0ms",
    });
    expect(headersOf("late", 1_000)).toEqual(TRUE);
  });

  test("lie, or are not there", () => {
    expect(headersOf("zero")).toEqual({ ...TRUE, "x-ratelimit-remaining-requests": "0" });
    expect(Number(headersOf("too-high")["x-ratelimit-remaining-requests"])).toBeGreaterThan(1_000);
    expect(headersOf("none")).toEqual({});
  });

  test("name the group", () => {
    const upstream = providerOf({ headers: "none", groupSize: 2, namesGroup: true });
    const [reply] = replies(upstream, 1, START, 3);
    expect(reply?.kind === "served" && reply.headersAt(START)).toEqual([["openai-organization", "org-1"]]);
  });
});

describe("keysOf", () => {
  test("spreads broken keys evenly, none of them twice broken", () => {
    const fates = keysOf(provider({ keys: 30, dead: 0.2, noCredit: 0.1 })).map(({ fate }) => fate);
    expect(fates.filter((fate) => fate === "dead")).toHaveLength(6);
    expect(fates.filter((fate) => fate === "no-credit")).toHaveLength(3);
    expect(fates.slice(0, 15).filter((fate) => fate === "dead")).toHaveLength(3);
  });
});

describe("capacityPerMs", () => {
  const perMinute = (fields: Partial<ProviderSpec>) => capacityPerMs(small(fields)) * 60_000;

  test.each([
    [{ keys: 4, limits: [fixed(30)] }, 120],
    [{ keys: 4, limits: [fixed(30)], groupSize: 2 }, 60],
    [{ keys: 4, limits: [fixed(30)], groupSize: 2, dead: 0.5 }, 60],
    [{ keys: 4, limits: [fixed(30)], dead: 0.5 }, 60],
    [{ keys: 4, limits: [fixed(30)], sizes: [1, 3] }, 240],
    [{ keys: 4, limits: [fixed(30), { ...fixed(4_320), per: "day" as const }] }, 12],
  ])("%o: %d requests a minute", (fields, expected) => {
    expect(perMinute(fields)).toBeCloseTo(expected, 6);
  });

  test("says so where nothing limits", () => {
    expect(() => perMinute({ limits: [] })).toThrow("a key has no limit");
  });
});
