// TLS: the protocol that ALPN chooses, trusted authorities, and the compiled binary.
import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { createSecureServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificate, readPem, startRawServer } from "../../fixture/raw-server.ts";
import { callOf, run, tally, testTransport } from "./run-exchange.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const TRANSPORT = join(import.meta.dir, "../../../src/upstream/undici-transport.ts");

test.each([
  ["HTTP/1.1 by ALPN", ["http/1.1"], true],
  ["no ALPN at all", undefined, true],
  ["both, HTTP/2 not allowed", ["h2", "http/1.1"], false],
])("uses HTTP/1.1 with a server of %s, and each connection again", async (_name, alpn, allowHttp2) => {
  await using server = await startRawServer({
    certificate: "localhost",
    ...(alpn === undefined ? {} : { alpn }),
    onRequest: ({ socket }) => socket.write(OK),
  });
  await using transport = testTransport(allowHttp2);
  const burst = () => Promise.all(Array.from({ length: 8 }, () => run(transport, callOf(server.origin))));
  expect(tally(await burst())).toEqual({ complete: 8 });
  expect(server.sockets).toHaveLength(8);
  expect(tally(await burst())).toEqual({ complete: 8 });
  expect(server.sockets).toHaveLength(8);
});

test("one call at a time needs one connection over HTTP/1.1 and TLS", async () => {
  await using server = await startRawServer({
    certificate: "localhost",
    alpn: ["http/1.1"],
    onRequest: ({ socket }) => socket.write(OK),
  });
  await using transport = testTransport();
  for (let call = 0; call < 5; call++) await run(transport, callOf(server.origin));
  expect(server.sockets).toHaveLength(1);
});

test("speaks HTTP/2 with Bun's own server: headers, bodies, trailers of 20 MB both ways", async () => {
  await using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    http2: true,
    maxRequestBodySize: 64_000_000,
    tls: certificate("localhost"),
    async fetch(request) {
      const body = await request.arrayBuffer();
      const seen = { method: request.method, url: request.url, headers: [...request.headers] };
      return new Response(body, { status: 201, headers: { "x-seen": JSON.stringify(seen) } });
    },
  });
  await using transport = testTransport();
  const body = Buffer.alloc(20_000_000, "0123456789abcdef-");
  const origin = `https://localhost:${server.port}`;
  const report = await run(
    transport,
    callOf(origin, { body, headers: ["X-Twice", "1", "x-twice", "2", "a", "caf\xe9"] }),
  );
  expect([report.status, report.end.kind, report.body.equals(body)]).toEqual([201, "complete", true]);
  const seen = JSON.parse(report.headers.find(([name]) => name === "x-seen")?.[1] ?? "");
  expect(seen.method).toBe("POST");
  expect(seen.url).toBe(`${origin}/v1/x?y=1`);
  expect(Object.fromEntries(seen.headers)).toMatchObject({ "x-twice": "1, 2", "content-length": "20000000" });
});

test("speaks HTTP/2 with node:http2: interim answers, repeated headers, trailers, HEAD, 204", async () => {
  const server = createSecureServer(certificate("localhost"));
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    if (headers[":method"] === "HEAD")
      return stream.respond({ ":status": 200, "content-length": 9 }, { endStream: true });
    if (headers[":path"] === "/204") return stream.respond({ ":status": 204 }, { endStream: true });
    stream.additionalHeaders({ ":status": 103, link: "</x>" });
    stream.respond(
      { ":status": 200, "set-cookie": ["a=1", "b=2"], "x-own": String(headers["x-own"]) },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-trailer": "1" }));
    stream.end("body");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  {
    await using transport = testTransport();
    const report = await run(transport, callOf(origin, { headers: ["X-Own", "1"] }));
    expect([report.status, report.body.toString(), report.end.kind]).toEqual([200, "body", "complete"]);
    expect(report.headers).toContainEqual(["set-cookie", "a=1"]);
    expect(report.headers).toContainEqual(["set-cookie", "b=2"]);
    expect(report.headers).toContainEqual(["x-own", "1"]);
    expect((await run(transport, callOf(origin, { method: "HEAD" }))).events).toEqual(["head", "end"]);
    expect((await run(transport, callOf(origin, { path: "/204" }))).status).toBe(204);
  }
  server.close();
});

test("NODE_EXTRA_CA_CERTS is trusted without any option", async () => {
  await using server = await startRawServer({ certificate: "localhost", onRequest: ({ socket }) => socket.write(OK) });
  const ca = new URL("../../fixture/tls/ca.pem", import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, "-e", `${sender("")}`, server.origin], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: ca },
    stderr: "inherit",
  });
  expect(await new Response(child.stdout).text()).toBe("200 complete\n");
});

test("NODE_TLS_REJECT_UNAUTHORIZED=0 shows nothing to a server of unknown authority", async () => {
  let count = 0;
  await using server = await startRawServer({ certificate: "localhost", onRequest: () => void count++ });
  const child = Bun.spawn([process.execPath, "-e", `${sender("")}`, server.origin], {
    env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    stderr: "ignore",
  });
  expect(await new Response(child.stdout).text()).toBe("undefined never-sent\n");
  expect(count).toBe(0);
});

test("a compiled binary really sends", async () => {
  await using plain = await startRawServer({ onRequest: ({ socket }) => socket.write(OK) });
  await using secure = await startRawServer({ certificate: "localhost", onRequest: ({ socket }) => socket.write(OK) });
  const folder = await mkdtemp(join(tmpdir(), "transport-"));
  try {
    const source = join(folder, "main.ts");
    const binary = join(folder, "main");
    await Bun.write(source, sender(readPem("ca.pem")));
    const build = Bun.spawnSync([process.execPath, "build", "--compile", "--minify", source, "--outfile", binary]);
    expect(build.exitCode).toBe(0);
    for (const origin of [plain.origin, secure.origin]) {
      const child = Bun.spawn([binary, origin], { stderr: "inherit" });
      expect(await new Response(child.stdout).text()).toBe("200 complete\n");
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** A program that sends one request to its argument and prints how it ended. */
function sender(ca: string): string {
  return `
    import { createUndiciTransport } from ${JSON.stringify(TRANSPORT)};
    const transport = createUndiciTransport(${ca === "" ? "{}" : JSON.stringify({ ca })});
    const call = { origin: process.argv.at(-1), path: "/", method: "GET", headers: [], body: null, connectMs: 5000 };
    let status;
    transport.start(call, {
      onHead(head) { status = head; },
      onData() {},
      onEnd(end) { process.stdout.write(status + " " + end.kind + "\\n"); process.exit(0); },
    });`;
}
