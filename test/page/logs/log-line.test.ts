// A line of the daemon's log, taken apart.
import { expect, test } from "bun:test";
import { hasText, readLogLine } from "../../../src/page/logs/log-line.ts";

test("has its time, level, message and request, and all other fields as text", () => {
  const line = { time: "2026-03-01T12:00:00Z", level: "warn", msg: "Key is invalid", key: "a", request_id: "req_1" };
  const read = readLogLine(JSON.stringify({ ...line, tried: [{ ms: 3 }], status: 401 }), 7);
  expect(read).toEqual({
    number: 7,
    time: line.time,
    level: "warn",
    message: line.msg,
    requestId: "req_1",
    fields: [
      ["key", "a"],
      ["tried", '[{"ms":3}]'],
      ["status", "401"],
    ],
  });
  expect(["invalid", "REQ_1", "status=401", "401", " "].map((text) => hasText(read, text))).toEqual(
    Array.from({ length: 5 }, () => true),
  );
  expect(hasText(read, "402")).toBe(false);
});

test.each(["no JSON", "[1]", "null", "7", '{"level":5,"msg":{"a":1},"time":3}'])("%p is shown all the same", (line) => {
  const { level, time } = readLogLine(line, 1);
  expect([level, time]).toEqual(["info", undefined]);
});
