// Groups whose own name runs a command: options before and behind the name of another one, slips, and suggestions.
import { describe, expect, test } from "bun:test";
import { NOW } from "../daemon-answers.ts";
import { withDaemon } from "../with-daemon.ts";

const AGO = (days: number) => new Date(NOW - days * 86_400_000).toISOString();

describe("options may stand before the name of the command and behind it", () => {
  test.each([
    ["logs --until 30d clear --yes", "logs.delete", { until: AGO(30) }],
    ["logs --yes --errors clear", "logs.delete", { errors: true }],
    ["logs clear --yes --until=30d --since 40d", "logs.delete", { since: AGO(40), until: AGO(30) }],
    ["logs --json --key clear clear --yes", "logs.delete", { key: "clear" }],
    ["logs --since 3d export", "logs.export", { since: AGO(3) }],
    ["logs -fn 5 list", "logs.list", { sort: "time", limit: 5 }],
    ["logs --key export", "logs.list", { sort: "time", limit: 100, key: "export" }],
    ["stats --period 7d attention", "stats.attention", { period: "7d", zone: expect.any(String), limit: 20 }],
    ["stats -n 3 --by key show", "stats", { period: "24h", by: "key", zone: expect.any(String), limit: 3 }],
    ["jobs --json run recheck", "jobs.run", { job: "recheck", wait: true }],
    ["jobs --no-wait run recheck --json", "jobs.run", { job: "recheck", wait: false }],
    ["providers --json list", "providers", {}],
  ])("%s", async (line, operation, input) => {
    await using place = withDaemon({ "logs.list": { records: [], recording: true } });
    await place.run(line.split(" "));
    const asked = place.daemon.calls.filter(({ name }) => name === operation).map((call) => call.input);
    expect(asked).toContainEqual(input);
  });
});

describe("a slip is told", () => {
  test.each([
    ["logs clera", "error: unknown command 'clera'\n(Did you mean clear?)\n"],
    ["logs --since 3d -n 5 clera", "error: unknown command 'clera'\n(Did you mean clear?)\n"],
    ["logs req_01jn8failed", "error: unknown command 'req_01jn8failed'\n(Did you mean --id req_01jn8failed?)\n"],
    // What only the default command takes is no suggestion.
    ["logs export --limit 3", "error: unknown option '--limit'\n"],
    ["stats attention --by key", "error: unknown option '--by'\n"],
    ["logs export --sinse 3d", "error: unknown option '--sinse'\n(Did you mean --since?)\n"],
  ])("%s", async (line, message) => {
    await using place = withDaemon();
    const { exitCode, out, err } = await place.run(line.split(" "));
    expect({ exitCode, out, err }).toEqual({ exitCode: 2, out: "", err: message });
    expect(place.daemon.calls).toEqual([]);
  });
});
