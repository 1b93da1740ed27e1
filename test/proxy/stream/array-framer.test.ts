// A stream that is one JSON array: split into elements wherever it is cut, and every byte given back.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { EventPipe } from "../../../src/proxy/answer/event-pipe.ts";
import { createArrayFramer } from "../../../src/proxy/stream/array-framer.ts";
import type { EventKind } from "../../../src/proxy/stream/inspector.ts";
import { GEMINI_USAGE, geminiChunks } from "../../fixture/gemini-answers.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const CHUNKS = geminiChunks(['say "]}" \\', "\u{1F600}[{", "end"]);
const PRETTY = `[${CHUNKS.map((chunk) => JSON.stringify(chunk, null, 2)).join("\r\n,\r\n")}\r\n]\r\n`;

function cutAt(text: string, cuts: readonly number[]): Uint8Array[] {
  const bytes = encode(text);
  const places = [0, ...new Set(cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b)), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

function framed(pieces: readonly Uint8Array[]) {
  const framer = createArrayFramer();
  const chunks = pieces.map((piece) => framer.push(piece));
  const events = chunks.flatMap((chunk) => chunk.events);
  return {
    events,
    isClosed: framer.isClosed,
    bytes: Buffer.concat([...chunks.map(({ bytes }) => bytes), framer.rest()]),
  };
}

function piped(pieces: readonly Uint8Array[]) {
  const kinds: EventKind[] = [];
  const pipe = new EventPipe("gemini-array", (kind) => kinds.push(kind));
  const out = pieces.map((piece) => decode(pipe.push(piece) ?? new Uint8Array(0))).join("");
  return { pipe, kinds, out };
}

describe("createArrayFramer", () => {
  test("law: elements and bytes are the same wherever the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (cuts) => {
        const { events, bytes, isClosed } = framed(cutAt(PRETTY, cuts));
        expect(events.slice(0, -1).map(({ data }) => JSON.parse(data))).toEqual(CHUNKS);
        expect(events.at(-1)?.data).toBe("[DONE]");
        expect(decode(bytes)).toBe(PRETTY);
        expect(isClosed).toBe(true);
      }),
    );
  });

  test("takes a lone object for one element and the end, and an empty array for an end", () => {
    expect(framed([encode(' {"error":{"code":503}}')]).events.map(({ data }) => data)).toEqual([
      '{"error":{"code":503}}',
      "[DONE]",
    ]);
    expect(framed([encode("[\n]")]).events.map(({ data }) => data)).toEqual(["[DONE]"]);
  });

  test("gives out the beginning of an element that grew too large, and marks its end as partial", () => {
    const framer = createArrayFramer();
    framer.push(encode('[{"a":"'));
    expect(decode(framer.rest())).toBe('[{"a":"');
    expect(framer.pendingBytes).toBe(0);
    const { events } = framer.push(encode('x"},{"b":1}]'));
    expect(events.map(({ isPartial }) => isPartial)).toEqual([true, false, false]);
  });
});

describe("EventPipe of an array", () => {
  test("passes every element on as it comes, and knows usage and end", () => {
    const { pipe, kinds, out } = piped([encode(PRETTY)]);
    const end = pipe.end({ kind: "complete" });
    expect(kinds).toEqual(["output", "output", "end", "end"]);
    expect(pipe.usage).toMatchObject({ promptTokens: GEMINI_USAGE.promptTokenCount, reasoningTokens: 5 });
    expect(end.kind).toBe("complete");
    expect(out + decode(end.tail ?? new Uint8Array(0))).toBe(PRETTY);
  });

  test.each([
    ["before the first element", 0, [], 1],
    ["in the first element", 30, [], 1],
    ["in the last element", encode(PRETTY).length - 60, CHUNKS.slice(0, 2), 3],
  ])("ends in an error element where it is cut %s", (_, at, whole, elements) => {
    const { pipe, out } = piped([encode(PRETTY).subarray(0, at)]);
    const end = pipe.end({ kind: "cut", cause: "ECONNRESET" });
    expect(end.kind).toBe("broken");
    const given = JSON.parse(out + decode(end.tail ?? new Uint8Array(0)));
    expect(given).toHaveLength(elements);
    expect(given.slice(0, -1)).toEqual(whole);
    expect(given.at(-1)).toMatchObject({ error: { code: 503, details: [{ reason: "upstream_stream_interrupted" }] } });
  });

  test("is closed where only that is missing", () => {
    const { pipe, out } = piped([encode(PRETTY.slice(0, PRETTY.lastIndexOf("}") + 1))]);
    const end = pipe.end({ kind: "cut", cause: "ECONNRESET" });
    expect(end.kind).toBe("complete");
    expect(JSON.parse(out + decode(end.tail ?? new Uint8Array(0)))).toEqual(CHUNKS);
  });

  test.each([CHUNKS.at(-1), CHUNKS[0], { of: "another make" }])("adds nothing to a lone object, %j", (value) => {
    const text = JSON.stringify(value);
    const { pipe, out } = piped([encode(text)]);
    const end = pipe.end({ kind: "complete" });
    expect([end.kind, out + decode(end.tail ?? new Uint8Array(0))]).toEqual(["complete", text]);
  });

  test("is closed after the provider's own error element", () => {
    const { pipe, out } = piped([encode(`[${JSON.stringify(CHUNKS[0])},{"error":{"code":503,"message":"m"}}`)]);
    const end = pipe.end({ kind: "cut", cause: "ECONNRESET" });
    expect(end.kind).toBe("broken");
    expect(JSON.parse(out + decode(end.tail ?? new Uint8Array(0)))).toHaveLength(2);
  });

  test("breaks the connection where nothing that is added could be read", () => {
    const { pipe } = piped([encode(`[{"a":"${"x".repeat(1024 * 1024)}`)]);
    expect(pipe.end({ kind: "cut", cause: "ECONNRESET" })).toMatchObject({ kind: "broken", tail: undefined });
  });
});
