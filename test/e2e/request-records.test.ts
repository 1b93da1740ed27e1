// Every request leaves a record in the database, within a second, and counts that are exact; no secret is among them.
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { SEQS_OF_MS } from "../../src/records/seq-range.ts";
import { startBalanced } from "../fixture/balanced.ts";
import { errorJson } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Behaviour, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [DEAD, GOOD] = ["dead", "good"].map((name) => fakeSecret(`records_${name}`)) as [string, string];
const refusing: Behaviour = ({ key }) => errorJson(401, "invalid_api_key", `Incorrect API key provided: ${key}.`);

interface RequestRow {
  readonly seq: number;
  readonly ended_at: number;
  readonly attempts: number;
}

function open(data: string): Database {
  const database = new Database(join(data, "requests.sqlite"), { readonly: true });
  database.run("PRAGMA busy_timeout = 5000");
  return database;
}

/** Also while the database is being made. */
function countIn(data: string): number {
  if (!existsSync(join(data, "requests.sqlite"))) return 0;
  using database = open(data);
  const made = database.query("SELECT 1 FROM sqlite_schema WHERE name = 'requests'").get();
  return made === null ? 0 : rowsOf(database, "requests").length;
}

function rowsOf<Row>(database: Database, table: string, order = "seq"): readonly Row[] {
  return database.query<Row, []>(`SELECT * FROM ${table} ORDER BY ${order}`).all();
}

test("requests, their attempts and the counts of both are in the database", async () => {
  await using upstream = startUpstream({ otherwise: openai, keys: { [DEAD]: refusing } });
  const keys = [
    { key: DEAD, name: "dead", weight: 1000 },
    { key: GOOD, name: "good" },
  ];
  await using balanced = await startBalanced({
    usage: { prices: [{ models: ["*"], input: 1, output: 2 }] },
    providers: [{ name: "main", base_url: upstream.url, api_keys: keys, strategy: "fill_first" }],
  });
  expect(await balanced.serially(3, { model: "gpt-4o-mini" })).toEqual([200, 200, 200]);
  const { data } = balanced.home;
  await until("the records", () => countIn(data) === 3);
  // A client's path that nothing serves is a record too.
  expect((await balanced.daemon.ask("/nothing-of-this-kind")).status).toBe(404);
  await balanced.daemon.stop();
  using database = open(data);
  const requests = rowsOf<RequestRow>(database, "requests");
  expect(requests.map(({ attempts }) => attempts)).toEqual([2, 1, 1, 0]);
  expect(requests[1]).toMatchObject({
    method: "POST",
    route: "/v1/chat/completions",
    operation: "chat/completions",
    model: "gpt-4o-mini",
    upstream_model: null,
    provider: "main",
    key_name: "good",
    status: 200,
    ending: "ok",
    outcome: "ok",
    is_failure: 0,
    weight: 1,
    is_stream: 0,
  });
  for (const { seq, ended_at } of requests) expect(Math.floor(seq / SEQS_OF_MS)).toBe(ended_at);
  expect(rowsOf(database, "attempts")).toMatchObject([
    { number: 1, key_name: "dead", status: 401, outcome: "invalid_key" },
    { number: 2, key_name: "good", status: 200, outcome: "ok" },
  ]);
  const hours = database
    .query(
      "SELECT dimension, label, value, sum(requests) AS n, sum(attempts) AS tries FROM roll_ups WHERE width = 3600000 AND dimension IN ('total', 'key', 'status') GROUP BY dimension, value ORDER BY dimension, n",
    )
    .all();
  expect(hours).toMatchObject([
    { dimension: "key", label: "dead", n: 0, tries: 1 },
    { dimension: "key", value: "(none)", n: 1, tries: 0 },
    { dimension: "key", label: "good", n: 3, tries: 3 },
    { dimension: "status", value: "404", n: 1 },
    { dimension: "status", value: "200", n: 3 },
    { dimension: "total", n: 4, tries: 4 },
  ]);
  expect(rowsOf(database, "key_faults", "width")).toMatchObject([
    { key_name: "dead", status: 401, outcome: "invalid_key", failures: 1 },
    { key_name: "dead", status: 401, outcome: "invalid_key", failures: 1 },
  ]);
  expect(leakIn(await Bun.file(join(data, "requests.sqlite")).text())).toBeUndefined();
});

test("nothing is kept where requests.enabled is false, until a reload says otherwise", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  const config = { providers: [{ name: "main", base_url: upstream.url, api_keys: [GOOD] }] };
  await using balanced = await startBalanced({ ...config, requests: { enabled: false } });
  const { home } = balanced;
  expect(await balanced.serially(2)).toEqual([200, 200]);
  await home.configure(config);
  await home.ok(["reload"]);
  expect(await balanced.serially(1)).toEqual([200]);
  await balanced.daemon.stop();
  using database = open(home.data);
  expect(rowsOf(database, "requests")).toHaveLength(1);
});

test("traffic goes on while another program has the database locked, and nothing of it is lost", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  const providers = [{ name: "main", base_url: upstream.url, api_keys: [GOOD] }];
  await using balanced = await startBalanced({ providers });
  const { home, daemon } = balanced;
  expect(await balanced.serially(1)).toEqual([200]);
  await until("the first record", () => countIn(home.data) === 1);
  const other = new Database(join(home.data, "requests.sqlite"));
  other.run("PRAGMA busy_timeout = 5000");
  other.run("BEGIN IMMEDIATE");
  expect(await balanced.serially(5)).toEqual(new Array(5).fill(200));
  await until("the report", () => daemon.logs().includes("Request records cannot be written, they wait; trying on"));
  expect(await balanced.serially(5)).toEqual(new Array(5).fill(200));
  other.run("ROLLBACK");
  other.close();
  await until("the end of it", () => daemon.logs().includes("Request records are written again"));
  await daemon.kill();
  expect(countIn(home.data)).toBe(11);
});

test("traffic goes on where the database is cut off or deleted, which is told once, and records go on in another one", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  const providers = [{ name: "main", base_url: upstream.url, api_keys: [GOOD] }];
  await using balanced = await startBalanced({ providers });
  const { home, daemon } = balanced;
  const file = join(home.data, "requests.sqlite");
  await balanced.serially(3);
  await until("records", () => countIn(home.data) === 3);
  for (const [round, spoil] of [() => truncateSync(file, 0), () => rmSync(file)].entries()) {
    spoil();
    expect(await balanced.serially(3)).toEqual([200, 200, 200]);
    const told = () => daemon.logs().split("The database begins anew").length - 1;
    await until("the report", () => told() === round + 1);
    await until("records in another file", () => countIn(home.data) === 3);
    expect(told()).toBe(round + 1);
  }
  expect((await home.run(["status"])).stdout).toContain("was deleted, and begins anew");
});
