// `explain`: what a person reads of a request: where it goes, or waits, or what the client is told, and why.
import { describe, expect, test } from "bun:test";
import type { OutputOf } from "../../src/admin/operation-table.ts";
import { explain as operation } from "../../src/admin/operations/explain.ts";
import { type ExplainedKey, targetText, whyText } from "../../src/cli/explain-words.ts";
import { ANSWERS, NOW } from "./daemon-answers.ts";
import { withDaemon } from "./with-daemon.ts";

const LOOK = { isTerminal: true, columns: 80, env: { NO_COLOR: "1" } } as const;
const EXPLAINED = ANSWERS.explain as OutputOf<"explain">;
const { picked: _picked, ...NOT_PICKED } = EXPLAINED;

const later = (ms: number) => new Date(NOW + ms).toISOString();

async function headOf(answer: OutputOf<"explain">) {
  await using place = withDaemon({ explain: answer });
  const { exitCode, out } = await place.run(["explain", "fast"]);
  return { exitCode, said: out.split("\n")[1] };
}

test("explain names the key that the request would get, the tiers, and why every other is skipped", async () => {
  await using place = withDaemon();
  const { exitCode, out } = await place.run(["explain", "fast"], LOOK);
  expect(exitCode).toBe(0);
  expect(out).toBe(
    [
      "fast by POST /v1/chat/completions: a name under models",
      "Goes to team-a of openai, as gpt-4o-mini",
      "",
      "TIER  PROVIDER  MODEL          STRATEGY    BACK IN  STATUS",
      "   1  deepseek  deepseek-chat  balanced    4s       failing: others go first",
      "   2  openai    gpt-4o-mini    fill_first           up",
      "",
      "     KEY          PROVIDER  BACK IN  WHY",
      "no   main         deepseek  47m      no credit, 402 insufficient_quota",
      "now  team-a       openai",
      "no   team-b       openai    3m       invalid, 401 invalid_api_key",
      "no   sk-f...0003  openai    21s      rests for this model, 429 rate_limit_excee…",
      "no   batch        openai             disabled by an operator",
      "",
    ].join("\n"),
  );
});

test("explain numbers no tier where there is one", async () => {
  const [tier] = EXPLAINED.route;
  await using place = withDaemon({ explain: { ...EXPLAINED, route: tier === undefined ? [] : [tier] } });
  expect((await place.run(["explain", "fast"])).out).not.toContain("TIER");
});

test("explain hands on model and method", async () => {
  await using place = withDaemon();
  await place.run(["explain", "/v1/embeddings", "--model", "e", "--method", "POST"]);
  expect(place.daemon.lastInput("explain")).toEqual({ request: "/v1/embeddings", model: "e", method: "POST" });
});

function throughProxy(proxy_state: "out" | "disabled"): Pick<OutputOf<"explain">, "picked"> {
  const { picked } = EXPLAINED;
  return picked === undefined ? {} : { picked: { ...picked, proxy: "http://p:1", proxy_state } };
}

describe("explain says first", () => {
  const refusal = { status: 429, code: "rate_limit_exceeded", message: "Every usable key is rate-limited now" };
  const wait = { at_most_s: 30, waiting: 0 };

  test.each<[string, number, OutputOf<"explain">]>([
    [
      "Answered with 429 rate_limit_exceeded, Retry-After 21 s: Every usable key is rate-limited now",
      4,
      { ...NOT_PICKED, refusal: { ...refusal, retry_after_s: 21 } },
    ],
    ["Answered with 429 rate_limit_exceeded: Every usable key is rate-limited now", 4, { ...NOT_PICKED, refusal }],
    ["Waits 4s for a key, at most 30s (queue.max_wait)", 0, { ...NOT_PICKED, wait: { ...wait, until: later(4_000) } }],
    [
      "Waits until another request ends, at most 30s (queue.max_wait), beside 2 others that wait",
      0,
      { ...EXPLAINED, wait: { ...wait, waiting: 2 } },
    ],
    [
      "Waits until another request ends, at most 30s (queue.max_wait), beside 1 other that waits",
      0,
      { ...EXPLAINED, wait: { ...wait, waiting: 1 } },
    ],
    [
      "Goes to team-a of openai, as gpt-4o-mini, which is on trial: the request finds out whether it works again",
      0,
      { ...EXPLAINED, on_trial: true },
    ],
    [
      "Goes to team-a of openai, as gpt-4o-mini, unless what it begins with prefers another key (affinity)",
      0,
      {
        ...EXPLAINED,
        route: EXPLAINED.route.map((tier) => ({ ...tier, affinity: true })),
        keys: EXPLAINED.keys.map((key) => (key.choice === "picked" ? key : { ...key, choice: "usable" })),
      },
    ],
    [
      "Goes to team-a of openai, as gpt-4o-mini, through http://p:1, which is out: openai-balance proxies list says why",
      0,
      { ...EXPLAINED, ...throughProxy("out") },
    ],
    [
      "Goes to team-a of openai, as gpt-4o-mini, through http://p:1, which is disabled, so that it cannot go out: " +
        "openai-balance proxies enable",
      4,
      { ...EXPLAINED, ...throughProxy("disabled") },
    ],
    // No other one can serve it.
    [
      "Goes to team-a of openai, as gpt-4o-mini",
      0,
      { ...EXPLAINED, route: EXPLAINED.route.map((tier) => ({ ...tier, affinity: true })) },
    ],
  ])("%s", async (said, exitCode, answer) => {
    expect(await headOf(answer)).toEqual({ exitCode, said });
  });

  test("nothing more where nothing is routed", async () => {
    const answer = { ...NOT_PICKED, keys: [], route: [], rule: "this daemon answers it itself" };
    await using place = withDaemon({ explain: answer });
    expect((await place.run(["explain", "/health"])).out).toBe(
      "fast by POST /v1/chat/completions: this daemon answers it itself\n",
    );
  });
});

describe("whyText", () => {
  const key = (why: ExplainedKey["why"], more: Partial<ExplainedKey> = {}): ExplainedKey => ({
    provider: "p",
    tier: 0,
    id: "1",
    name: "k",
    choice: "skipped",
    why,
    ...more,
  });
  const rpm = { name: "rpm", source: "config", limit: 60, used: 60 } as const;

  test.each<[string, ExplainedKey]>([
    ["", key([])],
    ["disabled by an operator", key([{ code: "disabled", reason: "operator" }])],
    ["disabled, 403 rule_1: No", key([{ code: "disabled", reason: "rule_1", status: 403, message: "No" }])],
    [
      "invalid for 3m, 401 invalid_api_key; rests for this model for 21s, 429 rate_limit_exceeded: Slow down",
      key([
        { code: "invalid", until: later(180_000), status: 401, reason: "invalid_api_key" },
        {
          code: "model_cooling",
          until: later(21_000),
          status: 429,
          reason: "rate_limit_exceeded",
          message: "Slow down",
        },
      ]),
    ],
    [
      "group org-2: rests for this model, 429 rate_limit_exceeded",
      key([{ code: "group_cooling", group: "org-2", until: later(9_000), status: 429, reason: "rate_limit_exceeded" }]),
    ],
    ["organization org-1: no credit", key([{ code: "group_exhausted", group: "organization org-1" }])],
    [
      "a limit of the configuration leaves no room, rpm 60/60",
      key([{ code: "limit_stated", until: later(9_000) }], {
        limits: [
          rpm,
          { ...rpm, source: "headers" },
          { ...rpm, name: "concurrency" },
          { ...rpm, name: "rpd", limit: 99 },
        ],
      }),
    ],
    [
      "a limit of the provider leaves no room, tpm 950/1000",
      key([{ code: "limit_of_headers" }], {
        limits: [rpm, { name: "tpm", source: "headers", limit: 1_000, used: 950 }],
      }),
    ],
    [
      "group g: a limit that refusals showed leaves no room, m 9/9 in 6s shared",
      key([{ code: "limit_learnt", group: "g" }], {
        limits: [rpm, { name: "learnt", source: "refusals", limit: 9, used: 9, window_s: 6, model: "m", group: "g" }],
      }),
    ],
    ["comes after it by priority", key([{ code: "lower_priority" }])],
  ])("%p", (text, row) => {
    expect(whyText(row, "balanced", NOW)).toBe(text);
  });

  test.each([
    ["balanced", "has more in flight", "it is another key's turn"],
    ["round_robin", "it is another key's turn", "it is another key's turn"],
    ["random", "the lot fell on another key", "the lot fell on another key"],
    ["fill_first", "comes after it in the configuration", "comes after it in the configuration"],
    ["least_used", "was not used less in the last 24 hours", "was not used less in the last 24 hours"],
    ["headroom", "has no more left of its limits", "has no more left of its limits"],
  ] as const)("with %s says why another usable key goes first", (strategy, busier, turn) => {
    expect(whyText(key([{ code: "busier" }]), strategy, NOW)).toBe(busier);
    expect(whyText(key([{ code: "other_turn" }]), strategy, NOW)).toBe(turn);
  });

  test("has words for every code", () => {
    for (const code of operation.output.shape.keys.element.shape.why.element.shape.code.options) {
      expect(whyText(key([{ code }]), "balanced", NOW)).toMatch(/^[a-z0-9' ,()]{5,}$/);
    }
  });
});

test.each([
  [{ state: "up" }, "up"],
  [{ state: "open" }, "failing: others go first"],
  [{ state: "half_open" }, "on trial: its next request is a probe"],
  [{ state: "suspect" }, "suspect: one request at a time tries it"],
  [{ state: "up", model_state: "open" }, "the model fails there: others go first"],
  [{ state: "half_open", model_state: "open" }, "the model fails there: others go first"],
  [{ state: "up", model_state: "half_open" }, "the model is on trial there: its next request is a probe"],
  [{ state: "open", model_state: "open" }, "failing: others go first"],
] as const)("targetText of %j", (facts, text) => {
  expect(targetText({ provider: "p", ...facts })).toBe(text);
});
