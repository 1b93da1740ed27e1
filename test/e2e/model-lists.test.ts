// What the log says of model lists that cannot be had, and that requests do not depend on them.
import { expect, test } from "bun:test";
import { chat } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

test("a provider without a model list is told once, with the reason, and serves all the same", async () => {
  await using upstream = startUpstream({ otherwise: openai, listing: () => new Response("gone", { status: 404 }) });
  const closed = "http://127.0.0.1:1/v1";
  const config = JSON.stringify({
    default_provider: "main",
    providers: [
      { name: "main", base_url: upstream.url, api_keys: [fakeSecret("listing_main")] },
      { name: "away", base_url: closed, api_keys: [fakeSecret("listing_away")], max_retries: 0 },
    ],
  });
  await using daemon = await startDaemon(config);
  const lines = () =>
    daemon
      .logs()
      .split("\n")
      .filter((line) => line.includes("Model list not available"));
  await until("both reports", () => lines().length === 2);
  expect(
    lines()
      .toSorted()
      .map((line) => /"provider":"(\w+)","reason":"(\w+)"/.exec(line)?.slice(1)),
  ).toEqual(
    expect.arrayContaining([
      ["main", "http_404"],
      ["away", "upstream_unreachable"],
    ]),
  );
  expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(200);
  daemon.signal("SIGHUP");
  await until("the reload", () => daemon.logs().includes("Reloaded"));
  expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(200);
  expect(lines()).toHaveLength(2);
}, 30_000);
