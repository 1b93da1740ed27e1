// What a daemon with two providers and some trouble answers, as a person would meet it.

import type { OutputOf } from "../../src/admin/operation-table.ts";
import { type KeyRow, keyRow } from "../fixture/key-row.ts";
import type { Answers } from "./fake-daemon.ts";
import { ATTENTION, FAILED, RECORDS, USAGE } from "./record-answers.ts";

/** When all of this is so. */
export const NOW = Date.parse("2026-03-01T12:00:00Z");

function later(ms: number): string {
  return new Date(NOW + ms).toISOString();
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const NO_STATES = { ready: 0, half_open: 0, cooling: 0, exhausted: 0, invalid: 0, disabled: 0, unused: 0 };

/** What `keys.list` answers with these keys, of so many that there are; `limit`: so many of them at most. */
export function listed(keys: readonly KeyRow[], total = keys.length, limit = keys.length): OutputOf<"keys.list"> {
  return { keys: keys.slice(0, limit), matched: keys.length, total, states: NO_STATES, providers: [] };
}

const SESSIONS: OutputOf<"sessions.list">["sessions"] = [
  {
    id: "4be0643f1d98",
    via: "token",
    address: "192.168.100.23",
    agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36",
    created_at: later(-3 * HOUR),
    seen_at: later(-2 * MINUTE),
    expires_at: later(58 * MINUTE),
  },
  {
    id: "9b871512327c",
    via: "link",
    address: "::1",
    agent: "",
    created_at: later(-HOUR),
    seen_at: later(-50 * MINUTE),
    expires_at: later(10 * MINUTE),
  },
];

export const KEYS: readonly KeyRow[] = [
  keyRow({ id: "d213f9976aa2", name: "team-a", used_24h: 18_204, failed_24h: 12, in_flight: 3 }),
  keyRow({
    id: "0b6e1c55f0d1",
    name: "team-b",
    masked: "sk-f...0002",
    state: "invalid",
    since: later(-7 * MINUTE),
    until: later(3 * MINUTE + 12_000),
    reason: "invalid_api_key",
    status: 401,
    message:
      "Incorrect API key provided: sk-f...0002. You can find your API key at https://platform.openai.com/account/api-keys.",
    used_24h: 412,
    failed_24h: 3,
    failures: 1,
  }),
  keyRow({
    id: "77aa21d3c9fe",
    name: "sk-f...0003",
    masked: "sk-f...0003",
    source: "OPENAI_API_KEY",
    parts: [
      {
        model: "gpt-4o-mini",
        state: "cooling",
        since: later(-MINUTE),
        until: later(21_000),
        reason: "rate_limit_exceeded",
        status: 429,
        message: "Rate limit reached for gpt-4o-mini in organization org-1 on requests per min (RPM): Limit 500",
      },
    ],
    used_24h: 9_001,
    failed_24h: 240,
  }),
  keyRow({
    id: "5c1f0e8842bd",
    name: "batch",
    masked: "sk-f...0004",
    state: "disabled",
    since: later(-26 * HOUR),
    reason: "operator",
  }),
  keyRow({
    id: "e4019c7a5532",
    name: "main",
    masked: "sk-d...0005",
    provider: "deepseek",
    source: "config.yaml:14:9",
    state: "exhausted",
    since: later(-HOUR),
    until: later(47 * MINUTE),
    reason: "insufficient_quota",
    status: 402,
    message: "Insufficient Balance",
    used_24h: 88,
    failed_24h: 1,
  }),
];

type TokenRow = OutputOf<"tokens.list">["tokens"][number];

export const TOKENS: readonly TokenRow[] = [
  {
    id: "9d1c33a07b52",
    name: "team",
    source: "configuration",
    state: "active",
    last_used: later(-21_000),
    requests: 18_204,
    in_flight: 0,
    limits: [],
  },
  {
    id: "2facc60905be",
    name: "ci",
    source: "token store",
    state: "active",
    added_at: later(-26 * HOUR),
    last_used: later(-3 * MINUTE),
    requests: 412,
    in_flight: 1,
    models: ["gpt-4o-mini", "text-embedding-*"],
    providers: ["openai"],
    expires: later(90 * 24 * HOUR),
    limits: [
      { name: "rpm", limit: 60, used: 3 },
      { name: "tpd", limit: 2_000_000, used: 125_311 },
      { name: "concurrency", limit: 5, used: 1 },
      { name: "budget", limit: 20, used: 1.2478, per: "month" },
    ],
  },
  {
    id: "71be02cc9d10",
    name: "old",
    source: "token store",
    state: "expired",
    added_at: later(-26 * 24 * HOUR),
    requests: 0,
    in_flight: 0,
    expires: later(-HOUR),
    limits: [],
  },
];
const PROXY = { id: "1f0a9c3d77be", url: "http://****@proxy-1.example:3128" };
const DEAD_PROXY = { id: "a40be55d0c12", url: "socks5h://proxy-2.example:1080" };

const PROVIDERS: OutputOf<"health">["providers"] = [
  {
    name: "openai",
    state: "up",
    is_default: true,
    keys: { total: 4, ready: 2, half_open: 0, cooling: 0, exhausted: 0, invalid: 1, disabled: 1 },
    open_models: [],
    in_flight: 3,
    used_24h: 27_617,
    failed_24h: 255,
  },
  {
    name: "deepseek",
    state: "no_usable_key",
    is_default: false,
    keys: { total: 1, ready: 0, half_open: 0, cooling: 0, exhausted: 1, invalid: 0, disabled: 0 },
    open_models: [{ model: "deepseek-reasoner", state: "open", until: later(4_000) }],
    in_flight: 0,
    used_24h: 88,
    failed_24h: 1,
  },
];

const RECHECK = {
  name: "recheck",
  about: "Tries failed keys again",
  setting: "health.check_interval",
  interval_ms: HOUR,
};

/** Answers of the operations whose answer depends on nothing. */
export const ANSWERS: Answers = {
  status: {
    version: "0.1.0",
    pid: 4711,
    url: "http://127.0.0.1:8000",
    started_at: later(-3 * HOUR - 4 * MINUTE),
    config_file: "/home/sam/.config/openai-balance/config.yaml",
    data_folder: "/home/sam/.local/state/openai-balance",
    in_flight: 3,
    draining: false,
    providers: 2,
    keys: 5,
    saved_at: later(-1_400),
    log_dropped: 0,
    records: { on: true, dropped: 0, sampled_out: 0, pending: 2, written_at: later(-300) },
  },
  health: {
    healthy: false,
    providers: PROVIDERS,
    keys: KEYS.filter(({ state, parts }) => state !== "ready" || parts.length > 0),
  },
  providers: {
    providers: [
      {
        name: "openai",
        path: "openai",
        base_url: "https://api.openai.com/v1",
        dialect: "openai",
        enabled: true,
        is_default: true,
        keys: 4,
        test_model: "gpt-4o-mini",
      },
      {
        name: "deepseek",
        path: "ds",
        base_url: "https://api.deepseek.com/v1",
        dialect: "openai",
        enabled: true,
        is_default: false,
        keys: 1,
        test_model: "deepseek-chat",
      },
      {
        name: "azure",
        path: "azure",
        base_url: "https://example.openai.azure.com/openai/v1",
        dialect: "azure",
        enabled: false,
        is_default: false,
        keys: 0,
      },
    ],
  },
  models: {
    models: [
      { id: "fast", kind: "alias", route: [["deepseek/deepseek-chat"], ["openai/gpt-4o-mini"]] },
      { id: "even", kind: "alias", route: [["openai/gpt-4o", "azure/gpt-4o"], ["openrouter/openai/gpt-4o"]] },
      { id: "gpt-4o-mini", kind: "model", route: [["openai/gpt-4o-mini"]] },
      { id: "deepseek/deepseek-chat", kind: "model", route: [["deepseek/deepseek-chat"]] },
    ],
    unavailable: ["azure"],
  },
  explain: explained(),
  "keys.list": listed(KEYS),
  "tokens.list": { tokens: TOKENS.map((token) => ({ ...token, limits: [] })) },
  "tokens.add": { token: TOKENS[2] as TokenRow, secret: "oab-fake-of-a-test", first: false },
  "tokens.rotate": { token: TOKENS[2] as TokenRow, secret: "oab-fake-of-a-test" },
  "tokens.revoke": { revoked: [{ id: "2facc60905be", name: "ci", source: "token store" }], refused: [], open: false },
  "keys.add": {
    keys: [
      { id: "9f3d2c1b0a99", name: "team-c", masked: "sk-f...0009", provider: "openai", outcome: "added", line: 1 },
      {
        line: 2,
        id: "d213f9976aa2",
        name: "team-a",
        masked: "sk-f...0001",
        provider: "openai",
        outcome: "known",
        source: "key store",
      },
    ],
    unfit: [],
    unused: [],
  },
  "keys.set": {
    keys: [named(0)],
    refused: [{ ...named(4), why: "it comes from config.yaml:14:9: change it there" }],
  },
  "keys.remove": {
    removed: [named(0)],
    refused: [{ ...named(4), why: "it comes from config.yaml:14:9: remove it there, or disable it" }],
  },
  "keys.enable": { keys: [named(3)], count: 1, passed_over: 0 },
  "keys.disable": { keys: [named(0), named(1)], count: 2, passed_over: 0 },
  "keys.reset": { keys: [named(1)], count: 1, passed_over: 0, cleared: true },
  "providers.reset": { provider: "deepseek", cleared: true },
  "webhooks.list": {
    webhooks: [
      {
        name: "team",
        url: "https://hooks.slack.com/****",
        form: "slack",
        signed: false,
        events: ["pool.empty", "pool.recovered"],
        pending: 0,
        delivered: 12,
        dropped: 0,
        gone: false,
        last: { at: later(-3 * MINUTE), type: "pool.recovered", status: 200 },
      },
      {
        name: "pager",
        url: "https://alerts.example/****",
        form: "generic",
        signed: true,
        events: ["key.invalid"],
        providers: ["openai"],
        pending: 2,
        delivered: 40,
        dropped: 1,
        gone: false,
        last: { at: later(-MINUTE), type: "key.invalid", fault: "ECONNREFUSED" },
        last_fault: { at: later(-MINUTE), type: "key.invalid", fault: "ECONNREFUSED" },
      },
    ],
  },
  "webhooks.test": {
    ok: false,
    results: [
      { name: "team", url: "https://hooks.slack.com/****", is_ok: true, status: 200, latency_ms: 84 },
      { name: "pager", url: "https://alerts.example/****", is_ok: false, fault: "ECONNREFUSED", latency_ms: 2 },
    ],
  },
  "proxies.list": {
    proxies: [
      {
        ...PROXY,
        state: "ready",
        failures: 0,
        keys: [
          { provider: "openai", key: "team-a", key_id: "d213f9976aa2" },
          { provider: "openai", key: "team-b", key_id: "0b1c8a3f55de" },
        ],
        key_count: 2,
        checked_at: "2026-03-01T11:59:00.000Z",
        check_ok: true,
        check_ms: 41,
      },
      {
        ...DEAD_PROXY,
        state: "out",
        since: "2026-03-01T11:58:00.000Z",
        until: "2026-03-01T12:00:25.000Z",
        reason: "PROXY_AUTH_REQUIRED",
        detail: "status 407",
        failures: 3,
        keys: [],
        key_count: 0,
      },
    ],
  },
  "proxies.enable": { proxies: [PROXY] },
  "proxies.disable": { proxies: [PROXY, DEAD_PROXY] },
  "proxies.prune": {
    removed: [PROXY],
    refused: [{ ...DEAD_PROXY, why: "it does not come from a config file but from a variable" }],
  },
  "proxies.test": [
    { ...PROXY, is_ok: true, latency_ms: 41, total: 2 },
    {
      ...DEAD_PROXY,
      is_ok: false,
      reason: "PROXY_AUTH_REQUIRED",
      detail: "status 407",
      latency_ms: 12,
      total: 2,
    },
  ],
  "jobs.list": {
    jobs: [
      {
        ...RECHECK,
        next_run: later(48 * MINUTE + 12_000),
        last_run: {
          started_at: later(-11 * MINUTE - 48_000),
          ms: 3_100,
          asked: false,
          broken_off: false,
          result: "3 keys asked: 2 work again, 1 still fails",
          counts: { asked: 3, recovered: 2, failing: 1, left_out: 0 },
        },
      },
      {
        name: "proxy-checks",
        about: "Asks outbound proxies whether they work",
        setting: "proxies.check.interval",
        off_by: "proxies.check.url",
      },
      {
        name: "model-lists",
        about: "Fetches the providers' model lists",
        interval_ms: 300_000,
        running: {
          started_at: later(-2_000),
          result: "1 list fetched",
          counts: { fetched: 1, missing: 0 },
        },
      },
      {
        name: "clean-up",
        about: "Removes records of requests that were kept long enough",
        interval_ms: HOUR,
        next_run: later(52 * MINUTE),
        last_run: {
          started_at: later(-8 * MINUTE),
          ms: 412,
          asked: false,
          broken_off: false,
          result: "1204 rows removed",
          counts: { removed: 1_204 },
        },
      },
    ],
  },
  "sessions.list": { sessions: SESSIONS },
  "sessions.revoke": { revoked: SESSIONS },
  open: { url: "http://127.0.0.1:8000/admin/open?code=oab-link-fake", expires_at: later(5 * MINUTE) },
  "jobs.run": {
    job: "recheck",
    joined: false,
    run: {
      started_at: later(-1_000),
      ms: 1_000,
      asked: true,
      broken_off: false,
      result: "1 key asked: 1 works again",
      counts: { asked: 1, recovered: 1, failing: 0, left_out: 0 },
    },
  },
  "jobs.start": { changed: true, broke_off: false, job: { ...RECHECK, next_run: later(HOUR) } },
  "jobs.stop": { changed: true, broke_off: true, job: { ...RECHECK, stopped_at: later(0) } },
  "keys.export": { keys: [{ provider: "openai", key: "sk-fake-exported-0001", name: "team-a", weight: 2 }] },
  reload: { ok: true, changes: ["providers.openai.max_retries", "models.fast"], diagnostics: [] },
  stop: { pid: 4711, in_flight: 0 },
  "config.set": {
    file: "/home/sam/.config/openai-balance/config.yaml",
    path: "server.port",
    changed: true,
    secret: false,
    needs_restart: true,
    warnings: [],
  },
  "master.rotate": { before: "1f0a9c3d", after: "77be02aa", file: true },
  test: [
    {
      provider: "openai",
      key: "team-a",
      key_id: "d213f9976aa2",
      model: "gpt-4o-mini",
      is_ok: true,
      status: 200,
      outcome: "ok",
      latency_ms: 812.4,
      first_token_ms: 401.9,
      total: 2,
    },
    {
      provider: "deepseek",
      key: "main",
      key_id: "e4019c7a5532",
      model: "deepseek-chat",
      is_ok: false,
      status: 402,
      outcome: "no_credit",
      reason: "insufficient_quota",
      message: "Insufficient Balance",
      latency_ms: 203.1,
      total: 2,
    },
  ],
  "logs.list": { records: RECORDS.toReversed(), recording: true },
  "logs.get": { record: FAILED },
  "logs.follow": [...RECORDS],
  "logs.export": RECORDS.map((record) => ({ ...record, tries: [] })),
  "logs.count": { count: 1_412, more: false },
  "logs.delete": { deleted: 1_412 },
  stats: USAGE,
  "stats.attention": ATTENTION,
  "daemon.log": [
    '{"level":"warn","time":"2026-03-01T11:53:00.000Z","provider":"openai","key":"team-b","for":"10m","status":401,"reason":"invalid_api_key","msg":"Key is invalid"}',
    '{"level":"info","time":"2026-03-01T11:53:00.007Z","method":"POST","route":"/v1/chat/completions","status":200,"model":"fast","provider":"openai","key":"team-a","attempts":2,"ms":911,"msg":"Request served"}',
  ].map((line) => ({ line })),
};

function named(index: number) {
  const { id = "", name = "", provider = "", source = "" } = KEYS[index] ?? {};
  return { id, name, provider, source };
}

function explained(): OutputOf<"explain"> {
  const picked = {
    provider: "openai",
    model: "gpt-4o-mini",
    tier: 1,
    id: "d213f9976aa2",
    name: "team-a",
    choice: "picked" as const,
    why: [],
  };
  const skipped = (index: number, why: OutputOf<"explain">["keys"][number]["why"]) => {
    const { id, name } = named(index);
    return { ...picked, id, name, choice: "skipped" as const, why };
  };
  return {
    method: "POST",
    path: "/v1/chat/completions",
    operation: "chat.completions",
    model: "fast",
    rule: "a name under models",
    picked,
    route: [
      {
        strategy: "balanced",
        targets: [{ provider: "deepseek", model: "deepseek-chat", state: "open", until: later(4_000) }],
      },
      { strategy: "fill_first", targets: [{ provider: "openai", model: "gpt-4o-mini", state: "up" }] },
    ],
    keys: [
      {
        ...skipped(4, [{ code: "exhausted", until: later(47 * MINUTE), reason: "insufficient_quota", status: 402 }]),
        provider: "deepseek",
        model: "deepseek-chat",
        tier: 0,
      },
      picked,
      skipped(1, [{ code: "invalid", until: later(3 * MINUTE), reason: "invalid_api_key", status: 401 }]),
      skipped(2, [{ code: "model_cooling", until: later(21_000), reason: "rate_limit_exceeded", status: 429 }]),
      skipped(3, [{ code: "disabled", reason: "operator" }]),
    ],
    choices: { picked: 1, usable: 0, skipped: 4 },
    reasons: (["exhausted", "invalid", "model_cooling", "disabled"] as const).map((code) => ({ code, keys: 1 })),
  };
}
