// The reader: what it takes for a record, and how it goes on when files are appended to, moved, cut or removed.
import { describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { openLogFile } from "../../src/storage/log-file.ts";
import { LogReader, lastMatches } from "../../src/storage/log-reader.ts";
import { type LogFolder, logFolder } from "./log-folder.ts";
import { followed, lines, numberOf, unread } from "./numbered-records.ts";

/** Files of the folder that this process holds open. */
function openFiles(folder: string): number {
  const targets = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(join("/proc/self/fd", fd));
    } catch {
      return "";
    }
  });
  return targets.filter((target) => target.startsWith(folder)).length;
}

describe("LogReader reads", () => {
  test("nothing where there is no log, and no folder", async () => {
    using at = logFolder();
    await using reader = new LogReader(at.path);
    expect(await unread(reader)).toEqual([]);
    await using elsewhere = new LogReader(join(at.folder, "missing", "daemon.log"));
    expect(await unread(elsewhere)).toEqual([]);
  });

  test("each record with its text", async () => {
    using at = logFolder();
    writeFileSync(at.path, '{"level":"info", "msg":"é"}\n');
    await using reader = new LogReader(at.path);
    expect(await Array.fromAsync(reader.unread())).toEqual([
      { text: '{"level":"info", "msg":"é"}', record: { level: "info", msg: "é" } },
    ]);
  });

  test("all files of the log, oldest first, and no others", async () => {
    using at = logFolder();
    for (const [suffix, number] of [
      ["", 4],
      [".1", 3],
      [".2", 2],
      [".10", 1],
    ] as const) {
      writeFileSync(`${at.path}${suffix}`, lines(number));
    }
    for (const name of [
      "daemon.log.3.gz",
      "daemon.log-1",
      "daemon.log.old",
      "daemon.log.01",
      "other.log",
      "xdaemon.log.1",
    ]) {
      writeFileSync(join(at.folder, name), lines(0));
    }
    mkdirSync(`${at.path}.5`);
    symlinkSync(join(at.folder, "missing"), `${at.path}.6`);
    await using reader = new LogReader(at.path);
    expect(await unread(reader)).toEqual([1, 2, 3, 4]);
  });

  test("predecessors of a log that is missing", async () => {
    using at = logFolder();
    writeFileSync(`${at.path}.1`, lines(1));
    await using reader = new LogReader(at.path);
    expect(await unread(reader)).toEqual([1]);
  });

  test.each([
    ["half a record", '{"number":'],
    ["an empty line", ""],
    ["something else", "Killed"],
    ["a number", "5"],
    ["a list", "[1]"],
    ["null", "null"],
    ["a record that redaction broke", '{"number":****}'],
    ["bytes that are no text", "\u0000\ufffd"],
    ["a line without end", "x".repeat(2_000_000)],
  ])("over %s", async (_what, text) => {
    using at = logFolder();
    writeFileSync(at.path, `${lines(1)}${text}\n${lines(2)}`);
    await using reader = new LogReader(at.path);
    expect(await unread(reader)).toEqual([1, 2]);
  });

  test("a record only when its line has ended", async () => {
    using at = logFolder();
    await using reader = new LogReader(at.path);
    writeFileSync(at.path, `${lines(1)}{"number":2}`);
    expect(await unread(reader)).toEqual([1]);
    appendFileSync(at.path, "\n");
    expect(await unread(reader)).toEqual([2]);
    expect(await unread(reader)).toEqual([]);
  });

  test("later what a loop that ended early left", async () => {
    using at = logFolder();
    writeFileSync(`${at.path}.1`, lines(1, 2, 3));
    writeFileSync(at.path, lines(4));
    await using reader = new LogReader(at.path);
    for await (const line of reader.unread()) {
      if (numberOf(line) === 2) break;
    }
    appendFileSync(at.path, lines(5));
    expect(await unread(reader)).toEqual([3, 4, 5]);
  });

  test.skipIf(process.platform === "win32")("no pipe, for which it would have to wait", async () => {
    using at = logFolder();
    execFileSync("mkfifo", [`${at.path}.1`]);
    writeFileSync(at.path, lines(1));
    await using reader = new LogReader(at.path);
    expect(await unread(reader)).toEqual([1]);
  });

  test.each([
    [100_000, 100],
    [0, 65],
  ])("a file that is truncated to %i bytes meanwhile", async (bytes, count) => {
    using at = logFolder();
    const padded = Array.from({ length: 200 }, (_none, number) => `${JSON.stringify({ number }).padEnd(999)}\n`);
    writeFileSync(at.path, padded.join(""));
    await using reader = new LogReader(at.path);
    const seen: unknown[] = [];
    for await (const line of reader.unread()) {
      if (seen.push(numberOf(line)) === 1) truncateSync(at.path, bytes);
    }
    expect(seen).toEqual(Array.from({ length: count }, (_none, number) => number));
    appendFileSync(at.path, lines(200));
    expect(await unread(reader)).toEqual([200]);
  });

  test("no folder that is a file", async () => {
    using at = logFolder();
    writeFileSync(at.path, "");
    await using reader = new LogReader(join(at.path, "daemon.log"));
    await expect(unread(reader)).rejects.toThrow("ENOTDIR");
  });
});

describe("LogReader follows", () => {
  test("what is appended, behind what is there", async () => {
    using at = logFolder();
    writeFileSync(at.path, lines(1));
    await using reader = new LogReader(at.path);
    const append = (number: number) => () => appendFileSync(at.path, lines(number));
    expect(await followed(reader, [append(2), () => {}, append(3)])).toEqual([1, 2, 3]);
  });

  test("only what comes later, when the rest was read", async () => {
    using at = logFolder();
    writeFileSync(at.path, lines(1, 2));
    await using reader = new LogReader(at.path);
    const last = await lastMatches(reader.unread(), 1, () => true);
    appendFileSync(at.path, lines(3));
    renameSync(at.path, `${at.path}.1`);
    writeFileSync(at.path, lines(4));
    expect(last.map(numberOf)).toEqual([2]);
    expect(await followed(reader, [])).toEqual([3, 4]);
  });

  test("a log that does not exist yet", async () => {
    using at = logFolder();
    rmSync(at.folder, { recursive: true });
    await using reader = new LogReader(at.path);
    const begin = () => {
      mkdirSync(at.folder);
      writeFileSync(at.path, lines(1));
    };
    expect(await followed(reader, [() => {}, begin])).toEqual([1]);
  });

  test.each<[string, (at: LogFolder) => readonly (() => void)[]]>([
    [
      "was renamed, while its writer has not noticed",
      ({ path }) => [
        () => renameSync(path, `${path}.1`),
        () => appendFileSync(`${path}.1`, lines(2)),
        () => writeFileSync(path, ""),
        () => appendFileSync(`${path}.1`, lines(3)),
        () => appendFileSync(path, lines(4)),
      ],
    ],
    [
      "was renamed to a name outside of the log",
      ({ path, folder }) => {
        const moved = join(folder, "moved");
        return [
          () => {
            renameSync(path, moved);
            appendFileSync(moved, lines(2));
          },
          () => writeFileSync(path, ""),
          () => {
            appendFileSync(moved, lines(3));
            appendFileSync(path, lines(4));
          },
        ];
      },
    ],
    [
      "was removed, and another made",
      ({ path }) => [
        () => appendFileSync(path, lines(2)),
        () => rmSync(path),
        () => writeFileSync(path, lines(3)),
        () => appendFileSync(path, lines(4)),
      ],
    ],
    [
      "was replaced by one of the same length between two looks",
      ({ path }) =>
        [2, 3, 4].map((number) => () => {
          rmSync(path);
          writeFileSync(path, lines(number));
        }),
    ],
    [
      "was removed with a predecessor left",
      ({ path }) => [
        () => {
          renameSync(path, `${path}.1`);
          writeFileSync(path, lines(2));
        },
        () => rmSync(path),
        () => writeFileSync(path, lines(3, 4)),
      ],
    ],
    [
      "was truncated",
      ({ path }) => [
        () => appendFileSync(path, `${lines(2)}{"number":`),
        () => truncateSync(path),
        () => appendFileSync(path, lines(3)),
        () => appendFileSync(path, lines(4)),
      ],
    ],
    [
      "was dropped before all of it was read",
      ({ path }) => [
        () => {
          appendFileSync(path, lines(2));
          renameSync(path, `${path}.1`);
          writeFileSync(path, lines(3));
          renameSync(path, `${path}.1`);
          writeFileSync(path, lines(4));
        },
      ],
    ],
  ])("a log that %s", async (_how, steps) => {
    using at = logFolder();
    writeFileSync(at.path, lines(1));
    await using reader = new LogReader(at.path);
    expect(await followed(reader, steps(at))).toEqual([1, 2, 3, 4]);
  });

  test("until the signal aborts, and loses nothing", async () => {
    using at = logFolder();
    writeFileSync(at.path, lines(1, 2, 3));
    await using reader = new LogReader(at.path);
    const stop = new AbortController();
    const seen: unknown[] = [];
    for await (const line of reader.follow({ signal: stop.signal, pause: () => Promise.reject(new Error("waited")) })) {
      seen.push(numberOf(line));
      if (seen.length === 2) stop.abort();
    }
    expect(seen).toEqual([1, 2]);
    expect(await followed(reader, [])).toEqual([3]);
    expect(await Array.fromAsync(reader.follow({ signal: stop.signal, pause: async () => {} }))).toEqual([]);
  });

  test("by looking four times a second, and hands the signal on", async () => {
    using at = logFolder();
    await using reader = new LogReader(at.path);
    const stop = new AbortController();
    const waits: unknown[] = [];
    const pause = async (ms: number, signal: AbortSignal) => {
      waits.push([ms, signal === stop.signal]);
      if (waits.length === 2) stop.abort();
    };
    await Array.fromAsync(reader.follow({ signal: stop.signal, pause }));
    expect(waits).toEqual([
      [250, true],
      [250, true],
    ]);
  });

  test.skipIf(!existsSync("/proc/self/fd"))("without keeping dropped files open", async () => {
    using at = logFolder();
    const file = openLogFile(at.path, { maxBytes: 1, maxFiles: 3 });
    const held: number[] = [];
    {
      await using reader = new LogReader(at.path);
      const steps = [1, 2, 3, 4, 5, 6, 7].map((number) => async () => {
        await file.write(lines(number));
        held.push(openFiles(at.folder));
      });
      expect(await followed(reader, steps)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      await file.close();
      expect(Math.max(...held)).toBeLessThanOrEqual(5);
      expect(openFiles(at.folder)).toBe(3);
    }
    expect(openFiles(at.folder)).toBe(0);
  });
});

describe("lastMatches", () => {
  test.each([
    [0, []],
    [2, [6, 8]],
    [5, [0, 2, 4, 6, 8]],
    [100, [0, 2, 4, 6, 8]],
    [Number.POSITIVE_INFINITY, [0, 2, 4, 6, 8]],
  ])("keeps the last %p", async (count, numbers) => {
    using at = logFolder();
    writeFileSync(`${at.path}.1`, lines(0, 1, 2, 3, 4));
    writeFileSync(at.path, lines(5, 6, 7, 8, 9));
    await using reader = new LogReader(at.path);
    const last = await lastMatches(reader.unread(), count, ({ number }) => Number(number) % 2 === 0);
    expect(last.map(numberOf)).toEqual(numbers);
    expect(await unread(reader)).toEqual([]);
  });
});
