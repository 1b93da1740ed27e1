// Metrics of a daemon that has seen everything happen, and what dashboard and alerts would find in them.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { METRICS } from "../../src/metrics/metric-table.ts";
import { Gate } from "../fixture/balanced.ts";
import { events, overloaded, rateLimited, serverError, unauthorized } from "../fixture/behaviours.ts";
import { chat, post } from "../fixture/client.ts";
import { type Daemon, startDaemon } from "../fixture/daemon.ts";
import { type ReadSample, samplesIn } from "../fixture/metrics-text.ts";
import { chatEvents, openai } from "../fixture/openai-answers.ts";
import { readQuery, selected } from "../fixture/promql.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream, type Upstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const FOLDER = join(import.meta.dir, "../../deploy/monitoring");
const ADMIN = fakeSecret("metrics_admin");
const CLIENT = fakeSecret("metrics_client");
const KEYS = {
  good: fakeSecret("metrics_good"),
  limited: fakeSecret("metrics_limited"),
  dead: fakeSecret("metrics_dead"),
};
const gate = new Gate(openai);
const upstream = startUpstream({
  keys: { [KEYS.limited]: rateLimited(60), [KEYS.dead]: unauthorized },
  models: {
    broken: serverError,
    busy: overloaded,
    cut: () => events(chatEvents().slice(0, 3)),
    slow: gate.behaviour,
  },
  otherwise: openai,
  listing: openai,
});
const daemon = await startDaemon(JSON.stringify(configOf(upstream)));
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

function configOf({ url }: Upstream, metrics: object = { per_key: true }): object {
  const provider = (name: string, keys: readonly string[], more: object = {}) => {
    return { name, base_url: url, api_keys: keys, max_retries: 0, ...more };
  };
  return {
    auth: { admin_token: ADMIN, client_tokens: [CLIENT] },
    strategy: "fill_first",
    providers: [
      provider("main", [KEYS.limited, KEYS.dead, KEYS.good]),
      provider("narrow", [fakeSecret("metrics_narrow")], { limits: { concurrency: 1 } }),
    ],
    webhooks: [{ name: "ops", url: `${url}/hook`, events: ["*"] }],
    metrics,
  };
}

function scrape(of: Daemon, init: RequestInit = { headers: { authorization: `Bearer ${ADMIN}` } }) {
  return of.ask("/metrics", init);
}

const authorization = `Bearer ${CLIENT}`;

function send(fields: object, path = "/v1/chat/completions", init: RequestInit = {}) {
  return daemon.ask(path, {
    ...chat({ ...fields }),
    ...init,
    headers: { authorization, "content-type": "application/json" },
  });
}

/** Everything that dashboard and alerts look at. */
async function letHappen(): Promise<void> {
  await send({});
  await send({ stream: true, stream_options: { include_usage: true } });
  await send({}, "/chat/completions");
  await send({ model: "broken" });
  await send({ model: "busy" });
  await send({ model: "cut", stream: true }).catch(() => undefined);
  await daemon.ask("/v1/chat/completions", post({ model: "x" }));
  const slow = { model: "slow" };
  const first = send(slow, "/narrow/v1/chat/completions");
  await until("the first call", () => upstream.calls.some(({ model }) => model === "slow"));
  const second = send(slow, "/narrow/v1/chat/completions");
  await until("a wait", async () => sumOf(await samples(), "openai_balance_queue_length") === 1);
  gate.open();
  await Promise.all([first, second]);
  const leaving = new AbortController();
  const left = send({ model: "silent" }, "/v1/chat/completions", { signal: leaving.signal }).catch(() => undefined);
  upstream.byModel("silent", () => {
    leaving.abort();
    return new Promise(() => {});
  });
  await left;
  await until("the client's leaving", async () => sumOf(await samples(), "openai_balance_requests_in_flight") === 0);
}

async function samples(): Promise<readonly ReadSample[]> {
  return samplesIn((await scrape(daemon)).text);
}

function sumOf(all: readonly ReadSample[], name: string, wanted: Readonly<Record<string, string>> = {}): number {
  const found = all.filter(
    (sample) =>
      sample.name === name && Object.entries(wanted).every(([label, value]) => sample.labels[label] === value),
  );
  return found.reduce((sum, { value }) => sum + value, 0);
}

let seen: Promise<readonly ReadSample[]> | undefined;
/** What the daemon says once everything has happened. */
function afterAllOf(): Promise<readonly ReadSample[]> {
  seen ??= letHappen().then(samples);
  return seen;
}

describe("/metrics is for", () => {
  test.each([
    ["nobody without the admin token", {}, 401],
    ["no client token", { headers: { authorization: `Bearer ${CLIENT}` } }, 401],
    ["the admin token", { headers: { authorization: `Bearer ${ADMIN}` } }, 200],
    ["reads only", { method: "POST", headers: { authorization: `Bearer ${ADMIN}` } }, 405],
  ])("%s", async (_, init, status) => {
    expect((await scrape(daemon, init)).status).toBe(status);
  });

  test("HEAD as for GET", async () => {
    const answer = await scrape(daemon, { method: "HEAD", headers: { authorization: `Bearer ${ADMIN}` } });
    expect([answer.status, answer.bytes.length]).toEqual([200, 0]);
  });

  test("everybody with metrics.public, in the type that Prometheus asks for; and nobody with enabled: false", async () => {
    await using open = await startDaemon(JSON.stringify(configOf(upstream, { public: true })));
    const answer = await scrape(open, {});
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    expect(answer.text).not.toContain("key_id=");
    await open.writeConfig(JSON.stringify(configOf(upstream, { enabled: false })));
    open.signal("SIGHUP");
    await until("the reload", async () => (await scrape(open)).status === 404);
  });
});

test("what happened is counted, at once", async () => {
  const all = await afterAllOf();
  const requests = (labels: object) => sumOf(all, METRICS.requests.name, { ...labels });
  expect(requests({ end: "ok", status_class: "2xx", provider: "main" })).toBe(3);
  expect(requests({ end: "ok", status_class: "2xx", provider: "narrow", model: "slow" })).toBe(2);
  expect(requests({ end: "error", status_class: "5xx" })).toBe(2);
  expect(requests({ end: "interrupted" })).toBe(1);
  expect(requests({ end: "client_gone", status_class: "none" })).toBe(1);
  expect(requests({ status_class: "4xx", provider: "none" })).toBe(1);
  expect(sumOf(all, METRICS.repaired.name)).toBe(1);
  expect(sumOf(all, METRICS.attempts.name, { outcome: "rate_limited" })).toBeGreaterThanOrEqual(1);
  expect(sumOf(all, METRICS.attempts.name, { outcome: "invalid_key" })).toBe(1);
  expect(sumOf(all, METRICS.keys.name, { provider: "main", state: "invalid" })).toBe(1);
  expect(sumOf(all, METRICS.keyParts.name, { provider: "main", state: "cooling" })).toBeGreaterThanOrEqual(1);
  expect(sumOf(all, METRICS.cooldown.name, { provider: "main", edge: "last" })).toBeWithin(30, 90);
  expect(sumOf(all, METRICS.keyState.name, { state: "invalid" })).toBe(1);
  expect(sumOf(all, METRICS.keyAttempts.name, { outcome: "invalid_key" })).toBe(1);
  expect(sumOf(all, `${METRICS.queueWait.name}_count`, { provider: "narrow" })).toBe(1);
  expect(sumOf(all, METRICS.queueEnded.name, { end: "taken" })).toBe(1);
  expect(sumOf(all, METRICS.tokens.name, { type: "output" })).toBeGreaterThanOrEqual(4);
  expect(sumOf(all, `${METRICS.firstChunk.name}_count`)).toBe(2);
  expect(sumOf(all, METRICS.diskFault.name)).toBe(0);
});

test("every metric of the table has values, and only labels of the table", async () => {
  const all = await afterAllOf();
  for (const { name, type, labels } of Object.values(METRICS)) {
    const own = all.filter(
      (sample) => sample.name === name || (type === "histogram" && sample.name === `${name}_count`),
    );
    expect([name, own.length > 0]).toEqual([name, true]);
    for (const sample of own) expect(Object.keys(sample.labels).sort()).toEqual([...labels].sort());
  }
});

test("figures of the process are real", async () => {
  const all = await afterAllOf();
  expect(sumOf(all, "process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
  expect(sumOf(all, "process_cpu_seconds_total")).toBeGreaterThan(0);
  expect(sumOf(all, "process_start_time_seconds")).toBeWithin(Date.now() / 1000 - 600, Date.now() / 1000 + 1);
  expect(all.filter(({ name }) => /heap|handles|gc_duration|version_info/.test(name))).toEqual([]);
});

/** What Prometheus adds to what it scrapes. */
const ADDED = { job: "openai-balance", instance: "localhost:8000" };
const UP: ReadSample = { name: "up", labels: ADDED, value: 1 };

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const dashboard = JSON.parse(readFileSync(join(FOLDER, "grafana-dashboard.json"), "utf8"));
const PANELS: readonly Panel[] = dashboard.panels;
const RULES: readonly Rule[] = parse(readFileSync(join(FOLDER, "alerts.yml"), "utf8")).groups[0].rules;
const EXPRESSIONS = [
  ...PANELS.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
  ...RULES.map(({ alert, expr }) => [alert, expr] as const),
];

test.each(EXPRESSIONS)("%s finds what it asks for: %s", async (_, expression) => {
  const all = [...(await afterAllOf()).map((sample) => ({ ...sample, labels: { ...sample.labels, ...ADDED } })), UP];
  const query = readQuery(expression.replaceAll("$__rate_interval", "5m").replaceAll("$provider", ".*"));
  expect(query.selectors).not.toEqual([]);
  for (const selector of query.selectors) {
    const found = selected(selector, all);
    expect([selector, found.length > 0]).toEqual([selector, true]);
    const labels = Object.keys(found[0]?.labels ?? {});
    for (const label of query.groupings) expect(labels).toContain(label);
    for (const { label } of selector.matchers) expect(labels).toContain(label);
  }
});

test("what alerts say names labels that they keep", async () => {
  for (const { expr, annotations } of RULES) {
    const { selectors, groupings } = readQuery(expr);
    const facts = Object.values(METRICS).find(({ name }) => name === selectors[0]?.metric);
    const kept = groupings.length > 0 ? groupings : [...(facts?.labels ?? []), ...Object.keys(ADDED)];
    const said = Object.values(annotations).flatMap((text) =>
      [...text.matchAll(/\$labels\.(\w+)/g)].map(([, name]) => name),
    );
    for (const name of said) expect(kept).toContain(name ?? "");
  }
});

test("the dashboard has every metric of the table that is not of single keys", () => {
  const used = EXPRESSIONS.flatMap(
    ([, expression]) => readQuery(expression.replaceAll("$__rate_interval", "5m")).selectors,
  );
  const names = new Set(used.map(({ metric }) => metric.replace(/_bucket$/, "")));
  const unused = Object.values(METRICS).filter(({ name }) => !names.has(name));
  expect(unused.map(({ name }) => name)).toEqual([METRICS.keyState.name, METRICS.keyAttempts.name, METRICS.build.name]);
});

test("panels have ids of their own and do not lie on each other", () => {
  const { panels } = dashboard as { panels: readonly { id: number; gridPos: { x: number; y: number; w: number } }[] };
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(panels.map(({ gridPos }) => `${gridPos.x} ${gridPos.y}`)).size).toBe(panels.length);
  for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
});
