// Why a key is as it is: whatever providers and clients wrote, nothing turns the words behind it around.
import { expect, test } from "bun:test";
import { limitText, whyText } from "../../../src/page/keys/key-why.ts";
import { rowOf } from "./rows.ts";

const TURNING = "a\u202egnp.exe";
const ALONE = `\u2068${TURNING}\u2069`;

test("the code of a provider and what it said stay apart", () => {
  const row = { ...rowOf(1), reason: TURNING, status: 401, message: TURNING };
  expect(whyText(row)).toBe(`401 ${ALONE}: ${ALONE}`);
});

test("the name of a model turns nothing around it", () => {
  const part = { model: TURNING, state: "cooling", reason: TURNING } as const;
  expect(whyText({ ...rowOf(1), parts: [part] })).toStartWith(`${ALONE}: `);
  expect(whyText({ ...rowOf(1), parts: [part] })).toEndWith(` (${ALONE})`);
});

test("a limit is told with its group and model", () => {
  const limit = { name: "rpm", model: TURNING, used: 48, limit: 60, source: "config" } as const;
  expect(limitText(limit)).toBe(`${ALONE} rpm 48/60`);
});
