// Stopping while much is going on: what was taken is answered whole, and what is not answered was never taken.
import { expect, setDefaultTimeout, test } from "bun:test";
import { events, wantsStream } from "../fixture/behaviours.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { chatEvents } from "../fixture/openai-answers.ts";
import { openConnection, type RawConnection, requestText } from "../fixture/raw-client.ts";
import { refusesConnections } from "../fixture/refuses-connections.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(2 * TEST_DEADLINE_MS);

const STREAMS = 100;
/** Half of them open a connection for each request, the others keep theirs. */
const CLIENTS = 16;
/** So many are answered before the signal. */
const BEFORE = 300;

/** What became of each short request, by its number. */
interface Load {
  readonly whole: Set<number>;
  readonly failed: Set<number>;
  /** Sent after another one on a connection that was kept, whose end nothing had announced. */
  readonly cut: Set<number>;
}

test("SIGTERM under 100 streams and steady load loses no request that was taken", async () => {
  const gate = Promise.withResolvers<void>();
  const held = async function* () {
    const all = chatEvents();
    yield all.slice(0, 2).join("");
    await gate.promise;
    yield all.slice(2).join("");
  };
  const taken = new Set<number>();
  await using upstream = startUpstream({
    listing: () => Response.json({ object: "list", data: [] }),
    otherwise: (call) => {
      if (wantsStream(call)) return events(held());
      const number = Number(call.model?.replace("short-", ""));
      taken.add(number);
      return Response.json({ id: endOf(number) });
    },
  });
  const providers = [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("under load")] }];
  await using daemon = await startDaemon(JSON.stringify({ providers }));
  await using connections = new AsyncDisposableStack();
  const streams = await Promise.all(Array.from({ length: STREAMS }, () => openConnection(daemon.url)));
  for (const stream of streams) connections.use(stream).send(requestOf("streamed", true));
  await Promise.all(streams.map((stream) => stream.untilReceived("Hello")));

  const load: Load = { whole: new Set(), failed: new Set(), cut: new Set() };
  let next = 0;
  const clients = Array.from({ length: CLIENTS }, (_, at) =>
    client(daemon.url, load, { keeps: at % 2 === 0, next: () => next++ }),
  );
  await until("the load", () => load.whole.size >= BEFORE);
  daemon.signal("SIGTERM");
  // Each goes on until it is refused.
  await Promise.all(clients);
  await until("the end of listening", () => refusesConnections(daemon.url));

  gate.resolve();
  const texts = await Promise.all(streams.map((stream) => stream.untilReceived("[DONE]")));
  expect(texts.filter((text) => text.includes('"error"'))).toEqual([]);
  expect(await daemon.exited).toBe(0);

  expect(load.whole.size).toBeGreaterThanOrEqual(BEFORE);
  expect(load.failed.size).toBe(CLIENTS);
  expect([...load.failed].filter((number) => taken.has(number))).toEqual([]);
  expect([...load.cut]).toEqual([]);
  expect(upstream.count()).toBe(STREAMS + taken.size);
  expect(taken.size).toBe(load.whole.size);
});

interface ClientOptions {
  /** One connection for all requests. */
  readonly keeps: boolean;
  readonly next: () => number;
}

/** One request after the other, until one has no answer. */
async function client(url: string, load: Load, { keeps, next }: ClientOptions): Promise<void> {
  let connection: RawConnection | undefined;
  for (;;) {
    const number = next();
    const isKept = connection !== undefined;
    try {
      connection ??= await openConnection(url);
      connection.send(requestOf(`short-${number}`, false));
      await connection.untilReceived(endOf(number));
      load.whole.add(number);
    } catch {
      load.failed.add(number);
      if (isKept) load.cut.add(number);
      connection?.socket.destroy();
      return;
    }
    // Whoever answers the last request of a connection says so.
    if (keeps && !/connection: close/i.test(connection.received())) continue;
    connection.socket.destroy();
    connection = undefined;
  }
}

function requestOf(model: string, stream: boolean): string {
  return requestText(
    "POST /v1/chat/completions",
    ["Content-Type: application/json"],
    JSON.stringify({ model, stream, messages: [] }),
  );
}

function endOf(number: number): string {
  return `answer-${number}-end`;
}
