// How events are written, and what a reader gets while there are none.
import { describe, expect, test } from "bun:test";
import { type ServerEvent, sentEvents, takesEvents } from "../../src/admin/server-sent-events.ts";
import { settle, VirtualTime } from "../proxy/fixtures.ts";

/** Events by hand. */
class Source {
  readonly #ready: ServerEvent[] = [];
  #wake = () => {};
  #isOver = false;
  isClosed = false;

  push(event: ServerEvent): void {
    this.#ready.push(event);
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async *events(): AsyncGenerator<ServerEvent> {
    try {
      for (;;) {
        const next = this.#ready.shift();
        if (next !== undefined) yield next;
        else if (this.#isOver) return;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      this.isClosed = true;
    }
  }
}

function open() {
  const time = new VirtualTime();
  const source = new Source();
  const stream = sentEvents(source.events(), time.schedule);
  const texts: string[] = [];
  const over = (async () => {
    for await (const text of stream) texts.push(text);
  })();
  return { time, source, stream, texts, over };
}

describe("events", () => {
  test("begin with how long to wait before the next connection", async () => {
    const { texts } = open();
    await settle();
    expect(texts).toEqual(["retry: 1000\n\n"]);
  });

  test("are written with what each has", async () => {
    const { source, texts } = open();
    source.push({ id: "a-1", event: "health", data: { keys: [] } });
    source.push({ event: "reset", data: {} });
    source.push({ data: "two\nlines \u2028 and \r\n more" });
    await settle();
    expect(texts.slice(1)).toEqual([
      'id: a-1\nevent: health\ndata: {"keys":[]}\n\n',
      "event: reset\ndata: {}\n\n",
      'data: "two\\nlines \u2028 and \\r\\n more"\n\n',
    ]);
  });

  test("end with their source, and leave no timer", async () => {
    const { time, source, over } = open();
    source.push({ data: 1 });
    await time.advance(20_000);
    source.end();
    await over;
    expect([time.pending, source.isClosed]).toEqual([0, true]);
  });

  test("close their source when nobody reads them any more", async () => {
    const { time, source, stream } = open();
    source.push({ data: 1 });
    await settle();
    const closed = stream.return(undefined);
    source.push({ data: 2 });
    await closed;
    expect([time.pending, source.isClosed]).toEqual([0, true]);
  });
});

test("a comment comes after every 15 s without an event, and not before", async () => {
  const { time, source, texts } = open();
  await time.advance(14_999);
  expect(texts).toHaveLength(1);
  await time.advance(1);
  expect(texts.slice(1)).toEqual([":\n\n"]);
  await time.advance(10_000);
  source.push({ data: 1 });
  await time.advance(14_000);
  expect(texts.slice(2)).toEqual(["data: 1\n\n"]);
  await time.advance(31_000);
  expect(texts.slice(3)).toEqual([":\n\n", ":\n\n", ":\n\n"]);
});

test.each([
  ["text/event-stream", true],
  ["text/html, text/event-stream;q=0.9", true],
  ["*/*", false],
  ["application/json", false],
  [undefined, false],
])("who accepts %p takes events: %p", (accept, expected) => {
  const headers = accept === undefined ? {} : { accept };
  expect(takesEvents(new Request("http://localhost/", { headers }))).toBe(expected);
});
