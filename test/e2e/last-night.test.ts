// Who had an incident last night finds in a minute what failed and why: with the daemon, from afar, and without it.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { serverError, unauthorized } from "../fixture/behaviours.ts";
import { chat, MODEL } from "../fixture/client.ts";
import type { Daemon } from "../fixture/daemon.ts";
import { newHome } from "../fixture/home.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [GOOD, BAD, DEAD, CI, ADMIN] = ["good", "bad", "dead", "ci", "admin"].map((name) =>
  fakeSecret(`records_${name}`),
) as [string, string, string, string, string];
const SERVED = 4;
const FAILED = 2;

interface Record_ {
  readonly id: string;
  readonly status: number;
  readonly ended_at: string;
}

const upstream = startUpstream({ otherwise: openai, keys: { [BAD]: unauthorized, [DEAD]: serverError } });
const home = await newHome();
let daemon: Daemon;

beforeAll(async () => {
  const keys = [
    { key: BAD, name: "team-b", priority: 0 },
    { key: GOOD, name: "team-a", priority: 1 },
  ];
  await home.configure({
    auth: { admin_token: ADMIN, client_tokens: [{ name: "ci", token: CI }] },
    usage: { prices: [{ models: [MODEL], input: 1_000, output: 2_000 }] },
    requests: { record_bodies: "on_error" },
    providers: [
      { name: "openai", base_url: upstream.url, test_model: "m", api_keys: keys },
      {
        name: "flaky",
        base_url: upstream.url,
        test_model: "m",
        max_retries: 1,
        api_keys: [{ key: DEAD, name: "main" }],
      },
    ],
  });
  daemon = await home.serve();
  for (let i = 0; i < SERVED; i++) await ask("/v1/chat/completions");
  for (let i = 0; i < FAILED; i++) await ask("/flaky/v1/chat/completions");
  await until("the records", async () => (await list()).length === SERVED + FAILED);
});

afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

function ask(path: string) {
  const { headers, ...request } = chat();
  return daemon.ask(path, {
    ...request,
    headers: { ...(headers as Readonly<Record<string, string>>), authorization: `Bearer ${CI}` },
  });
}

async function list(...args: readonly string[]): Promise<readonly Record_[]> {
  const text = await home.ok(["logs", "--json", ...args]);
  return text === ""
    ? []
    : text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
}

/** What is shown has the offset of the zone, and can be asked for without it. `at`: when the first record ended. */
async function expectClocks(zone: string, at: number): Promise<void> {
  const inZone = (...args: readonly string[]) => home.ok(args, { env: { TZ: zone } });
  const [, date, clock, offset] = /^(\S+) (\S+) (\S+)/.exec(await inZone("logs")) ?? [];
  expect(Math.abs(Date.parse(`${date}T${clock}${offset}`) - at)).toBeLessThan(1_000);
  const local = `${date}T${clock}`;
  const [since, before, month] = await Promise.all([
    inZone("logs", "--json", "--since", local),
    inZone("logs", "--json", "--until", local),
    inZone("stats", "--period", "month"),
  ]);
  expect(since.trimEnd().split("\n")).toHaveLength(SERVED + FAILED);
  expect(before).toBe("");
  expect(month).toMatch(/^Counted from \d{4}-\d\d-01 00:00:00 /);
  expect(month).toContain(`(${zone})`);
}

/** What holds whether the daemon runs or not. */
const QUESTIONS: Readonly<Record<string, () => Promise<void>>> = {
  "what failed, and nothing else": async () => {
    const failed = await list("--errors", "--since", "1h");
    expect(failed.map(({ status }) => status)).toEqual([500, 500]);
    expect(await list("--status", "5xx", "--provider", "flaky", "--token", "ci")).toEqual(failed);
    expect(await list("--errors", "--until", "1h")).toEqual([]);
    expect((await list("--key", "team-b")).length).toBeGreaterThan(0);
  },
  "why, with every attempt and what the provider said": async () => {
    const [{ id = "" } = {}] = await list("--errors");
    const story = await home.ok(["logs", "--id", id]);
    for (const part of ["answered    500, server_error", "Attempt 2: flaky/main failed", "The server had an error"])
      expect(story).toContain(part);
    expect(story).toContain('The client sent:\n  | {"model"');
  },
  "who served what another key refused": async () => {
    const [{ id = "" } = {}] = await list("--key", "team-b");
    const story = await home.ok(["logs", "--id", id]);
    expect(story).toMatch(/^answered {3}200\n/m);
    expect(story).toContain("Attempt 1: openai/team-b failed");
    expect(story).toContain("Attempt 2: openai/team-a served it");
  },
  "what it came to, by each dimension": async () => {
    for (const [by, value, requests] of [
      ["provider", "flaky", FAILED],
      ["key", "team-a", SERVED],
      ["model", MODEL, SERVED + FAILED],
      ["token", "ci", SERVED + FAILED],
      ["status", "200", SERVED],
    ] as const) {
      const { groups, total } = await home.json<Usage>(["stats", "--by", by, "--period", "1h"]);
      expect(total).toMatchObject({ requests: SERVED + FAILED, served: SERVED, failed: FAILED });
      expect(total.cost).toBeGreaterThan(0);
      const found = groups.find((row) => (row.name ?? row.value) === value);
      expect([by, found?.requests]).toEqual([by, requests]);
    }
  },
  "which keys need attention, and what to do": async () => {
    const { exitCode, stdout, stderr } = await home.run(["stats", "attention", "--period", "1h"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/main +flaky +500 +server_error +4 /);
    expect(stdout).toMatch(/team-b +openai +401 +invalid_key +1 /);
    expect(stderr).toMatch(/\n {2}openai-balance keys test [0-9a-f]{12}\n/);
  },
  "by the clocks of who asks, in any time zone": async () => {
    const [first] = await list();
    const at = Date.parse(first?.ended_at ?? "");
    await Promise.all(["Asia/Kathmandu", "America/St_Johns"].map((zone) => expectClocks(zone, at)));
  },
  "names that nothing has": async () => {
    const wrong = await home.run(["logs", "--provider", "flakey"]);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("did you mean flaky")]);
    const gone = await home.run(["logs", "--id", "req_0123456789abcdef01234567"]);
    expect([gone.exitCode, gone.stdout]).toEqual([1, ""]);
    expect(gone.stderr).toContain("No record matches; there are records from ");
  },
};

interface Usage {
  readonly total: UsageRow;
  readonly groups: readonly UsageRow[];
}

interface UsageRow {
  readonly value?: string;
  readonly name?: string;
  readonly requests: number;
  readonly cost: number;
}

describe("while the daemon runs", () => {
  test.each(Object.entries(QUESTIONS))("%s", (_name, question) => question());

  test("status says that requests are recorded", async () => {
    expect(await home.ok(["status"])).toMatch(/^records +written \S+ ago$/m);
  });

  test("logs -f shows what comes, over HTTP too, until Ctrl-C", async () => {
    const env = { env: { OPENAI_BALANCE_TOKEN: ADMIN } };
    const began = new Date().toISOString();
    const followers = [
      home.start(["logs", "-f", "-n", "1", "--token", "ci"]),
      home.start(["logs", "-f", "-n", "0", "--json", "--model", MODEL, "--url", daemon.url], env),
    ];
    await until("what is there", () => followers[0]?.stdout().includes(" 500 "));
    await until("what comes", async () => {
      await ask("/v1/chat/completions");
      return followers.every((each) => /\b200\b/.test(each.stdout()));
    });
    for (const each of followers) each.kill("SIGINT");
    for (const each of followers) expect(await each.ended).toMatchObject({ exitCode: 130, stderr: "" });
    // What came meanwhile is deleted again, and nothing else.
    expect(await home.ok(["logs", "clear", "--since", began, "--yes"])).toMatch(/^Deleted [1-9]\d* records?\n$/);
    expect(await list()).toHaveLength(SERVED + FAILED);
  });
});

describe("without the daemon", () => {
  beforeAll(async () => {
    await daemon.stop();
  });

  test.each(Object.entries(QUESTIONS).filter(([name]) => !/comes|came|zone/.test(name)))("%s", (_name, question) =>
    question(),
  );

  test("logs export gives out every attempt, into a file of one's own", async () => {
    await home.ok(["logs", "export", "--errors", "--file", "failed.jsonl"]);
    const path = join(home.path, "failed.jsonl");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const lines = (await Bun.file(path).text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).tries.length)).toEqual([2, 2]);
  });

  test("logs clear deletes what is meant, and stats go on counting it", async () => {
    expect((await home.run(["logs", "clear", "--errors"])).stderr).toContain("--yes says that it is meant");
    expect(await home.ok(["logs", "clear", "--errors", "--yes"])).toBe(`Deleted ${FAILED} records\n`);
    expect(await list()).toHaveLength(SERVED);
    expect(await home.ok(["logs", "clear", "--all", "--yes"])).toBe(`Deleted ${SERVED} records\n`);
    expect((await home.run(["logs"])).stderr).toBe("No request is recorded yet\n");
    const { total } = await home.json<Usage>(["stats", "--period", "24h"]);
    expect(total).toMatchObject({ failed: FAILED });
  });

  test("where nothing was ever recorded there is nothing to show", async () => {
    await using fresh = await newHome();
    for (const args of [["logs"], ["stats"], ["stats", "attention"], ["logs", "export"]]) {
      const { exitCode, stdout, stderr } = await fresh.run(args);
      expect({ args, exitCode, stdout }).toEqual({ args, exitCode: 0, stdout: "" });
      expect(stderr).toMatch(/^(?:No |no )/);
    }
  });
});
