// Which address shows which page.
import { expect, test } from "bun:test";
import { pageAt } from "../../src/dashboard/page-names.ts";

test.each([
  ["", "overview", undefined],
  ["/", "overview", undefined],
  ["/overview", "overview", undefined],
  ["/keys", "keys", undefined],
  ["/keys/", "keys", undefined],
  ["/keys/0123456789ab", "keys", "0123456789ab"],
  ["/logs/req%2F1", "logs", "req%2F1"],
  ["/sessions", "sessions", undefined],
])("%j is %s", (below, name, rest) => {
  expect(pageAt(below)).toEqual({ name: name as "keys", rest });
});

test.each(["/nothing", "/keys/a/b", "/tokens/a", "/Keys", "//keys", "/../keys", "/constructor"])(
  "%j is none",
  (below) => {
    expect(pageAt(below)).toBeUndefined();
  },
);
