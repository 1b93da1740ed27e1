// Secrets in a text that comes in pieces: found wherever it is cut, and nothing is held back for longer than it must be.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Redactor } from "../../src/core/redaction.ts";
import { maskedPieces } from "../../src/daemon/masked-pieces.ts";

const SECRET = "fake-secret-0123456789";

const redactor = new Redactor();
redactor.addSecrets([SECRET]);

async function* one(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

function masked(...pieces: readonly string[]): Promise<string[]> {
  return Array.fromAsync(maskedPieces(one(pieces), redactor));
}

test("whole lines go on at once, the begin of another waits for its end", async () => {
  expect(await masked("a\n", "b\nc", "d\n", "e")).toEqual(["a\n", "b\n", "cd\n", "e"]);
});

test("what comes out is what went in, with every secret masked", async () => {
  const word = fc.constantFrom(SECRET, "a", "\n", "data: ", SECRET.slice(0, 9), "\\");
  await fc.assert(
    fc.asyncProperty(fc.array(word), fc.array(fc.nat(200)), async (words, cuts) => {
      const text = words.join("");
      const places = [0, ...cuts.filter((at) => at < text.length).toSorted((a, b) => a - b), text.length];
      const pieces = places.slice(1).map((at, index) => text.slice(places[index], at));
      expect((await masked(...pieces)).join("")).toBe(redactor.redactKnown(text));
    }),
  );
});

test("a line without an end is not held for ever, nor a secret cut in it", async () => {
  const dots = ".".repeat(64 * 1024);
  const pieces = [...Array<string>(7).fill(dots), `${dots.slice(4_100)}${SECRET}`, ".".repeat(4_090), dots];
  const out = await masked(...pieces);
  expect(out.length).toBeGreaterThan(1);
  expect(out.join("")).toBe(pieces.join("").replace(SECRET, "fake...6789"));
});
