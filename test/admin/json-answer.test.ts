// JSON answers: the same text in pieces as in one, and turns for others between the pieces.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { jsonAnswer } from "../../src/admin/json-answer.ts";

const item = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.record({ a: fc.string() }));
const long = fc.array(item, { minLength: 240, maxLength: 700 });
const field = fc.oneof(item, fc.constant(undefined), fc.array(item, { maxLength: 3 }), long);

test("a long answer is the same text as a short one would be", async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), field, { maxKeys: 4 }), async (value) => {
      const answer = jsonAnswer(value);
      expect(answer.headers.get("content-type")).toStartWith("application/json");
      expect(await answer.text()).toBe(JSON.stringify(value));
    }),
  );
});

test("others have their turn while a long answer is read", async () => {
  const keys = Array.from({ length: 2_000 }, (_, index) => ({ id: String(index) }));
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const text = await jsonAnswer({ keys, total: 2_000 }).text();
  isDone = true;
  expect(JSON.parse(text)).toEqual({ keys, total: 2_000 });
  expect(turns).toBeGreaterThanOrEqual(7);
});
