// The end of a JSON answer that is too large to be read whole tells its usage, in whatever pieces it comes.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { JsonPipe } from "../../../src/proxy/answer/json-pipe.ts";
import type { StreamProtocol } from "../../../src/proxy/stream/protocol.ts";

const DATA = `[${"0.0123456789,".repeat(3_000)}1]`;
const COMPLETE = { kind: "complete" } as const;

function read(protocol: StreamProtocol, text: string, cuts: readonly number[] = []) {
  const pipe = new JsonPipe(protocol);
  const bytes = Buffer.from(text);
  const ends = [...cuts.map((cut) => cut % bytes.length), bytes.length].toSorted((a, b) => a - b);
  let start = 0;
  const passed: Uint8Array[] = [];
  for (const end of ends) {
    passed.push(pipe.push(bytes.subarray(start, end)));
    start = end;
  }
  return { pipe, passed: Buffer.concat(passed).toString() };
}

test.each<[StreamProtocol, string, object | undefined]>([
  ["other", `{"data":${DATA},"model":"m","usage":{"prompt_tokens":8,"total_tokens":8}}`, { promptTokens: 8 }],
  [
    "media",
    `{"data":${DATA},"usage":{"input_tokens":5,"input_tokens_details":{"text_tokens":5},"output_tokens":7,"total_tokens":12}}\n`,
    { promptTokens: 5, completionTokens: 7 },
  ],
  [
    "gemini",
    `{"candidates":${DATA},"usageMetadata":{"promptTokenCount":3,"promptTokensDetails":[{"tokenCount":3}],"candidatesTokenCount":2},"modelVersion":"m"}`,
    { promptTokens: 3, completionTokens: 2 },
  ],
  ["chat", `{"usage":{"prompt_tokens":1},"choices":${DATA}}`, undefined],
  ["chat", `{"choices":${DATA},"text":"\\"usage\\":{\\"prompt_tokens\\":1}"}`, undefined],
  ["chat", `{"choices":${DATA},"usage":null}`, undefined],
])("%s", (protocol, text, expected) => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 20 }), (cuts) => {
      const { pipe, passed } = read(protocol, text, cuts);
      expect(passed).toBe(text);
      expect(pipe.end(COMPLETE)).toEqual({ kind: "complete", tail: undefined });
      expect(pipe.usage).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

test("an answer that was cut off has none", () => {
  const { pipe } = read("other", `{"usage":{"prompt_tokens":8},"data":[`);
  expect(pipe.end({ kind: "cut", cause: "CONNECTION_RESET" }).kind).toBe("broken");
  expect(pipe.usage).toBeUndefined();
});
