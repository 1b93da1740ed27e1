// The log file: rotation by size, and what happens when the disk is full or the file is moved.
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { type LogFile, type LogFileOptions, openLogFile } from "../../src/storage/log-file.ts";
import { type LogFolder, logFolder } from "./log-folder.ts";

/** A clock that moves when the test says so. */
class Clock {
  ms = Date.UTC(2026, 0, 2);
  readonly now = () => this.ms;
}

/** A log that is closed at the end of the test. */
function logIn(at: LogFolder, options: LogFileOptions = {}): LogFile & AsyncDisposable {
  const file = openLogFile(at.path, options);
  return Object.assign(file, { [Symbol.asyncDispose]: () => file.close() });
}

async function writeAll(file: LogFile, texts: readonly string[]): Promise<readonly boolean[]> {
  const results: boolean[] = [];
  for (const text of texts) results.push(await file.write(text));
  return results;
}

/** A disk that takes this many bytes of one write and is full then. */
function fullAfter(bytes: number): (handle: FileHandle) => FileHandle {
  return (handle) => {
    const writeBytes = handle.write.bind(handle);
    let isFull = false;
    const write = (data: Uint8Array) => {
      if (isFull) return Promise.reject(Object.assign(new Error("No space left on device"), { code: "ENOSPC" }));
      isFull = true;
      return writeBytes(data.subarray(0, bytes));
    };
    return Object.assign(handle, { write });
  };
}

describe("openLogFile", () => {
  test("makes the file for its owner only and appends in order", async () => {
    using at = logFolder();
    await using file = logIn(at);
    expect(await writeAll(file, ["one\n", "two\nthree\n"])).toEqual([true, true]);
    expect(at.texts()).toEqual(["one\ntwo\nthree\n"]);
    expect(statSync(at.path).mode & 0o777).toBe(0o600);
  });

  test.each([
    [1, ["f\n"]],
    [2, ["d\ne\n", "f\n"]],
    [3, ["b\nc\n", "d\ne\n", "f\n"]],
    [5, ["a\n", "b\nc\n", "d\ne\n", "f\n"]],
  ])("keeps %i files in all and drops the oldest", async (maxFiles, kept) => {
    using at = logFolder();
    writeFileSync(at.path, "a\n");
    await using file = logIn(at, { maxBytes: 5, maxFiles });
    await writeAll(file, ["b\nc\n", "d\n", "e\n", "f\n"]);
    expect(at.texts()).toEqual(kept);
    expect(statSync(at.path).mode & 0o777).toBe(0o600);
  });

  test("fills a file to the last byte, and counts what was there", async () => {
    using at = logFolder();
    writeFileSync(at.path, "old\n");
    await using file = logIn(at, { maxBytes: 8 });
    await writeAll(file, ["new\n", "x\n"]);
    expect(at.texts()).toEqual(["old\nnew\n", "x\n"]);
  });

  test("counts bytes, not characters", async () => {
    using at = logFolder();
    await using file = logIn(at, { maxBytes: 8 });
    await writeAll(file, ["äöü\n", "x\n"]);
    expect(at.texts()).toEqual(["äöü\n", "x\n"]);
  });

  test("takes texts in order that do not wait for each other", async () => {
    using at = logFolder();
    await using file = logIn(at, { maxBytes: 6 });
    expect(await Promise.all(["a\n", "b\n", "c\n", "d\n"].map(file.write, file))).not.toContain(false);
    expect(at.texts()).toEqual(["a\nb\nc\n", "d\n"]);
  });

  test("never divides a text, also when it is larger than a file should be", async () => {
    using at = logFolder();
    await using file = logIn(at, { maxBytes: 5 });
    await writeAll(file, ["first line\nsecond line\n", "x\n"]);
    expect(at.texts()).toEqual(["first line\nsecond line\n", "x\n"]);
  });

  test("holds 10 MB in each of five files by default", async () => {
    using at = logFolder();
    await using file = logIn(at);
    const almost = `${"x".repeat(9_999_997)}\n`;
    await writeAll(file, [...Array.from({ length: 5 }, () => [almost, "x\n"]).flat(), "\n"]);
    expect(at.names()).toEqual(["daemon.log", "daemon.log.1", "daemon.log.2", "daemon.log.3", "daemon.log.4"]);
    expect(at.texts().map(({ length }) => length)).toEqual([10_000_000, 10_000_000, 10_000_000, 10_000_000, 1]);
  });

  test("shifts predecessors only up to a number that is free", async () => {
    using at = logFolder();
    for (const age of [1, 3, 4]) writeFileSync(`${at.path}.${age}`, `${age}\n`);
    await using file = logIn(at, { maxBytes: 4 });
    await writeAll(file, ["a\n", "bcd\n"]);
    expect(at.texts()).toEqual(["4\n", "3\n", "1\n", "a\n", "bcd\n"]);
  });

  test("keeps a suffix of what was written, cut between texts, whatever the sizes", async () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom("a", "é", " "), maxLength: 20 }), { minLength: 1 });
    const text = lines.map((all) => all.map((line) => `${line}\n`).join(""));
    const texts = fc.array(text, { minLength: 1, maxLength: 20 });
    const sizes = { maxBytes: fc.integer({ min: 1, max: 200 }), maxFiles: fc.integer({ min: 1, max: 5 }) };
    await fc.assert(
      fc.asyncProperty(texts, fc.record(sizes), async (written, { maxBytes, maxFiles }) => {
        using at = logFolder();
        await using file = logIn(at, { maxBytes, maxFiles });
        expect(await writeAll(file, written)).not.toContain(false);
        const kept = at.texts();
        const suffixes = written.map((_text, from) => written.slice(from).join(""));
        expect(suffixes).toContain(kept.join(""));
        expect(kept.length).toBeLessThanOrEqual(maxFiles);
        const tooLarge = kept.filter((part) => Buffer.byteLength(part) > maxBytes && !written.includes(part));
        expect(tooLarge).toEqual([]);
        const dropped = written.join("").length - kept.join("").length;
        if (kept.length < maxFiles) expect(dropped).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

describe("openLogFile gives a text up and goes on a second later", () => {
  test.each<[string, (at: LogFolder) => void, (at: LogFolder) => void]>([
    ["the folder is missing", ({ folder }) => rmSync(folder, { recursive: true }), ({ folder }) => mkdirSync(folder)],
    ["a folder has its name", ({ path }) => mkdirSync(path), ({ path }) => rmSync(path, { recursive: true })],
    [
      "a file stands where its folder should be",
      ({ folder }) => {
        rmSync(folder, { recursive: true });
        writeFileSync(folder, "");
      },
      ({ folder }) => {
        rmSync(folder);
        mkdirSync(folder);
      },
    ],
  ])("when %s", async (_what, breakIt, mendIt) => {
    using at = logFolder();
    const clock = new Clock();
    breakIt(at);
    await using file = logIn(at, { now: clock.now });
    expect(await file.write("lost\n")).toBe(false);
    mendIt(at);
    clock.ms += 999;
    expect(await file.write("lost too\n")).toBe(false);
    clock.ms += 1;
    expect(await file.write("kept\n")).toBe(true);
    expect(at.texts()).toEqual(["kept\n"]);
  });

  test.skipIf(process.getuid?.() === 0)("when the folder is read-only", async () => {
    using at = logFolder();
    await using file = logIn(at);
    chmodSync(at.folder, 0o500);
    expect(await file.write("lost\n")).toBe(false);
    chmodSync(at.folder, 0o700);
  });

  test("and tries no more often than once a second, also when the clock is set back", async () => {
    using at = logFolder();
    const clock = new Clock();
    let tries = 0;
    const refuse = () => {
      tries++;
      return Promise.reject(new Error("Read-only file system"));
    };
    await using file = logIn(at, { now: clock.now, open: refuse });
    await writeAll(file, ["a\n", "b\n", "c\n"]);
    expect(tries).toBe(1);
    clock.ms -= 3_600_000;
    await file.write("d\n");
    expect(tries).toBe(2);
  });

  test.skipIf(!existsSync("/dev/full"))("when the disk is full", async () => {
    using at = logFolder();
    const clock = new Clock();
    let device: string | undefined = "/dev/full";
    await using file = logIn(at, { now: clock.now, open: (path, ...how) => open(device ?? path, ...how) });
    expect(await file.write("lost\n")).toBe(false);
    device = undefined;
    clock.ms += 1_000;
    expect(await file.write("kept\n")).toBe(true);
    expect(at.texts()).toEqual(["kept\n"]);
  });

  test.each([
    ["within a line", 9, '{"a":1}\n{\n{"c":3}\n'],
    ["between lines", 8, '{"a":1}\n{"c":3}\n'],
    ["before the end of a line", 7, '{"a":1}\n{"c":3}\n'],
  ])("when the disk fills up %s, on a line of its own", async (_where, bytes, left) => {
    using at = logFolder();
    const clock = new Clock();
    let spoil = fullAfter(bytes);
    const openFile = async (...args: Parameters<typeof open>) => spoil(await open(...args));
    await using file = logIn(at, { now: clock.now, open: openFile });
    expect(await file.write('{"a":1}\n{"b":2}\n')).toBe(false);
    spoil = (handle) => handle;
    clock.ms += 1_000;
    expect(await file.write('{"c":3}\n')).toBe(true);
    expect(at.texts()).toEqual([left]);
  });

  test("when nothing was taken of it", async () => {
    using at = logFolder();
    const openFile = async (...args: Parameters<typeof open>) => {
      const handle = await open(...args);
      return Object.assign(handle, { write: async () => ({ bytesWritten: 0 }) });
    };
    await using file = logIn(at, { open: openFile });
    expect(await file.write("lost\n")).toBe(false);
  });

  test("when it cannot rotate, and loses nothing that was written", async () => {
    using at = logFolder();
    const clock = new Clock();
    mkdirSync(join(`${at.path}.1`, "taken"), { recursive: true });
    await using file = logIn(at, { now: clock.now, maxBytes: 4, maxFiles: 2 });
    expect(await writeAll(file, ["old\n", "lost\n"])).toEqual([true, false]);
    expect(readFileSync(at.path, "utf8")).toBe("old\n");
    rmSync(`${at.path}.1`, { recursive: true });
    clock.ms += 1_000;
    expect(await file.write("new\n")).toBe(true);
    expect(at.texts()).toEqual(["old\n", "new\n"]);
  });
});

describe("openLogFile", () => {
  test("goes on behind a line that a crash cut off", async () => {
    using at = logFolder();
    writeFileSync(at.path, '{"a":1}\n{"b');
    await using file = logIn(at);
    await writeAll(file, ['{"c":3}\n', '{"d":4}\n']);
    expect(at.texts()).toEqual(['{"a":1}\n{"b\n{"c":3}\n{"d":4}\n']);
  });

  test("counts the line end that it adds", async () => {
    using at = logFolder();
    writeFileSync(at.path, "torn");
    await using file = logIn(at, { maxBytes: 6 });
    await writeAll(file, ["x\n"]);
    expect(at.texts()).toEqual(["torn", "x\n"]);
  });

  test.each<[string, (at: LogFolder) => void, readonly string[]]>([
    ["renamed", ({ path }) => renameSync(path, `${path}.1`), ["before\nseen\nat once\n", "later\n"]],
    ["removed", ({ path }) => rmSync(path), ["later\n"]],
    [
      "replaced",
      ({ path }) => {
        renameSync(path, `${path}.1`);
        writeFileSync(path, "theirs\n");
      },
      ["before\nseen\nat once\n", "theirs\nlater\n"],
    ],
    ["truncated", ({ path }) => truncateSync(path), ["at once\nlater\n"]],
  ])("sees within a second that its file was %s", async (_how, move, texts) => {
    using at = logFolder();
    const clock = new Clock();
    await using file = logIn(at, { now: clock.now });
    await file.write("before\n");
    clock.ms += 1_000;
    await file.write("seen\n");
    move(at);
    clock.ms += 999;
    await file.write("at once\n");
    clock.ms += 1;
    await file.write("later\n");
    expect(at.texts()).toEqual(texts);
  });

  test("counts anew after the file was truncated", async () => {
    using at = logFolder();
    const clock = new Clock();
    await using file = logIn(at, { now: clock.now, maxBytes: 8 });
    await file.write("before\n");
    truncateSync(at.path);
    clock.ms += 1_000;
    await writeAll(file, ["one\n", "two\n", "three\n"]);
    expect(at.texts()).toEqual(["one\ntwo\n", "three\n"]);
  });

  test("does not rotate a file that somebody has just put in its place", async () => {
    using at = logFolder();
    const clock = new Clock();
    await using file = logIn(at, { now: clock.now, maxBytes: 14 });
    await file.write("full to here\n");
    renameSync(at.path, `${at.path}.1`);
    writeFileSync(at.path, "theirs\n");
    await file.write("later\n");
    expect(at.texts()).toEqual(["full to here\n", "theirs\nlater\n"]);
  });

  test("never rotates what is no regular file", async () => {
    using at = logFolder();
    symlinkSync("/dev/null", at.path);
    await using file = logIn(at, { maxBytes: 4 });
    expect(await writeAll(file, ["gone\n", "gone too\n"])).toEqual([true, true]);
    expect(at.names()).toEqual(["daemon.log"]);
  });

  test("close waits for the write before it, and gives up what comes after it", async () => {
    using at = logFolder();
    const file = openLogFile(at.path);
    const written = file.write("kept\n");
    await file.close();
    expect(at.texts()).toEqual(["kept\n"]);
    expect(await written).toBe(true);
    expect(await file.write("lost\n")).toBe(false);
    await file.close();
    expect(at.texts()).toEqual(["kept\n"]);
  });
});
