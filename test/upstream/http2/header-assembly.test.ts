// Header blocks in pieces, and floods of them.
import { expect, test } from "bun:test";
import { ERROR, FLAG, FRAME } from "../../../src/upstream/http2/frames.ts";
import { HeaderAssembly } from "../../../src/upstream/http2/header-assembly.ts";

/** `:status: 200` of the static table, RFC 7541 appendix A. */
const STATUS_200 = Buffer.from([0x88]);
const EMPTY = Buffer.alloc(0);

test("a block in several pieces is one", () => {
  const assembly = new HeaderAssembly();
  expect(assembly.add(FRAME.headers, FLAG.endStream, 1, STATUS_200)).toEqual({ kind: "more" });
  expect(assembly.add(FRAME.continuation, FLAG.none, 1, EMPTY)).toEqual({ kind: "more" });
  expect(assembly.add(FRAME.continuation, FLAG.endHeaders, 1, STATUS_200)).toMatchObject({
    kind: "block",
    id: 1,
    isEnd: true,
    headers: [
      [":status", "200"],
      [":status", "200"],
    ],
  });
});

test.each([
  ["empty", 0],
  ["short", 1],
  ["long", 16_384],
])("an endless block of %s pieces ends the connection before it fills the memory", (_name, length) => {
  const assembly = new HeaderAssembly();
  expect(assembly.add(FRAME.headers, FLAG.none, 1, STATUS_200)).toEqual({ kind: "more" });
  const results = Array.from({ length: 10_000 }, () =>
    assembly.add(FRAME.continuation, FLAG.none, 1, Buffer.alloc(length)),
  );
  expect(results.find(({ kind }) => kind === "error")).toEqual({ kind: "error", code: ERROR.enhanceYourCalm });
});
