// A reload never opens what the start had closed, and never forgets that a secret is one.
import { expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Daemon, startDaemon } from "../fixture/daemon.ts";
import { sendJson, startRawUpstream } from "../fixture/raw-upstream.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { until } from "../fixture/until.ts";

const TOKEN = fakeSecret("security_reload_token");

test("a socket that other machines reach stays closed to them when the token goes", async () => {
  await using upstream = await startRawUpstream();
  const config = (host: string, tokens: readonly string[]) =>
    JSON.stringify({
      server: { host },
      auth: { client_tokens: tokens },
      providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("security_reload_key")] }],
    });
  await using daemon = await startDaemon(config("0.0.0.0", [TOKEN]));
  await daemon.writeConfig(config("127.0.0.1", [TOKEN]));
  await reload(daemon, '"msg":"Reloaded"');
  await daemon.writeConfig(config("127.0.0.1", []));
  await reload(daemon, "Reload refused");
  expect(daemon.logs()).toContain("auth.client_tokens: other machines reach this daemon");
  expect((await daemon.ask("/v1/files")).status).toBe(401);
  expect((await daemon.ask("/v1/files", { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200);
}, 20_000);

test("a key that a reload removed is still masked in the log of a request that uses it", async () => {
  await using upstream = await startRawUpstream(() => undefined);
  const [removed, added] = [fakeSecret("security_removed"), fakeSecret("security_added")];
  const config = (key: string) =>
    JSON.stringify({ providers: [{ name: "main", base_url: upstream.url, api_keys: [key], max_retries: 0 }] });
  await using daemon = await startDaemon(config(removed));
  const running = daemon.ask("/v1/files");
  const call = await until("the call", () => upstream.calls[0]);
  await daemon.writeConfig(config(added));
  await reload(daemon, '"msg":"Reloaded"');
  sendJson(call, 401, { error: { message: `Incorrect API key provided: ${removed}`, code: "invalid_api_key" } });
  expect((await running).text).not.toContain(removed);
  await until("the record", () => daemon.logs().includes("Incorrect API key provided"));
  expect(daemon.logs()).not.toContain(removed);
}, 20_000);

test("a file that is gone or broken at a reload does not end the daemon", async () => {
  await using upstream = await startRawUpstream();
  const config = (more: object) =>
    JSON.stringify({ providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("gone")], ...more }] });
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const files = { "some.env": "A=b\n", "ca.pem": broken };
  await using daemon = await startDaemon({ config: config({}), files, args: ["--env-file", "some.env"] });
  await daemon.writeConfig(config({ ca_file: "ca.pem" }));
  await reload(daemon, "expected a file with PEM certificates");
  await rm(join(daemon.folder, "some.env"));
  await reload(daemon, "Cannot read some.env (named by --env-file)");
  expect((await daemon.ask("/v1/files")).status).toBe(200);
}, 20_000);

async function reload(daemon: Daemon, text: string): Promise<void> {
  daemon.signal("SIGHUP");
  await until(text, () => daemon.logs().includes(text));
}
