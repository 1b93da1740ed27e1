// The tables of failures and errors name the statuses and codes of the error table.
import { describe, expect, test } from "bun:test";
import { ERRORS } from "../../src/proxy/answer/error-table.ts";
import { codesIn, rows, section } from "./documents.ts";

/** Codes that stand in a stream, and in no answer of their own. */
const STREAM_CODES = ["upstream_stream_interrupted"];

describe.each([
  ["README.md", "What happens when something fails", 6],
  ["docs/failures.md", "Failures", 8],
] as const)("%s", (path, title, atLeast) => {
  const last = rows(section(path, title)).map((row) => row.at(-1) ?? "");

  test("every code is one of the error table", () => {
    const codes = last.flatMap(codesIn).filter((code) => /^[a-z]+(_[a-z]+)+$/.test(code));
    expect(new Set(codes).size).toBeGreaterThanOrEqual(atLeast);
    for (const code of codes) expect([...Object.keys(ERRORS), ...STREAM_CODES]).toContain(code);
  });

  test("every code has its status", () => {
    const pairs = last.flatMap((cell) => [...cell.matchAll(/\b(\d{3}) `(\w+)`/g)]);
    expect(pairs.length).toBeGreaterThanOrEqual(atLeast);
    for (const [, status, code] of pairs)
      expect(ERRORS[code as keyof typeof ERRORS].status).toBe(Number(status) as never);
  });
});

test("all errors that are made here are listed with their status", () => {
  const listed = rows(section("docs/failures.md", "Errors made here")).map(([status = "", cell = ""]) => {
    return `${status} ${codesIn(cell).join()}`;
  });
  const own = Object.entries(ERRORS).map(([code, { status }]) => `${status} ${code}`);
  expect(listed.toSorted()).toEqual(own.toSorted());
});
