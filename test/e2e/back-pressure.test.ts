// A client that reads nothing of a huge answer: little is buffered, and the upstream is paused.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { MODEL } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { openConnection, requestText } from "../fixture/raw-client.ts";
import { type RawCall, startRawUpstream } from "../fixture/raw-upstream.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const MIB = 1024 * 1024;
const TOTAL = 1024 * MIB;
/** What the kernel may hold for two loopback connections, both directions of tcp_wmem and tcp_rmem at their usual maximum. */
const KERNEL = 2 * (4 + 6) * MIB;
const BUFFERED = 16 * MIB;

const upstream = await startRawUpstream();
const daemon = await startDaemon(
  JSON.stringify({ providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("pressure")] }] }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

const EVENT = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "x".repeat(65_400) } }] })}\n\n`;

const FILE = "Content-Type: application/octet-stream";
const RANGE = `${FILE}\r\nContent-Range: bytes 1-${TOTAL}/${2 * TOTAL}`;

test.each([
  ["a download", `200 OK\r\n${FILE}`, "GET /v1/files/f/content", ""],
  ["a range", `206 Partial Content\r\n${RANGE}`, "GET /v1/files/f/content", ""],
  [
    "a stream",
    "200 OK\r\nContent-Type: text/event-stream",
    "POST /v1/chat/completions",
    `{"model":"${MODEL}","stream":true}`,
  ],
])("of %s of 1 GB", async (_name, head, line, body) => {
  let sent = 0;
  upstream.answer = (call) => {
    call.socket.write(`HTTP/1.1 ${head}\r\nContent-Length: ${TOTAL}\r\n\r\n`);
    void pour(call, Buffer.from(EVENT), (bytes) => {
      sent += bytes;
    });
  };
  const before = await daemon.memory();
  using client = await openConnection(daemon.url);
  client.socket.pause();
  client.send(requestText(line, ["Content-Type: application/json"], body));
  await until("the upstream to be paused", () => restsAt(() => sent), 30_000);
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThan(BUFFERED + KERNEL);
  expect((await daemon.memory()) - before).toBeLessThan(BUFFERED + 16 * MIB);
  const call = upstream.calls.at(-1);
  client.socket.destroy();
  await call?.closed;
});

test("a slow reader gets every byte", async () => {
  const size = 32 * MIB;
  upstream.answer = (call) => {
    call.socket.write(`HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: ${size}\r\n\r\n`);
    void pour(call, Buffer.alloc(64 * 1024, "ab"), () => undefined, size);
  };
  const answer = await fetch(`${daemon.url}/v1/audio/speech`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `{"model":"${MODEL}"}`,
  });
  let received = 0;
  for await (const chunk of answer.body ?? []) {
    received += chunk.length;
    if (received % (4 * MIB) < chunk.length) await Bun.sleep(1);
  }
  expect(received).toBe(size);
});

/** Writes until `total`, waiting whenever the socket says so; reports what was handed to the kernel. */
async function pour(call: RawCall, piece: Buffer, onSent: (bytes: number) => void, total = TOTAL): Promise<void> {
  let left = total;
  let isOpen = true;
  void call.closed.then(() => {
    isOpen = false;
  });
  while (left > 0 && isOpen) {
    const part = piece.subarray(0, left);
    left -= part.length;
    const handed = new Promise<void>((resolve) => call.socket.write(part, () => resolve()));
    await Promise.race([handed, call.closed]);
    onSent(part.length);
  }
}

/** Whether the count stood still for a while after it began. */
async function restsAt(count: () => number): Promise<boolean> {
  const before = count();
  await Bun.sleep(700);
  return before > 0 && before === count();
}
