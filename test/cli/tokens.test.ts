// What the commands on client tokens ask for, and what a person reads of the answers.
import { describe, expect, test } from "bun:test";
import { EXIT } from "../../src/core/exit-codes.ts";
import { NOW, TOKENS } from "./daemon-answers.ts";
import { withDaemon } from "./with-daemon.ts";

describe("tokens add", () => {
  test("asks for what its options say", async () => {
    await using place = withDaemon();
    const options = {
      "--name": "ci",
      "--models": "gpt-4o-mini, text-*",
      "--providers": "openai",
      "--operations": "chat/completions,embeddings",
      "--cidrs": "10.0.0.0/8,::1",
      "--expires": "90d",
      "--rpm": "60",
      "--tpm": "100k",
      "--tpd": "2M",
      "--budget": "20/month",
      "--concurrency": "5",
      "--day": "Europe/Berlin",
    };
    await place.run(["tokens", "add", ...Object.entries(options).flat()]);
    expect(place.daemon.lastInput("tokens.add")).toEqual({
      name: "ci",
      models: ["gpt-4o-mini", "text-*"],
      providers: ["openai"],
      operations: ["chat/completions", "embeddings"],
      cidrs: ["10.0.0.0/8", "::1"],
      expires: new Date(NOW + 90 * 86_400_000).toISOString(),
      rpm: "60",
      tpm: "100k",
      tpd: "2M",
      budget: { amount: 20, per: "month" },
      concurrency: "5",
      day: "Europe/Berlin",
    });
  });

  test.each([
    ["7.5", { amount: 7.5, per: "month" }],
    ["5/day", { amount: 5, per: "day" }],
    ["100/total", { amount: 100, per: "total" }],
  ])("a budget of %s", async (text, budget) => {
    await using place = withDaemon();
    await place.run(["tokens", "add", "--budget", text, "--expires", "2027-01-01"]);
    expect(place.daemon.lastInput("tokens.add")).toEqual({ budget, expires: "2027-01-01" });
  });

  test("an end that is neither a moment nor a length of time is refused, with both of them named", async () => {
    await using place = withDaemon();
    const { exitCode, err } = await place.run(["tokens", "add", "--expires", "yesterday"]);
    const said = "Cannot use --expires: expected a date such as 2027-01-01, a time, or how long from now: 90d\n";
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: said });
  });

  test.each(["9999999d", "100000000d"])("an end in %s is for the daemon to refuse", async (expires) => {
    await using place = withDaemon();
    await place.run(["tokens", "add", "--expires", expires]);
    expect(place.daemon.lastInput("tokens.add")).toEqual({ expires });
  });

  test.each(["ten", "5/week", "-1", "$5"])("no budget of %j", async (text) => {
    await using place = withDaemon();
    const { exitCode, err } = await place.run(["tokens", "add", `--budget=${text}`]);
    expect([exitCode, err]).toEqual([
      EXIT.usage,
      "Cannot use --budget: expected an amount such as 20/month or 5/day\n",
    ]);
  });

  test("prints the secret alone, and says on the error stream what it is", async () => {
    await using place = withDaemon();
    const { out, err } = await place.run(["tokens", "add", "--name", "ci"]);
    expect(out).toBe("oab-fake-of-a-test\n");
    expect(err).toContain("Added the client token old, id 71be02cc9d10. Its secret, shown this once:");
    const quiet = await place.run(["tokens", "add", "--name", "ci", "--quiet"]);
    expect([quiet.out, quiet.err]).toEqual(["oab-fake-of-a-test\n", ""]);
  });

  test("says that the first one changes who is let in, also with --quiet", async () => {
    const token = { ...(TOKENS[0] as (typeof TOKENS)[number]), limits: [] };
    await using place = withDaemon({ "tokens.add": { token, secret: "oab-fake-of-a-test", first: true } });
    const { err } = await place.run(["tokens", "add", "--quiet"]);
    expect(err).toBe("It is the first one: from now on every request needs a client token\n");
  });
});

describe("tokens list", () => {
  test("shows limits, use and end", async () => {
    await using place = withDaemon({ "tokens.list": { tokens: [...TOKENS] } });
    const { out } = await place.run(["tokens", "list"]);
    expect(out).toBe(
      [
        "ID            NAME  FROM     STATUS   LAST USED  REQUESTS  ENDS IN  LIMITS                                                      MAY USE",
        "9d1c33a07b52  team  config   active   21s ago       18204",
        "2facc60905be  ci    command  active   3m ago          412  90d      rpm 3/60, tpd 125k/2M, 1/5 at once, budget 1.25/20 a month  models gpt-4o-mini, text-embedding-*; providers openai",
        "71be02cc9d10  old   command  expired  never             0",
        "",
      ].join("\n"),
    );
  });

  test("says how to make the first one, and why the store is closed", async () => {
    await using place = withDaemon({ "tokens.list": { tokens: [], store_fault: "The token store is odd" } });
    const { out, err } = await place.run(["tokens", "list"]);
    expect(out).toBe("");
    expect(err).toContain("The token store is odd\nThere is no client token.");
  });
});

describe("tokens rotate", () => {
  test("asks for a grace, and prints the secret alone", async () => {
    const token = { ...(TOKENS[2] as (typeof TOKENS)[number]), name: "ci" };
    const previous_until = new Date(NOW + 86_400_000).toISOString();
    await using place = withDaemon({ "tokens.rotate": { token, secret: "oab-fake-of-a-test", previous_until } });
    const { out, err } = await place.run(["tokens", "rotate", "ci", "--grace", "24h"]);
    expect(place.daemon.lastInput("tokens.rotate")).toEqual({ token: "ci", grace: "24h" });
    expect([out, err]).toEqual([
      "oab-fake-of-a-test\n",
      "The old one ends in 24h. The secret of ci, shown this once:\n",
    ]);
  });
});

describe("tokens revoke", () => {
  test("asks on a terminal, and needs --yes elsewhere", async () => {
    await using place = withDaemon();
    const refused = await place.run(["tokens", "revoke", "ci"]);
    expect([refused.exitCode, refused.err]).toEqual([
      EXIT.usage,
      "Revoked tokens cannot be brought back: --yes says that it is meant\n",
    ]);
    expect(place.daemon.lastInput("tokens.revoke")).toBeUndefined();
    const { out } = await place.run(["tokens", "revoke", "ci", "-y"]);
    expect(out).toBe("Revoked ci\n");
  });

  test("says what it could not revoke, and that nothing keeps others out any more", async () => {
    const answer = {
      revoked: [{ id: "2facc60905be", name: "ci", source: "token store" as const }],
      refused: [
        {
          id: "9d1c33a07b52",
          name: "team",
          source: "configuration" as const,
          why: "it comes from the environment: change it there",
        },
      ],
      open: true,
    };
    await using place = withDaemon({ "tokens.revoke": answer });
    const { exitCode, err } = await place.run(["tokens", "revoke", "ci", "team", "-y"]);
    expect(exitCode).toBe(EXIT.failed);
    expect(err).toBe(
      "Cannot revoke team: it comes from the environment: change it there\nNo client token is left: every program on the daemon's machine may use the keys without one\n",
    );
  });
});
