// Signals in any order and number: none of them cuts what is in flight.
import { expect, test } from "bun:test";
import { startDaemon } from "../fixture/daemon.ts";
import { sendJson, startRawUpstream } from "../fixture/raw-upstream.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { until } from "../fixture/until.ts";

test("a SIGHUP while the daemon drains is ignored", async () => {
  await using upstream = await startRawUpstream(() => undefined);
  const providers = [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("security_signals")] }];
  await using daemon = await startDaemon(JSON.stringify({ providers }));
  const running = daemon.ask("/v1/files");
  const call = await until("the call", () => upstream.calls[0]);
  daemon.signal("SIGTERM");
  await until("the drain", () => daemon.logs().includes('"in_flight":1'));
  daemon.signal("SIGHUP");
  sendJson(call, 200, { ok: true });
  expect((await running).status).toBe(200);
  expect(await daemon.exited).toBe(0);
}, 20_000);

test("a storm of reloads while requests run fails none of them", async () => {
  await using upstream = await startRawUpstream();
  const providers = [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("security_storm")] }];
  await using daemon = await startDaemon(JSON.stringify({ providers }));
  for (let round = 0; round < 30; round += 1) {
    daemon.signal("SIGHUP");
    const answers = await Promise.all(Array.from({ length: 5 }, () => daemon.ask("/v1/files")));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  }
}, 20_000);
