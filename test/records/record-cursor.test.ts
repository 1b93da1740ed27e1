// Cursors of lists: what was written is read, and what was not is refused.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { UserError } from "../../src/core/user-error.ts";
import { readCursor, writeCursor } from "../../src/records/record-cursor.ts";

const orders = fc.record({
  sort: fc.constantFrom("time", "duration", "tokens", "cost" as const),
  order: fc.constantFrom("asc", "desc" as const),
});

test("law: a cursor says where its page ended", () => {
  fc.assert(
    fc.property(orders, fc.maxSafeInteger(), fc.maxSafeNat(), fc.boolean(), (order, value, seq, isBack) => {
      const place = { value, seq, isBack };
      expect(readCursor(order, writeCursor(order, place))).toEqual(place);
    }),
  );
});

test.each([
  ["no cursor", "hello"],
  ["nothing", ""],
  ["JSON of something else", Buffer.from('{"a":1}').toString("base64url")],
  ["another form", Buffer.from('[1,"time","desc",0,1]').toString("base64url")],
  ["no number", Buffer.from('[2,"time","desc",0,"1; DROP TABLE requests",false]').toString("base64url")],
  ["too large a number", Buffer.from('[2,"time","desc",0,1e300,false]').toString("base64url")],
])("%s is refused", (_name, text) => {
  expect(() => readCursor({ sort: "time", order: "desc" }, text)).toThrow(UserError);
  expect(() => readCursor({ sort: "time", order: "desc" }, text)).toThrow("it is none that an earlier page gave");
});

test("one of another order is refused", () => {
  const cursor = writeCursor({ sort: "time", order: "desc" }, { value: 0, seq: 5, isBack: false });
  expect(() => readCursor({ sort: "time", order: "asc" }, cursor)).toThrow("sorted otherwise");
  expect(() => readCursor({ sort: "cost", order: "desc" }, cursor)).toThrow("sorted otherwise");
});
