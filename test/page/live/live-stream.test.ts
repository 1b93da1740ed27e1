// The stream of a page: where it goes on, when it is tried again, and when it is over.
import { expect, test } from "bun:test";
import { LiveStream, type Source } from "../../../src/page/live/live-stream.ts";

const [CONNECTING, OPEN, CLOSED] = [0, 1, 2];

/** A source of events by hand. */
class FakeSource implements Source {
  readyState = OPEN ?? 1;
  readonly #listeners = new Map<string, (event: Event) => void>();

  addEventListener(name: string, listener: (event: Event) => void): void {
    this.#listeners.set(name, listener);
  }

  close(): void {
    this.readyState = CLOSED ?? 2;
  }

  tell(name: string, data: unknown, lastEventId = ""): void {
    this.#listeners.get(name)?.(new MessageEvent(name, { data: JSON.stringify(data), lastEventId }));
  }

  fail(readyState: number | undefined): void {
    this.readyState = readyState ?? 0;
    this.#listeners.get("error")?.(new Event("error"));
  }
}

function open() {
  const sources: FakeSource[] = [];
  const asked: (string | undefined)[] = [];
  const heard: string[] = [];
  const timers: (() => void)[] = [];
  const refusal = { isWorthIt: true };
  const stream = new LiveStream({
    connect: (after) => {
      asked.push(after);
      const source = new FakeSource();
      sources.push(source);
      return source;
    },
    schedule: (_delayMs, run) => {
      timers.push(run);
      return () => void timers.splice(timers.indexOf(run), 1);
    },
    onEvent: ({ event }) => void heard.push(event),
    onLost: () => void heard.push("lost"),
    onEnded: () => void heard.push("ended"),
    onRefused: async () => refusal.isWorthIt,
  });
  stream.open();
  return { stream, asked, heard, timers, refusal, sources, last: () => sources.at(-1) ?? new FakeSource() };
}

test("goes on behind the last event that had an id", () => {
  const { stream, asked, heard, last } = open();
  last().tell("hello", {});
  last().tell("figures", {}, "run-0");
  last().tell("changed", { what: "keys" }, "run-1");
  last().tell("reset", {}, "run-1");
  stream.close();
  stream.open();
  stream.open();
  expect(asked).toEqual([undefined, "run-1"]);
  expect(heard).toEqual(["hello", "figures", "changed", "reset"]);
});

test("is lost while the browser tries again by itself", () => {
  const { asked, heard, last } = open();
  last().fail(CONNECTING);
  last().fail(CONNECTING);
  expect([asked.length, heard]).toEqual([1, ["lost", "lost"]]);
});

test("is over with the session", () => {
  const { asked, heard, last, timers } = open();
  const source = last();
  source.tell("session_ended", { error: {} });
  source.tell("changed", { what: "keys" }, "run-2");
  source.fail(CLOSED);
  expect([source.readyState, asked.length, heard, timers.length]).toEqual([2, 1, ["ended"], 0]);
});

test("that was refused is tried again later, unless an operation says that this is in vain", async () => {
  const { asked, last, timers, refusal } = open();
  last().fail(CLOSED);
  await Promise.resolve();
  expect([asked.length, timers.length]).toEqual([1, 1]);
  timers[0]?.();
  expect([asked.length, timers.length]).toEqual([2, 0]);
  refusal.isWorthIt = false;
  last().fail(CLOSED);
  await Promise.resolve();
  expect([asked.length, timers.length]).toEqual([2, 0]);
});

test("is tried anew where it seems to be well, and left alone where the browser does so", () => {
  const { stream, asked, last } = open();
  stream.restart();
  expect(asked).toHaveLength(2);
  last().fail(CONNECTING);
  stream.restart();
  expect(asked).toHaveLength(2);
});

test("hears nothing any more of one that it has closed", () => {
  const { stream, heard, sources } = open();
  stream.close();
  stream.open();
  sources[0]?.tell("changed", { what: "keys" }, "run-9");
  sources[0]?.fail(CONNECTING);
  expect(heard).toEqual([]);
});
