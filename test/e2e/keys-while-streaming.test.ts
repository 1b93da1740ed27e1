// Keys and settings change while 100 streams run: every stream delivers exactly its bytes, in order, to the end.
import { expect, setDefaultTimeout, test } from "bun:test";
import { events, serverError } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import type { Daemon } from "../fixture/daemon.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { chatEvents } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Call, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const STREAMS = 100;
const WORDS = 200;
/** A word of each stream goes out so often while a command runs. */
const WORD_EVERY_MS = 20;

const keyOf = (name: string) => fakeSecret(`streaming_${name}`);

test("keys add, disable, remove, reload and config set while 100 streams run", async () => {
  const pace = new Pace();
  await using upstream = startUpstream({
    otherwise: (call) => events(paced(piecesOf(call.model ?? ""), pace)),
    listing: serverError,
  });
  await using home = await newHome();
  const keys = ["a", "b"].map((name) => ({ key: keyOf(name), name }));
  const config = { providers: [{ name: "main", base_url: upstream.url, api_keys: keys }] };
  await home.configure(config);
  await home.addKeys([keyOf("stored")], "--name", "stored");
  const daemon = await home.serve();
  const streams = Array.from({ length: STREAMS }, (_, index) => openStream(daemon, `model-${index}`));
  await until("all streams at the upstream", () => upstream.calls.length === STREAMS);
  const used = new Set(upstream.calls.map(({ key }) => key));
  expect(used).toEqual(new Set([...keys.map(({ key }) => key), keyOf("stored")]));
  using _ticking = pace.tick();
  await changeEverything(home, { ...config, server: { debug_headers: true } });
  expect(upstream.calls.length).toBe(STREAMS);
  pace.finish();
  for (const stream of streams) {
    const { model, status, text } = await stream;
    expect({ model, status, isWhole: text === piecesOf(model).join("") }).toEqual({
      model,
      status: 200,
      isWhole: true,
    });
  }
});

/** Every command that changes keys, among them those that streams use, and two reloads. */
async function changeEverything(home: Home, config: object): Promise<void> {
  await home.addKeys(["new-1", "new-2"].map(keyOf));
  await home.ok(["keys", "disable", "a"]);
  await home.ok(["keys", "remove", "stored", "--yes"]);
  await home.configure(config);
  await home.ok(["reload"]);
  await home.ok(["config", "set", "server.debug_headers", "false"]);
  await home.addKeys([keyOf("new-3")], "--name", "new-3");
  expect(await home.states()).toMatchObject({ a: "disabled", b: "ready", "new-3": "ready" });
}

async function openStream(daemon: Daemon, model: string) {
  const { status, text } = await daemon.ask("/v1/chat/completions", chat({ model, stream: true }));
  return { model, status, text };
}

/** No two streams have a piece in common. */
function piecesOf(model: Call["model"] & string): readonly string[] {
  return chatEvents(Array.from({ length: WORDS }, (_, index) => `${model}/${index} `));
}

async function* paced(pieces: readonly string[], pace: Pace): AsyncGenerator<string> {
  for (const [index, piece] of pieces.entries()) {
    await pace.until(index);
    yield piece;
  }
}

/** How many pieces every stream may have sent. */
class Pace {
  #allowed = 1;
  #isFinished = false;
  #waiting = Promise.withResolvers<void>();

  async until(index: number): Promise<void> {
    while (index >= this.#allowed && !this.#isFinished) await this.#waiting.promise;
  }

  finish(): void {
    this.#isFinished = true;
    this.#wake();
  }

  /** Lets a piece of each stream out every few milliseconds, but never all of them. */
  tick(): Disposable {
    const timer = setInterval(() => {
      if (this.#allowed < WORDS - 1) this.#allowed += 1;
      this.#wake();
    }, WORD_EVERY_MS);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  #wake(): void {
    const { resolve } = this.#waiting;
    this.#waiting = Promise.withResolvers();
    resolve();
  }
}
