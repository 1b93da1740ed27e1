// The sink: everything arrives in order through files and full pipes, a failing descriptor is given up.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLogSink } from "../../src/core/log-sink.ts";

const folder = mkdtempSync(join(tmpdir(), "log-sink-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("openLogSink writes everything in order", async () => {
  const path = join(folder, "log");
  const write = openLogSink(openSync(path, "w"));
  const big = "x".repeat(300_000);
  expect(await write("first\n")).toBe(true);
  expect(await write(big)).toBe(true);
  expect(readFileSync(path, "utf8")).toBe(`first\n${big}`);
});

test("openLogSink gives up on a descriptor that cannot be written", async () => {
  const path = join(folder, "log");
  const write = openLogSink(openSync(path, "r"));
  expect(await write("lost\n")).toBe(false);
});
