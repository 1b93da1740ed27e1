// Exceptions outside of every request reach the log with their secrets masked.
import { expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import { createLogger } from "../../src/core/logger.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { catchFaults } from "../../src/daemon/faults.ts";

const SECRET = "fake-secret-of-faults";

test.each([
  ["unhandledRejection", undefined],
  ["uncaughtException", 1],
] as const)("%s is logged without secrets, and ends with %p", async (event, exitCode) => {
  const exited = Promise.withResolvers<number>();
  const source = Object.assign(new EventEmitter(), { exit: exited.resolve });
  const redactor = new Redactor();
  redactor.addSecrets([SECRET]);
  let text = "";
  const write = (line: string) => {
    text += line;
  };
  const logger = createLogger({ level: "info", format: "json", redactor, write });
  catchFaults(source, logger);
  source.emit(event, new Error(`Cannot send ${SECRET}`));
  await logger.flush();
  expect(text).toContain("Cannot send fake...ults");
  expect(text).not.toContain(SECRET);
  expect(await Promise.race([exited.promise, Bun.sleep(0)])).toBe(exitCode);
});
