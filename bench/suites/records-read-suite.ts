// Two million request records: what questions about them take, and whether requests wait for the answers.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase } from "../../src/storage/database.ts";
import type { BenchContext } from "../bench-context.ts";
import { SteadyRequests } from "../load/steady-requests.ts";
import { fillDatabase } from "../records/fill-database.ts";
import { KEYS, randomTraffic } from "../records/random-traffic.ts";
import { median } from "../statistics.ts";

/** `longestRequestMs`: of the requests that the daemon served meanwhile. */
export interface QuestionFigures {
  readonly question: string;
  readonly firstMs: number;
  readonly medianMs: number;
  readonly longestRequestMs: number;
}

export interface RecordsReadFigures {
  readonly requests: number;
  readonly databaseBytes: number;
  readonly longestAtRestMs: number;
  readonly questions: readonly QuestionFigures[];
  readonly failures: number;
  readonly firstFailure: string | undefined;
}

const REQUESTS = 2_000_000;
const QUICK_REQUESTS = 100_000;
/** Less than `requests.retention.requests`, so that none is too old. */
const DAYS = 29;
const ROUNDS = 5;
const QUICK_ROUNDS = 2;
const REST_MS = 3_000;
const DEEP_PAGES = 50;
const PERIODS = ["1m", "1h", "8h", "24h", "7d", "30d", "month"];
const DIMENSIONS = [undefined, "provider", "key", "model", "token", "status"];
const KEY = "sk-fake-bench-records-0001";

type Ask = (name: string, input: object) => Promise<Record<string, unknown>>;

interface Question {
  readonly name: string;
  readonly ask: () => Promise<unknown>;
  /** It changes something, so that a second time is another question. */
  readonly isOnce?: boolean;
}

export async function runRecordsReadSuite(context: BenchContext): Promise<RecordsReadFigures> {
  const { children, isQuick, say, binary } = context;
  const requests = isQuick ? QUICK_REQUESTS : REQUESTS;
  const upstream = await children.serve([process.execPath, join(import.meta.dir, "../servers/upstream.ts"), "plain"]);
  const folder = join(context.folder, "records-read");
  const data = join(folder, "data");
  await mkdir(data, { recursive: true, mode: 0o700 });
  const provider = `{ name: openai, base_url: "${upstream.url}/v1", api_keys: [${KEY}] }`;
  await writeFile(join(folder, "config.yaml"), `providers: [${provider}]\n`);
  say(`Records: writing ${requests.toLocaleString("en-US")} of them`);
  const now = Date.now();
  fill(join(data, "requests.sqlite"), { requests, days: DAYS, until: now });
  const databaseBytes = Bun.file(join(data, "requests.sqlite")).size;
  const env = { HOME: folder, PATH: process.env.PATH ?? "", OPENAI_BALANCE_DATA_DIR: data };
  const daemon = await children.serve([binary, "serve", "--port", "0"], { cwd: folder, env, stderr: "ignore" });
  const failures: string[] = [];
  const steady = new SteadyRequests(daemon.url, failures);
  await steady.warmUp();
  const longestAtRestMs = await steady.during(() => Bun.sleep(REST_MS));
  const questions: QuestionFigures[] = [];
  for (const question of questionsOf(askerOf(join(data, "daemon.sock"), failures), now)) {
    say(`Records: ${question.name}`);
    questions.push(await measure(question, steady, isQuick ? QUICK_ROUNDS : ROUNDS));
  }
  await daemon.stop();
  await upstream.stop();
  const [firstFailure] = failures;
  return { requests, databaseBytes, longestAtRestMs, questions, failures: failures.length, firstFailure };
}

function fill(path: string, traffic: { readonly requests: number; readonly days: number; readonly until: number }) {
  using database = openDatabase(path);
  fillDatabase(database, randomTraffic(traffic), { until: traffic.until });
}

async function measure({ name, ask, isOnce }: Question, steady: SteadyRequests, rounds: number) {
  const tookMs: number[] = [];
  const longestRequestMs = await steady.during(async () => {
    for (let round = 0; round < (isOnce === true ? 1 : rounds); round++) {
      const began = performance.now();
      await ask();
      tookMs.push(performance.now() - began);
    }
  });
  return { question: name, firstMs: tookMs[0] ?? Number.NaN, medianMs: median(tookMs), longestRequestMs };
}

function questionsOf(ask: Ask, now: number): readonly Question[] {
  return [...lists(ask, now), ...pages(ask), ...reports(ask), ...removals(ask, now)];
}

/** Each filter: what is frequent, what is rare, and what nothing has. */
function lists(ask: Ask, now: number): readonly Question[] {
  const common = KEYS[0];
  const rare = KEYS.at(-1);
  const filters: readonly object[] = [
    {},
    { errors: true },
    ...["200", "2xx", "4xx", "429", "418"].map((status) => ({ status })),
    ...["openai", "azure"].map((provider) => ({ provider })),
    ...[common?.id, rare?.id, common?.name, rare?.name].map((key) => ({ key })),
    ...["gpt-4o", "whisper-large-v3", "deployment-whisper-large-v3", "none"].map((model) => ({ model })),
    ...["team-0", "team-9"].map((token) => ({ token })),
    ...["chat/completions", "none"].map((operation) => ({ operation })),
    { id: "req_none" },
    { since: new Date(now - 3_600_000).toISOString() },
    { until: new Date(now - 28 * 86_400_000).toISOString() },
    { key: rare?.id, model: "whisper-large-v3" },
    { key: common?.id, token: "team-9", status: "401" },
  ];
  return filters.map((filter) => ({ name: `logs ${textOf(filter)}`, ask: () => ask("logs.list", filter) }));
}

function pages(ask: Ask): readonly Question[] {
  const deep = async () => {
    let cursor: unknown;
    for (let page = 0; page < DEEP_PAGES; page++) {
      const input = { limit: 100, key: KEYS[0]?.id, ...(typeof cursor === "string" && { cursor }) };
      cursor = (await ask("logs.list", input)).next;
    }
  };
  const sorts = ["duration", "tokens", "cost"].map((sort) => ({
    name: `logs sorted by ${sort}`,
    ask: () => ask("logs.list", { sort }),
  }));
  return [{ name: `${DEEP_PAGES} pages of logs of one key`, ask: deep }, ...sorts];
}

function reports(ask: Ask): readonly Question[] {
  const zone = "Europe/Berlin";
  const stats = PERIODS.flatMap((period) =>
    DIMENSIONS.map((by) => ({
      name: `stats ${period}${by === undefined ? "" : ` by ${by}`}`,
      ask: () => ask("stats", { period, zone, ...(by !== undefined && { by }) }),
    })),
  );
  const attention = PERIODS.map((period) => ({
    name: `stats attention ${period}`,
    ask: () => ask("stats.attention", { period, zone }),
  }));
  return [...stats, ...attention];
}

function removals(ask: Ask, now: number): readonly Question[] {
  const until = new Date(now - 27 * 86_400_000).toISOString();
  return [
    { name: "logs clear of one token", ask: () => ask("logs.delete", { token: "team-9" }), isOnce: true },
    { name: "logs clear of two days", ask: () => ask("logs.delete", { until }), isOnce: true },
    { name: "logs clear of everything", ask: () => ask("logs.delete", { all: true }), isOnce: true },
  ];
}

function textOf(filter: object): string {
  return Object.entries(filter)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

/** What is asked about may not be configured: that is told, and no failure of the bench. */
function askerOf(unix: string, failures: string[]): Ask {
  return async (name, input) => {
    const init = { method: "POST", body: JSON.stringify(input), unix };
    const response = await fetch(`http://localhost/admin/api/${name}`, init);
    const text = await response.text();
    if (!response.ok && !text.includes("There is no ")) failures.push(`${name} ${JSON.stringify(input)}: ${text}`);
    return JSON.parse(text);
  };
}
