// A conversation as it goes on: what is shown when, stop, failures, one at a time.
import { expect, test } from "bun:test";
import type { OutputOf } from "../../../src/admin/operation-table.ts";
import { ApiFailure } from "../../../src/page/api/api-failure.ts";
import { ChatSession } from "../../../src/page/playground/chat-session.ts";
import type { ChatInput, Exchange } from "../../../src/page/playground/conversation.ts";

type Item = OutputOf<"chat">;

const RECORD = { id: "req_1", end: "ok", tries: [] } as unknown as NonNullable<Item["record"]>;
const HEAD: Item = { kind: "head", request_id: "req_1", status: 200 };
const END: Item = { kind: "end", record: RECORD };
const said = (content: string): Item => ({
  kind: "data",
  text: `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`,
});

/** A daemon that is told by hand what it answers. */
class Lab {
  readonly inputs: ChatInput[] = [];
  signal: AbortSignal | undefined;
  now = 0;
  readonly #pictures: (() => void)[] = [];
  #next = Promise.withResolvers<Item | undefined>();
  readonly session = new ChatSession({
    ask: (input, signal) => this.#ask(input, signal),
    now: () => this.now,
    onPicture: (draw) => void this.#pictures.push(draw),
  });

  get last(): Exchange | undefined {
    return this.session.state.value.exchanges.at(-1);
  }

  get pictures(): number {
    return this.#pictures.length;
  }

  draw(): void {
    for (const draw of this.#pictures.splice(0)) draw();
  }

  async say(...items: readonly Item[]): Promise<void> {
    for (const item of items) {
      const given = this.#next;
      this.#next = Promise.withResolvers();
      given.resolve(item);
      await settle();
    }
  }

  async finish(): Promise<void> {
    this.#next.resolve(undefined);
    await settle();
  }

  async fail(error: Error): Promise<void> {
    this.#next.reject(error);
    await settle();
  }

  async *#ask(input: ChatInput, signal: AbortSignal): AsyncGenerator<Item> {
    this.inputs.push(input);
    this.signal = signal;
    const left = new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(new DOMException("", "AbortError"))),
    );
    for (;;) {
      const item = await Promise.race([this.#next.promise, left]);
      if (item === undefined) return;
      yield item;
    }
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("what comes between two pictures is shown at once", async () => {
  const lab = new Lab();
  const sent = lab.session.send("Hi");
  expect(lab.last).toMatchObject({ state: "waiting", question: "Hi" });
  await lab.say(HEAD);
  expect(lab.last).toMatchObject({ state: "waiting", requestId: "req_1", status: 200 });
  lab.now = 40;
  await lab.say(said("a"), said("b"));
  expect([lab.pictures, lab.last?.answer.text]).toEqual([1, ""]);
  lab.draw();
  expect(lab.last).toMatchObject({ state: "answering", answer: { text: "ab" }, firstTokenMs: 40 });
  lab.now = 90;
  await lab.say(said("c"), END);
  await lab.finish();
  await sent;
  expect(lab.last).toMatchObject({ state: "done", answer: { text: "abc" }, firstTokenMs: 40, record: RECORD });
  lab.draw();
  expect(lab.last?.state).toBe("done");
});

test("one at a time, and nothing that is empty", async () => {
  const lab = new Lab();
  await lab.session.send("  ");
  const sent = lab.session.send("Hi");
  await lab.session.send("And");
  expect(lab.session.state.value).toMatchObject({ isBusy: true, exchanges: [{ question: "Hi" }] });
  await lab.say(END);
  await lab.finish();
  await sent;
  expect(lab.session.state.value.isBusy).toBe(false);
  expect(lab.inputs).toHaveLength(1);
});

test("stop leaves what came, and cancels", async () => {
  const lab = new Lab();
  const sent = lab.session.send("Hi");
  await lab.say(HEAD, said("half"));
  lab.session.stop();
  await sent;
  expect(lab.signal?.aborted).toBe(true);
  expect(lab.last).toMatchObject({ state: "stopped", answer: { text: "half" } });
});

test("an error is shown, and asked again in its place", async () => {
  const lab = new Lab();
  const sent = lab.session.send("Hi");
  await lab.say({ kind: "head", request_id: "req_1", status: 429 });
  await lab.say({ kind: "data", text: '{"error":{"message":"Slow down","code":"rate_limit_exceeded"}}' }, END);
  await lab.finish();
  await sent;
  const failed = lab.last;
  expect(failed).toMatchObject({ state: "failed", answer: { error: { code: "rate_limit_exceeded" } } });
  lab.session.write("a draft");
  if (failed !== undefined) void lab.session.again(failed);
  expect(lab.session.state.value).toMatchObject({
    draft: "a draft",
    exchanges: [{ question: "Hi", state: "waiting" }],
  });
});

test("a stream that broke off has failed, whatever came", async () => {
  const lab = new Lab();
  const sent = lab.session.send("Hi");
  await lab.say(HEAD, said("half"), { kind: "end", record: { ...RECORD, end: "interrupted" } });
  await lab.finish();
  await sent;
  expect(lab.last).toMatchObject({ state: "failed", answer: { text: "half" } });
});

test.each([
  ["that the daemon refuses", new ApiFailure("refused", "There is no key x", 200)],
  ["that nobody takes", new ApiFailure("unreachable", "The daemon cannot be reached", 0)],
])("a chat %s says why", async (_what, error) => {
  const lab = new Lab();
  const sent = lab.session.send("Hi");
  await lab.fail(error);
  await sent;
  expect(lab.last).toMatchObject({ state: "failed", failure: error.message });
});

test("an answer without its end was broken off", async () => {
  const lab = new Lab();
  const sent = lab.session.send("Hi");
  await lab.say(HEAD, said("half"));
  await lab.finish();
  await sent;
  expect(lab.last).toMatchObject({ state: "failed", answer: { text: "half" } });
  expect(lab.last?.failure).toContain("broke off");
});

test("a new conversation ends what goes on, and sends nothing of before", async () => {
  const lab = new Lab();
  const sent = lab.session.send("Hi");
  lab.session.clear();
  await sent;
  expect(lab.session.state.value.exchanges).toEqual([]);
  void lab.session.send("Anew");
  expect(lab.inputs.at(-1)?.messages).toEqual([{ role: "user", content: "Anew" }]);
});
