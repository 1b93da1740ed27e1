// Events are split where the standard says, whatever the chunks, and not a byte is lost or copied without need.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createFramer, MAX_TAIL_BYTES } from "../../../src/proxy/stream/framer.ts";
import { LINE_ENDS, readStream, STREAMS } from "../../fixture/sse/stream-fixture.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

interface Framed {
  readonly raws: string[];
  readonly fields: (readonly [string | undefined, string])[];
  readonly rest: string;
  readonly all: Uint8Array;
}

/** Frames `chunks` and checks on the way what must hold after each of them. */
function frame(chunks: readonly Uint8Array[]): Framed {
  const framer = createFramer();
  const events = [];
  const out: Uint8Array[] = [];
  let pending = 0;
  for (const chunk of chunks) {
    const framed = framer.push(chunk);
    expect(Buffer.concat(framed.events.map((event) => event.raw)).equals(Buffer.from(framed.bytes))).toBe(true);
    pending += chunk.length - framed.bytes.length;
    expect(framer.pendingBytes).toBe(pending);
    events.push(...framed.events);
    out.push(framed.bytes);
  }
  const rest = framer.rest();
  expect(framer.pendingBytes).toBe(0);
  return {
    raws: events.map((event) => decode(event.raw)),
    fields: events.map((event) => [event.event, event.data] as const),
    rest: decode(rest),
    all: Buffer.concat([...out, rest]),
  };
}

/**
 * The parser of the WHATWG HTML standard, section 9.2.6, in its simplest form: over a whole text. Like the official SDK
 * it also reports an event that has a name and no data.
 */
function parseAsStandard(text: string): (readonly [string | undefined, string])[] {
  const dispatched: (readonly [string | undefined, string])[] = [];
  let event = "";
  let data: string[] = [];
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  // What follows the last line end is no complete line.
  for (const line of lines.slice(0, -1)) {
    if (line === "") {
      if (data.length > 0 || event !== "") dispatched.push([event || undefined, data.join("\n")]);
      event = "";
      data = [];
      continue;
    }
    const [, name, value] = /^([^:]*)(?:: ?)?(.*)$/su.exec(line) ?? [];
    if (name === "data") data.push(value ?? "");
    if (name === "event") event = value ?? "";
  }
  return dispatched;
}

function splitAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

const singleBytes = (bytes: Uint8Array) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));

/** Texts made of what matters to framing, so that short ones are already awkward. */
const awkward = fc
  .array(fc.constantFrom("\r", "\n", "\r\n", "data:", "data", "event: x", ":", " ", "a", "é", "\ufeff", "id: 1"), {
    maxLength: 24,
  })
  .map((parts) => parts.join(""));

describe("push", () => {
  test.each<[string, readonly string[], string]>([
    ["LF", ["data: a\n\n", "data: b\n\n"], ""],
    ["CRLF", ["data: a\r\n\r\n", "data: b\r\n\r\n"], ""],
    ["lone CR, complete without a further byte", ["data: a\r\r", "data: b\r\r"], ""],
    ["mixed line ends", ["a\r\n\n", "b\n\r\n", "c\r\n\r\n"], ""],
    ["a blank line of CR that waits to see whether LF follows", ["a\n\r", "b\n\n"], ""],
    ["a blank line of CR at the very end, not known to be whole", [], "a\n\r"],
    ["LF after two lone CRs, a blank line of its own", ["a\r\r", "\n", "b\n\n"], ""],
    ["a change from lone CR to other line ends", ["a\r\r", "b\n\r\n", "c\n\n"], ""],
    ["blank lines", ["\n", "\n", "data: a\n\n", "\n"], ""],
    ["blank CRLF lines", ["\r\n", "\r\n", "data: a\r\n\r\n"], ""],
    ["comments, ids and retries", [": c\n\n", "id: 1\nretry: 2\n\n"], ""],
    ["several data lines", ["data: a\ndata: b\n\n"], ""],
    ["an unfinished line", ["data: a\n\n"], "data: b"],
    ["an unfinished event", ["data: a\n\n"], "data: b\n"],
    ["a byte order mark", ["\ufeffdata: a\n\n"], ""],
    ["nothing", [], ""],
  ])("splits %s", (_, raws, rest) => {
    const bytes = encode(raws.join("") + rest);
    for (const chunks of [[bytes], singleBytes(bytes)]) {
      const framed = frame(chunks);
      expect(framed.raws).toEqual([...raws]);
      expect(framed.rest).toBe(rest);
    }
  });

  const variants = STREAMS.flatMap(({ name }) => LINE_ENDS.map(([label, end]) => [name, label, end] as const));

  test.each(variants)("finds the same events of %s with %s at every split", (name, _, end) => {
    const bytes = readStream(name, end);
    const whole = frame([bytes]);
    expect(whole.rest).toBe("");
    expect(frame(singleBytes(bytes))).toEqual(whole);
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(frame([bytes.subarray(0, at), bytes.subarray(at)]).raws).toEqual(whole.raws);
    }
  });

  test("does not depend on the chunks and loses no byte", () => {
    fc.assert(
      fc.property(awkward, fc.array(fc.nat(), { maxLength: 6 }), (text, cuts) => {
        const bytes = encode(text);
        const framed = frame(splitAt(bytes, cuts));
        expect(framed).toEqual(frame([bytes]));
        expect(decode(framed.all)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test("takes arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.array(fc.nat(), { maxLength: 4 }), (bytes, cuts) => {
        expect(frame(splitAt(bytes, cuts)).all).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test("reads the fields as the standard does", () => {
    fc.assert(
      fc.property(awkward, (text) => {
        // A final lone CR stays open here and is a line end there; one byte more settles it for both.
        const settled = `${text}x`;
        const seen = createFramer()
          .push(encode(settled))
          .events.filter((event) => !event.isComment)
          .map((event) => [event.event, event.data] as const);
        expect(seen).toEqual(parseAsStandard(settled));
      }),
      { numRuns: 500 },
    );
  });

  test("hands out views of a chunk that holds whole events", () => {
    const chunk = encode("data: a\n\ndata: b\n\ndata: c");
    const { events, bytes } = createFramer().push(chunk);
    expect(bytes.buffer).toBe(chunk.buffer);
    expect(events.map((event) => event.raw.buffer)).toEqual([chunk.buffer, chunk.buffer]);
  });

  test("keeps the unfinished event of a Buffer that its owner overwrites", () => {
    const framer = createFramer();
    const chunk = Buffer.from("data: a\n\ndata: b");
    framer.push(chunk);
    chunk.fill(0);
    expect(decode(framer.push(encode("\n\n")).bytes)).toBe("data: b\n\n");
  });

  test("leaves events alone that it handed out", () => {
    const framer = createFramer();
    framer.push(encode("data: a"));
    const [first] = framer.push(encode("b\n\ndata: c")).events;
    framer.push(encode("d\n\ndata: eeeeeeeeeeeeeeeeeeeeeeeeeeee\n\n"));
    expect(first?.data).toBe("ab");
  });

  test.each([
    ["single bytes", 1, 64 * 1024],
    ["64 KiB", 64 * 1024, 4 * 1024 * 1024],
  ])("joins a long event from chunks of %s", (_, chunkSize, size) => {
    const bytes = Buffer.concat([Buffer.from("data: "), Buffer.alloc(size, "x"), Buffer.from("\r\n\r\n")]);
    const framer = createFramer();
    const events = [];
    for (let at = 0; at < bytes.length; at += chunkSize) {
      events.push(...framer.push(bytes.subarray(at, at + chunkSize)).events);
    }
    expect(events.map((event) => event.data.length)).toEqual([size]);
    expect(Buffer.from(events[0]?.raw ?? []).equals(bytes)).toBe(true);
  });
});

describe("rest", () => {
  const long = `event: response.completed\ndata: {"type":"response.completed","pad":"${"x".repeat(8192)}`;

  test("lets an event go on whose beginning was taken", () => {
    const framer = createFramer();
    framer.push(encode(long));
    expect(framer.pendingBytes).toBeLessThan(MAX_TAIL_BYTES);
    expect(decode(framer.rest())).toBe(long);
    framer.push(encode("yyy"));
    expect(decode(framer.rest())).toBe("yyy");
    const [end, next] = framer.push(encode('"}\n\ndata: next\n\n')).events;
    expect(decode(end?.raw ?? encode(""))).toBe('"}\n\n');
    expect(end?.isPartial).toBe(true);
    expect(end?.event).toBe("response.completed");
    expect(end?.data.startsWith('{"type":"response.completed"')).toBe(true);
    expect(next?.isPartial).toBe(false);
    expect(next?.data).toBe("next");
  });

  test("keeps the place inside a line end", () => {
    const framer = createFramer();
    framer.push(encode("data: a\r\n\r"));
    framer.rest();
    const { events, bytes } = framer.push(encode("\ndata: b\r\n\r\n"));
    expect(events.map((event) => decode(event.raw))).toEqual(["\n", "data: b\r\n\r\n"]);
    expect(decode(bytes)).toBe("\ndata: b\r\n\r\n");
  });

  test("is empty between events", () => {
    const framer = createFramer();
    framer.push(encode("data: a\n\n"));
    expect(framer.rest().length).toBe(0);
    expect(framer.push(encode("data: b\n\n")).events[0]?.isPartial).toBe(false);
  });
});
