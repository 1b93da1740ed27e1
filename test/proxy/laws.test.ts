// Whatever upstreams and clients do, in whatever order, one request has one end and leaves nothing behind.
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  CHAT,
  chatEvent,
  DEAD_KEY,
  DONE,
  FAULT,
  type FakeCall,
  LIMITED,
  OK,
  provider,
  ROLE,
  STOP,
  settle,
  WORD,
  World,
} from "./fixtures.ts";

type Step =
  | { readonly kind: "data"; readonly text: string }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "end" | "cut" | "never-sent" | "leave" | "read" };

const HEADS = [
  [200, "application/json"],
  [200, "text/event-stream"],
  [200, "text/html"],
  [200, ""],
  [204, ""],
  [302, ""],
  [400, "application/json"],
  [401, "application/json"],
  [429, "application/json"],
  [500, "text/plain"],
  [503, "application/json"],
  [999, ""],
] as const;

const PIECES = [
  ...[ROLE, WORD, STOP, DONE, ": c\n\n", "\n", chatEvent({ content: "\u{1F600}" }), WORD.slice(0, 20), WORD.slice(20)],
  ...[OK, FAULT, LIMITED, DEAD_KEY].map((value) => JSON.stringify(value)),
  ...[FAULT, LIMITED].map((value) => `data: ${JSON.stringify(value)}\n\n`),
];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...PIECES).map((text) => ({ kind: "data", text }) as const) },
  { weight: 2, arbitrary: fc.constantFrom(1, 300, 10_000, 400_000).map((ms) => ({ kind: "wait", ms }) as const) },
  { weight: 3, arbitrary: fc.constantFrom("end", "cut", "never-sent", "read").map((kind) => ({ kind })) },
  { weight: 1, arbitrary: fc.constant({ kind: "leave" } as const) },
);

const upstream = fc.record({
  head: fc.option(fc.constantFrom(...HEADS), { nil: undefined, freq: 8 }),
  steps: fc.array(step, { maxLength: 8 }),
});

const run = fc.record({
  upstreams: fc.array(upstream, { minLength: 1, maxLength: 6 }),
  stream: fc.boolean(),
  path: fc.constantFrom(CHAT, "/v1/batches", "/v1/responses", "/v1/tomorrow"),
  keys: fc.integer({ min: 1, max: 3 }),
});

type Run = typeof run extends fc.Arbitrary<infer Value> ? Value : never;

/** One client, the upstreams that it meets in turn, and what the client has read. */
class Play {
  readonly world: World;
  readonly #run: Run;
  readonly #asked: ReturnType<World["ask"]>;
  text: Promise<string> | undefined;
  response: Response | undefined;
  hasLeft = false;

  constructor(given: Run) {
    this.#run = given;
    this.world = new World({
      providers: [provider("p", given.keys), provider("q", given.keys)],
      rest: { models: { any: ["p/m", "q/m"] } },
    });
    this.#asked = this.world.ask(given.path, { model: "any", stream: given.stream });
    void this.#asked.response.then((response) => {
      this.response = response;
    });
  }

  async toItsEnd(): Promise<void> {
    for (const { head, steps } of this.#run.upstreams) {
      await settle();
      const call = this.world.calls.at(-1);
      if (call === undefined) return;
      if (head !== undefined) call.head(head[0], head[1] === "" ? {} : { "content-type": head[1] });
      const hasHead = head !== undefined;
      for (const taken of steps) await this.#take(taken, call, hasHead);
      await this.world.time.advance(10_000);
    }
    this.world.script = (call) => call.cut();
    for (const call of this.world.calls) call.cut();
    this.#read();
    await this.world.time.advance(3_600_000);
    await this.#asked.response;
    this.#read();
    await this.text;
  }

  async #take(taken: Step, call: FakeCall, hasHead: boolean): Promise<void> {
    switch (taken.kind) {
      case "data":
        if (hasHead) call.data(taken.text);
        return;
      case "wait":
        return this.world.time.advance(taken.ms);
      case "end":
        if (hasHead) call.end();
        return;
      case "cut":
        return call.cut();
      case "never-sent":
        if (!hasHead) call.neverSent();
        return;
      case "leave":
        this.hasLeft = true;
        this.#asked.leave();
        return settle();
      case "read":
        await settle();
        return this.#read();
      default:
        return taken satisfies never;
    }
  }

  #read(): void {
    if (this.response === undefined || this.text !== undefined || this.hasLeft) return;
    this.text = this.response.text().catch(() => "broken");
  }
}

test("one response, one trace, nothing left, nothing twice, no terminator after an interruption", async () => {
  await fc.assert(
    fc.asyncProperty(run, async (given) => {
      const play = new Play(given);
      await using world = play.world;
      await play.toItsEnd();
      expect(world.traces).toHaveLength(1);
      expect([world.slots, world.handler.inFlight]).toEqual([0, 0]);
      const text = (await play.text) ?? "";
      // The event of the responses API says it twice, for two readers.
      const times = given.path === "/v1/responses" ? 2 : 1;
      expect(text.split("upstream_stream_interrupted").length - 1).toBeLessThanOrEqual(times);
      const told = text.indexOf("upstream_stream_interrupted");
      if (told >= 0) expect(text.slice(told)).not.toContain("[DONE]");
      if (!play.hasLeft && world.trace.end === "ok") expect(world.trace.bytesOut).toBe(Buffer.byteLength(text));
      if (given.path === "/v1/batches") expectOnce(world);
    }),
    { numRuns: 400 },
  );
}, 60_000);

/** What may have run was not sent again. */
function expectOnce(world: World): void {
  const { attempts } = world.trace;
  for (const { outcome, status } of attempts.slice(0, -1)) {
    const isRefused = outcome === "connect_error" || status === 503 || (status !== undefined && status < 500);
    if (!isRefused) throw new Error(`Sent again after ${outcome} ${status}`);
  }
}
