// Providers behind TLS: HTTP/2 where they offer it, HTTP/1.1 otherwise, and a certificate that nobody vouches for.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chat, closedLoop } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { H2_ERROR, type H2PeerStream, startH2Server } from "../fixture/h2-server.ts";
import { chatEvents, openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const tlsFile = (name: string) => new URL(`../fixture/tls/${name}`, import.meta.url).pathname;
const CA = tlsFile("ca.pem");
const KEYS = [fakeSecret("tls_a"), fakeSecret("tls_b")];

const configOf = (base_url: string, more: object = { ca_file: CA }) =>
  JSON.stringify({ providers: [{ name: "main", base_url, api_keys: KEYS, ...more }] });

/** A request without a body is the daemon's own question for the models. */
function isListing(peer: H2PeerStream): boolean {
  if (peer.bodyBytes > 0) return false;
  peer.answer(200, '{"object":"list","data":[]}');
  return true;
}

function stream(peer: H2PeerStream): void {
  peer.head(200, [["content-type", "text/event-stream"]]);
  for (const event of chatEvents()) peer.data(event);
  peer.data("", true);
}

test("HTTP/2 where the provider offers it: many streams over few connections", async () => {
  await using upstream = await startH2Server({ onRequestEnd: (peer) => isListing(peer) || stream(peer) });
  await using daemon = await startDaemon(configOf(`${upstream.origin}/v1`));
  await closedLoop(50, 500, async () => {
    const answer = await daemon.ask("/v1/chat/completions", chat({ stream: true }));
    expect(answer.text).toBe(chatEvents().join(""));
  });
  expect(upstream.sessions.length).toBeLessThan(50);
});

test("a session that dies under a computing request is no failure for the client", async () => {
  let killed = 0;
  await using upstream = await startH2Server({
    onRequestEnd: (peer) => {
      if (isListing(peer)) return;
      if (killed > 0) return stream(peer);
      killed += 1;
      peer.session.kill();
    },
  });
  await using daemon = await startDaemon(configOf(`${upstream.origin}/v1`));
  for (let index = 0; index < 5; index += 1) {
    const answer = await daemon.ask("/v1/chat/completions", chat({ stream: true }));
    expect(`${answer.text}${answer.status === 200 ? "" : daemon.logs()}`).toBe(chatEvents().join(""));
  }
});

test("a stream that the provider refuses was never executed: also what changes something is sent again", async () => {
  let refused = 0;
  await using upstream = await startH2Server({
    onRequestEnd: (peer) => {
      if (isListing(peer)) return;
      if (refused > 0) return peer.answer(200, '{"id":"batch_1"}');
      refused += 1;
      peer.reset(H2_ERROR.refused);
    },
  });
  await using daemon = await startDaemon(configOf(`${upstream.origin}/v1`));
  const answer = await daemon.ask("/v1/batches", chat());
  expect(answer.text).toBe('{"id":"batch_1"}');
});

test("HTTP/1.1 over TLS where the provider offers nothing else", async () => {
  await using upstream = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { key: Bun.file(tlsFile("localhost.key")), cert: Bun.file(tlsFile("localhost.pem")) },
    fetch: async (request) =>
      openai({
        key: undefined,
        method: request.method,
        path: new URL(request.url).pathname,
        headers: request.headers,
        body: await request.bytes(),
        model: "m",
        signal: request.signal,
      }),
  });
  await using daemon = await startDaemon(configOf(`https://localhost:${upstream.port}/v1`));
  const answer = await daemon.ask("/v1/chat/completions", chat({ stream: true }));
  expect(answer.text).toBe(chatEvents().join(""));
});

test("an unknown authority is a 502 that says so, and no request is sent", async () => {
  let requests = 0;
  await using upstream = await startH2Server({
    onRequest: () => {
      requests += 1;
    },
  });
  await using daemon = await startDaemon(configOf(`${upstream.origin}/v1`, { max_retries: 0 }));
  const answer = await daemon.ask("/v1/chat/completions", chat());
  expect(answer.status).toBe(502);
  expect(answer.json().error.code).toBe("upstream_unreachable");
  expect(requests).toBe(0);
  await until("the cause in the log", () => /certificate|SELF_SIGNED|UNABLE_TO_VERIFY/i.test(daemon.logs()));
});
