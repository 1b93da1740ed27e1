// The log: levels, formats, redaction at its exit, and what happens when the output is slow or fails.
import { describe, expect, test } from "bun:test";
import { createLogger, type LoggerOptions } from "../../src/core/logger.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { until } from "../fixture/until.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function logTo(lines: string[], options: Partial<LoggerOptions> = {}) {
  const redactor = new Redactor();
  redactor.addSecrets(["fake-secret-0123456789"]);
  return createLogger({
    level: "info",
    format: "json",
    redactor,
    now: () => NOW,
    write: (line) => void lines.push(line),
    ...options,
  });
}

test("Logger writes nothing before the caller's turn ends, then one JSON line for each record, in order", async () => {
  const lines: string[] = [];
  const logger = logTo(lines);
  logger.info({ status: 200 }, "Request served");
  logger.warn({}, "Key rests");
  expect(lines).toEqual([]);
  await logger.flush();
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: "info", time: "2026-01-02T03:04:05.678Z", status: 200, msg: "Request served" },
    { level: "warn", time: "2026-01-02T03:04:05.678Z", msg: "Key rests" },
  ]);
});

test("Logger writes what its level lets through", async () => {
  const lines: string[] = [];
  const logger = logTo(lines, { level: "warn" });
  logger.info({}, "unheard");
  logger.error({}, "heard");
  logger.setLevel("debug");
  logger.debug({}, "now heard");
  logger.setLevel("silent");
  logger.error({}, "unheard too");
  await logger.flush();
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(["heard", "now heard"]);
});

test.each(["json", "pretty"] as const)("Logger redacts fields, messages and stacks: %s", async (format) => {
  const lines: string[] = [];
  const logger = logTo(lines, { format });
  const err = new Error("refused fake-secret-0123456789");
  logger.error({ err, "fake-secret-0123456789": "Bearer fake-unknown-0123456789" }, "said fake-secret-0123456789");
  await logger.flush();
  expect(lines.join("")).toContain("fake...6789");
  expect(lines.join("")).not.toMatch(/secret|unknown/);
});

test("Logger says which levels it writes", () => {
  const logger = logTo([], { level: "info" });
  expect([logger.isEnabled("debug"), logger.isEnabled("info"), logger.isEnabled("error")]).toEqual([false, true, true]);
  logger.setLevel("silent");
  expect(logger.isEnabled("error")).toBe(false);
});

test.each(["json", "pretty"] as const)(
  "Logger keeps each record on its line, whatever stands in it: %s",
  async (format) => {
    const lines: string[] = [];
    const redactor = new Redactor();
    redactor.addSecrets(['"first"}\n{"level":"info"', "first second"]);
    const logger = logTo(lines, { format, redactor });
    logger.info({}, "first");
    logger.info({}, "second\u2028\u2029\r\nthird");
    logger.error({ err: "x".repeat(100_000) }, "last");
    await logger.flush();
    expect(lines).toHaveLength(3);
    for (const [at, word] of ["first", "third", "last"].entries()) expect(lines[at]).toContain(word);
  },
);

test.each(["json", "pretty"] as const)("Logger redacts every line of many batches: %s", async (format) => {
  const lines: string[] = [];
  const logger = logTo(lines, { format });
  for (let at = 0; at < 1_000; at++)
    logger.info({ at }, at % 2 === 0 ? "fake-secret-0123456789" : "sk-fake-0123456789");
  await logger.flush();
  expect(lines).toHaveLength(1_000);
  for (const [at, line] of lines.entries()) {
    expect(line).toContain(at % 2 === 0 ? "fake...6789" : "sk-f...6789");
    expect(line).toMatch(new RegExp(`at"?[:=]${at}\\b`));
  }
});

describe("Logger in the pretty format", () => {
  async function print(fields: object, msg: string, options: Partial<LoggerOptions> = {}): Promise<string> {
    const lines: string[] = [];
    const logger = logTo(lines, { format: "pretty", ...options });
    logger.warn(fields, msg);
    await logger.flush();
    return lines.join("");
  }

  test("prints time, level, message and fields", async () => {
    const text = await print({ status: 429, key: "team b", until: undefined, model: "gpt-4o" }, "Key rests");
    expect(text).toBe('03:04:05.678 WARN  Key rests status=429 key="team b" model=gpt-4o\n');
  });

  test("prints the time where it runs", async () => {
    const zone = process.env.TZ;
    process.env.TZ = "Asia/Tokyo";
    try {
      expect(await print({}, "Key rests")).toStartWith("12:04:05.678 WARN");
    } finally {
      process.env.TZ = zone ?? "Etc/UTC";
    }
  });

  test("escapes control characters of others", async () => {
    const text = await print({ message: "a\u009b31mred", other: "\u001b[31mred" }, "line\u001b[2J\nforged");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(text.split("\n")).toHaveLength(2);
  });

  test("prints the stack of an error below", async () => {
    expect(await print({ err: new Error("broken") }, "Bug")).toMatch(
      /^03:04:05.678 WARN {2}Bug\n {4}Error: broken\n {4} /,
    );
  });

  test("colours only when asked", async () => {
    expect(await print({}, "Key rests")).not.toContain("\u001b[");
    expect(await print({}, "Key rests", { color: true })).toContain("\u001b[33mWARN");
  });

  test("prints a record as it is when a secret of digits broke its JSON", async () => {
    const redactor = new Redactor();
    redactor.addSecrets(["123456789"]);
    expect(await print({ tokens: 123456789 }, "Used", { redactor })).toContain('"tokens":****');
  });
});

describe("Logger drops", () => {
  test("records beyond its bound, and says how many", async () => {
    const lines: string[] = [];
    const logger = logTo(lines, { maxQueued: 3 });
    for (let at = 0; at < 10; at++) logger.info({ at }, "Request served");
    await logger.flush();
    expect(logger.dropped).toBe(7);
    expect(lines).toHaveLength(4);
    expect(JSON.parse(lines[3] ?? "")).toMatchObject({ level: "warn", dropped: 7, msg: "Log records were dropped" });
  });

  test("what its output refuses, and says so once it works again", async () => {
    const lines: string[] = [];
    let isBroken = true;
    const logger = logTo(lines, {
      write: (line) => {
        if (isBroken) throw new Error("disk full");
        lines.push(line);
      },
    });
    logger.info({}, "lost");
    await logger.flush();
    isBroken = false;
    logger.info({}, "kept");
    await logger.flush();
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(["kept", "Log records were dropped"]);
    expect(logger.dropped).toBe(1);
  });
});

describe("Logger with a file", () => {
  /** A file whose writes wait until the test lets them end. */
  function slowFile() {
    const written: string[] = [];
    const waiting: (() => void)[] = [];
    const file = (lines: string) =>
      new Promise<boolean>((resolve) => {
        waiting.push(() => {
          written.push(lines);
          resolve(true);
        });
      });
    return { file, written, waiting };
  }

  test.each(["json", "pretty"] as const)(
    "writes the same records to both, the file always as JSON: %s",
    async (format) => {
      const lines: string[] = [];
      const written: string[] = [];
      const file = async (text: string) => written.push(text) > 0;
      const logger = logTo(lines, { format, file });
      logger.info({ key: "fake-secret-0123456789" }, "Request served");
      logger.warn({ until: 1 }, "Key rests");
      logger.debug({}, "unheard");
      await logger.flush();
      expect(lines).toHaveLength(2);
      const records = written.join("").split(/(?<=\n)/);
      expect(records.map((line) => JSON.parse(line))).toEqual([
        { level: "info", time: "2026-01-02T03:04:05.678Z", key: "fake...6789", msg: "Request served" },
        { level: "warn", time: "2026-01-02T03:04:05.678Z", until: 1, msg: "Key rests" },
      ]);
      if (format === "json") expect(lines).toEqual(records);
    },
  );

  test("holds nothing up while the file is slow, and loses of the file alone what does not fit", async () => {
    const lines: string[] = [];
    const { file, written, waiting } = slowFile();
    const logger = logTo(lines, { file, maxQueued: 4 });
    for (let at = 0; at < 20; at++) {
      logger.info({ at }, "Request served");
      await until("the line", () => lines.length > at);
    }
    expect([written, logger.dropped]).toEqual([[], 16]);
    while (waiting.length > 0) {
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await logger.flush();
    const records = written.join("").trimEnd().split("\n");
    expect(records.map((line) => JSON.parse(line)).map(({ at, dropped }) => at ?? `${dropped} dropped`)).toEqual([
      0,
      "16 dropped",
      1,
      2,
      3,
    ]);
    expect(lines.every((line) => line.includes("Request served"))).toBe(true);
  });

  test.each([
    ["gives up", async () => false],
    ["throws", () => Promise.reject(new Error("disk full"))],
  ])("goes on where the file %s", async (_what, file) => {
    const lines: string[] = [];
    const logger = logTo(lines, { file });
    logger.info({}, "Request served");
    await logger.flush();
    expect([lines.length, logger.dropped]).toEqual([1, 1]);
  });

  test("is flushed once both have everything", async () => {
    const { file, waiting } = slowFile();
    const logger = logTo([], { file });
    logger.info({}, "Request served");
    let isFlushed = false;
    const flushed = logger.flush().then(() => {
      isFlushed = true;
    });
    await until("the write", () => waiting.length === 1);
    expect(isFlushed).toBe(false);
    waiting[0]?.();
    await flushed;
  });
});
