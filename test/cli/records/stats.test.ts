// `stats` and `stats attention`: what is asked, how counts look, and what to do about keys that fail.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sparkline } from "../../../src/cli/records/sparkline.ts";
import { Refusal } from "../fake-daemon.ts";
import { ATTENTION, USAGE } from "../record-answers.ts";
import { withDaemon } from "../with-daemon.ts";

const before = process.env.TZ;
beforeEach(() => {
  process.env.TZ = "Asia/Kathmandu";
});
afterEach(() => {
  process.env.TZ = before ?? "UTC";
  if (before === undefined) delete process.env.TZ;
});

describe("stats", () => {
  test.each([
    [[], { period: "24h", limit: 20 }],
    [["--period", "month", "--by", "key", "-n", "5"], { period: "month", by: "key", limit: 5 }],
  ])("%j, in the zone of who asks", async (more, input) => {
    await using place = withDaemon();
    await place.run(["stats", ...more]);
    expect(place.daemon.lastInput("stats")).toEqual({ ...input, zone: "Asia/Kathmandu" });
  });

  test("says since when it counted, and has a row for each and for all", async () => {
    await using place = withDaemon();
    expect(await place.run(["stats", "--by", "provider"])).toEqual({
      exitCode: 0,
      out: [
        "Counted from 2026-02-28 17:45:00 +05:45 to 2026-03-01 17:45:00 +05:45 (Asia/Kathmandu)",
        "PROVIDER  REQUESTS  SUCCESS  FAILED  REFUSED  LEFT            ATTEMPTS   TOKENS IN      OUT   COST  TIME P50  TIME P95  FIRST BYTE P50  FIRST BYTE P95",
        "openai      27,617   99.25%       5      200    50  27,900, 283 failed  12,345,678  456,789  12.35     911ms      4.2s           240ms           900ms",
        "deepseek        88     100%                                         88",
        "all         27,705   99.25%       5      200    50  27,900, 283 failed  12,345,678  456,789  12.35     911ms      4.2s           240ms           900ms",
        "",
      ].join("\n"),
      err: "3 more: --limit shows them\n88 requests of models without a price in usage.prices: the cost is without them\n",
    });
  });

  test("without --by has one row", async () => {
    await using place = withDaemon({ stats: { ...USAGE, groups: [], more: 0 } });
    const { out } = await place.run(["stats"]);
    expect(out.trimEnd().split("\n")).toHaveLength(3);
    expect(out).not.toContain("PROVIDER");
  });

  test("by key tells name and id, also of one without a name", async () => {
    const groups = USAGE.groups.map((row, at) => ({ ...row, value: `id${at}`, ...(at === 0 && { name: "team-a" }) }));
    await using place = withDaemon({ stats: { ...USAGE, groups } });
    const { out } = await place.run(["stats", "--by", "key"]);
    expect(out).toMatch(/^team-a {2,}id0 /m);
    expect(out).toMatch(/^id1 {2,}id1 /m);
  });

  test("on a terminal draws how requests and failures came", async () => {
    await using place = withDaemon();
    const { out } = await place.run(["stats"], { isTerminal: true, columns: 80, env: { NO_COLOR: "1" } });
    expect(out).toMatch(/^requests [ ▁▂▃▄▅▆▇█]{40,}$/m);
    expect(out).toMatch(/^failed {3}[ █]{40,}$/m);
    expect((await place.run(["stats"])).out).not.toMatch(/[▁▂▃▄▅▆▇█]/);
  });

  test.each([
    [{ requests: 1_000, served: 999, failed: 1, left: 0 }, "99.90%"],
    [{ requests: 100_000, served: 99_999, failed: 1, left: 0 }, "99.99%"],
    [{ requests: 10, served: 8, failed: 1, left: 1 }, "88%"],
    [{ requests: 3, served: 0, failed: 0, left: 3 }, ""],
  ])("success of %j is %p", async (counts, share) => {
    const total = { ...USAGE.total, refused: 0, ...counts };
    await using place = withDaemon({ stats: { ...USAGE, total, groups: [] } });
    const { out } = await place.run(["stats"]);
    expect(out.includes("SUCCESS")).toBe(share !== "");
    if (share !== "") expect(out).toContain(` ${share} `);
  });

  test.each(["0", "1001", "many"])("refuses %s rows", async (limit) => {
    await using place = withDaemon();
    for (const args of [["stats"], ["stats", "attention"]]) {
      const { exitCode, err } = await place.run([...args, "-n", limit]);
      expect([exitCode, err]).toEqual([2, "Cannot use --limit: expected a whole number from 1 to 1000\n"]);
    }
  });

  test("of a time without requests says so", async () => {
    const total = { ...USAGE.total, requests: 0 };
    await using place = withDaemon({ stats: { ...USAGE, total, groups: [] } });
    expect(await place.run(["stats", "--period", "1h"])).toEqual({
      exitCode: 0,
      out: "",
      err: "No request was counted from 2026-02-28 17:45:00 +05:45 to 2026-03-01 17:45:00 +05:45 (Asia/Kathmandu)\n",
    });
  });
});

describe("sparkline", () => {
  test.each([
    [[], 10, ""],
    [[0, 0], 10, "  "],
    [[1, 2, 3, 4, 5, 6, 7, 8], 8, "▁▂▃▄▅▆▇█"],
    [[0, 1, 1_000], 3, " ▁█"],
    [[1, 1, 2, 2], 2, "▄█"],
    [[1, 1, 1, 1, 1], 2, "█▆"],
  ])("%j in %d columns is %p", (numbers, width, drawn) => {
    expect(sparkline(numbers, width)).toBe(drawn);
  });
});

describe("stats attention", () => {
  test("lists keys by their failures since when it counted, and the commands that help", async () => {
    await using place = withDaemon();
    const { exitCode, out, err } = await place.run(["stats", "attention", "--period", "7d", "--status", "4xx"]);
    const asked = { period: "7d", status: "4xx", limit: 20, zone: "Asia/Kathmandu" };
    expect(place.daemon.lastInput("stats.attention")).toEqual(asked);
    expect(exitCode).toBe(0);
    expect(out.split("\n").slice(0, 3)).toEqual([
      "Counted from 2026-02-28 17:45:00 +05:45 to 2026-03-01 17:45:00 +05:45 (Asia/Kathmandu)",
      "ID            KEY          PROVIDER  STATUS  OUTCOME       FAILED   OF  LAST    NOW",
      "0b6e1c55f0d1  team-b       openai       401  invalid_key      240  412  7m ago  invalid",
    ]);
    expect(err).toContain("\n  openai-balance keys test 0b6e1c55f0d1\n");
    expect(err).toContain("\n  openai-balance keys reset e4019c7a5532\n");
    expect(err).toContain(
      "\nsk-f...0003 of openai failed with timeout: see what the provider said\n  openai-balance logs --id req_01jn8failed\n",
    );
    expect(place.daemon.lastInput("logs.get")).toEqual({ key: "77aa21d3c9fe", at: "2026-03-01T11:53:00.000Z" });
    expect(err).not.toContain("ffffffffffff");
  });

  test("helps with a key once, and not with one that is kept out already", async () => {
    const [row] = ATTENTION.keys;
    const keys =
      row === undefined ? [] : [row, { ...row, status: 403 }, { ...row, key_id: "b", state: "disabled" as const }];
    await using place = withDaemon({ "stats.attention": { ...ATTENTION, keys } });
    const { err } = await place.run(["stats", "attention"]);
    expect(err.match(/keys test/g)).toHaveLength(1);
  });

  test("tells once of keys that failed alike, by the last of their failures, though its record is gone", async () => {
    const row = { ...ATTENTION.keys[0], provider: "openai", outcome: "overloaded", state: "ready" } as const;
    const keys = ["a", "b", "c"].map((key_id, at) => ({
      ...{ ...row, key_id, key: key_id, failures: 9, attempts: 30 },
      last_at: `2026-03-01T11:0${at}:00.000Z`,
    }));
    const gone = new Refusal("No record tells of a failure of this key", 1);
    await using place = withDaemon({ "stats.attention": { ...ATTENTION, keys }, "logs.get": gone });
    expect((await place.run(["stats", "attention"])).err).toBe(
      "What to do next:\n3 keys of openai failed with overloaded: see what the provider said\n  openai-balance logs --key c\n",
    );
  });

  test("does not say of a key that works again that it is refused", async () => {
    const keys = ATTENTION.keys.slice(0, 2).map((row) => ({ ...row, state: "ready" as const }));
    await using place = withDaemon({ "stats.attention": { ...ATTENTION, keys } });
    const { err } = await place.run(["stats", "attention"]);
    expect(err).toContain("team-b of openai failed with invalid_key: see what the provider said\n");
    expect(err).not.toMatch(/is refused|no credit left|keys /);
  });

  test("says so where no key failed", async () => {
    await using place = withDaemon({ "stats.attention": { ...ATTENTION, keys: [] } });
    expect(await place.run(["stats", "attention"])).toEqual({
      exitCode: 0,
      out: "",
      err: "No key failed from 2026-02-28 17:45:00 +05:45 to 2026-03-01 17:45:00 +05:45 (Asia/Kathmandu)\n",
    });
  });
});

describe("that nothing is recorded", () => {
  const total = { ...USAGE.total, requests: 0 };
  test.each([
    [["stats"], { stats: { ...USAGE, total, groups: [], recording: false } }],
    [["stats", "--by", "key"], { stats: { ...USAGE, recording: false } }],
    [["stats", "attention"], { "stats.attention": { ...ATTENTION, keys: [], recording: false } }],
    [["stats", "attention"], { "stats.attention": { ...ATTENTION, recording: false } }],
  ])("%j says, with what turns it on", async (args, answers) => {
    await using place = withDaemon(answers);
    expect((await place.run(args)).err).toEndWith(
      "Requests are not recorded, since requests.enabled is false. This turns it on:\n  openai-balance config set requests.enabled true\n",
    );
  });

  test("since it cannot be written says why", async () => {
    await using place = withDaemon({ stats: { ...USAGE, fault: "The disk is full" } });
    expect((await place.run(["stats"])).err).toEndWith("Requests cannot be recorded at present: The disk is full\n");
  });
});
