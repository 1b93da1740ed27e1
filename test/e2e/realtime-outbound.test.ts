// WebSockets to a provider over TLS through outbound proxies: one that refuses is passed over, one that dies is no fault of a key.
import { expect, setDefaultTimeout, test } from "bun:test";
import { startDaemon } from "../fixture/daemon.ts";
import { proxyUrl, startConnectProxy, startSocksProxy } from "../fixture/outbound-proxy.ts";
import { readPem } from "../fixture/raw-server.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { SocketClient } from "../fixture/socket-client.ts";
import { startSocketServer } from "../fixture/socket-server.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

test.each(["http", "socks5h"] as const)("%s", async (scheme) => {
  await using upstream = await startSocketServer((peer) => void peer.accept().text("ready"), { isTls: true });
  await using good = await (scheme === "http" ? startConnectProxy() : startSocksProxy());
  await using bad = await startConnectProxy({ instead: () => 502 });
  await using daemon = await startDaemon({
    config: JSON.stringify({
      proxies: { urls: [proxyUrl("http", bad), proxyUrl(scheme, good)], bind: "random" },
      providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("rt_out")], ca_file: "ca.pem" }],
    }),
    files: { "ca.pem": readPem("ca.pem") },
  });
  for (let turn = 0; turn < 3; turn += 1) {
    const client = new SocketClient(`${daemon.url}/v1/realtime?model=m`);
    expect(await client.until(1)).toEqual(["ready"]);
    if (turn === 2) good.cut("reset");
    else client.socket.close(1000);
    expect((await client.closed).code).toBe(turn === 2 ? 1011 : 1000);
  }
  expect(good.tunnels).toBeGreaterThanOrEqual(3);
  await until("the record", () => /"msg":"Answer interrupted"/.test(daemon.logs()));
  expect(daemon.logs()).not.toContain("Key ");
});
