// Two processes and one data folder: one has it, the other is told, and nothing that is left over is in the way.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { lockFolder } from "../../src/storage/folder-lock.ts";
import { type ScratchFolder, scratchFolder } from "../core/scratch-folder.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const SCRIPT = resolve(import.meta.dir, "hold-lock.ts");

interface Holder extends AsyncDisposable {
  /** What came of each folder. */
  readonly kinds: readonly string[];
  /** Lets go as a process does that ends. */
  release(): Promise<void>;
  kill(): Promise<void>;
}

/** Another process that tries to lock folders and holds what it gets. */
async function hold(...folders: readonly string[]): Promise<Holder> {
  const child = Bun.spawn([process.execPath, SCRIPT, ...folders], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await lines.read();
  const end = async (how: () => unknown) => {
    await how();
    await child.exited;
  };
  const kill = () => end(() => child.kill("SIGKILL"));
  return {
    kinds: value.trim().split(","),
    release: () => end(() => child.stdin.end()),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

/** What this process gets; it lets go at once. */
function tryLock(folder: ScratchFolder): string {
  const result = lockFolder(folder.path);
  if (result.kind === "taken") result.lock.release();
  return result.kind === "fault" ? result.fault : result.kind;
}

describe("lockFolder", () => {
  test("keeps another process off, in both directions, until it is released", async () => {
    using folder = scratchFolder();
    const mine = lockFolder(folder.path);
    expect(mine.kind).toBe("taken");
    await using other = await hold(folder.path);
    expect(other.kinds).toEqual(["held"]);
    if (mine.kind === "taken") mine.lock.release();
    await using holder = await hold(folder.path);
    expect(holder.kinds).toEqual(["taken"]);
    expect(tryLock(folder)).toBe("held");
    await holder.release();
    expect(tryLock(folder)).toBe("taken");
  });

  test("is free after a kill -9 of whoever had it", async () => {
    using folder = scratchFolder();
    for (let kill = 0; kill < 3; kill++) {
      await using holder = await hold(folder.path);
      expect([holder.kinds, tryLock(folder)]).toEqual([["taken"], "held"]);
      await holder.kill();
      expect(tryLock(folder)).toBe("taken");
      expect(folder.snapshot()).toEqual({ "daemon.lock": "file 600 " });
    }
  });

  test("holds against the same process, which does not lose it by trying", async () => {
    using folder = scratchFolder();
    const first = lockFolder(folder.path);
    for (let attempt = 0; attempt < 3; attempt++) expect(tryLock(folder)).toBe("held");
    await using other = await hold(folder.path);
    expect(other.kinds).toEqual(["held"]);
    if (first.kind === "taken") first.lock.release();
    expect(tryLock(folder)).toBe("taken");
  });

  test("holds one folder and not the other", async () => {
    using one = scratchFolder();
    using other = scratchFolder();
    await using _holder = await hold(one.path);
    expect([tryLock(one), tryLock(other)]).toEqual(["held", "taken"]);
  });

  test("leaves one empty file that only its owner may read, while it is held and after", async () => {
    using folder = scratchFolder();
    const before = process.umask(0);
    const mine = lockFolder(folder.path);
    process.umask(before);
    const file = { "daemon.lock": "file 600 " };
    expect(folder.snapshot()).toEqual(file);
    if (mine.kind === "taken") mine.lock.release();
    expect(folder.snapshot()).toEqual(file);
  });

  test("takes what anything else left in the file", () => {
    const database = Buffer.concat([Buffer.from("SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20"), Buffer.alloc(4_072)]);
    const content = fc.oneof(
      fc.constantFrom(Buffer.from("4711\n"), Buffer.alloc(4_096), database, database.subarray(0, 100)),
      fc.uint8Array({ maxLength: 600 }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([database, bytes])),
    );
    fc.assert(
      fc.property(content, fc.constantFrom("", "-journal", "-wal"), (bytes, beside) => {
        using folder = scratchFolder();
        writeFileSync(folder.at("daemon.lock"), bytes);
        if (beside !== "") writeFileSync(folder.at(`daemon.lock${beside}`), bytes);
        expect(tryLock(folder)).toBe("taken");
        expect(folder.snapshot()["daemon.lock"]).toMatch(/^file \d+ $/);
        expect(statSync(folder.at("daemon.lock")).size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test("gives what something else was left in to one of many processes only", async () => {
    using folder = scratchFolder();
    const folders = Array.from({ length: 40 }, (_, at) => folder.at(`data-${at}`));
    for (const path of folders) {
      mkdirSync(path);
      writeFileSync(`${path}/daemon.lock`, "no database");
    }
    const holders = await Promise.all(Array.from({ length: 4 }, () => hold(...folders)));
    for (const [at] of folders.entries()) {
      expect(holders.map(({ kinds }) => kinds[at]).sort()).toEqual(["held", "held", "held", "taken"]);
    }
    await Promise.all(holders.map((holder) => holder.kill()));
  });

  test.each<[string, (data: string) => void]>([
    ["was deleted", (data) => rmSync(data, { recursive: true })],
    ["was replaced", (data) => [rmSync(data, { recursive: true }), mkdirSync(data), lockFolder(data)]],
    ["was moved away", (data) => renameSync(data, `${data}-moved`)],
    ["lost its lock", (data) => rmSync(`${data}/daemon.lock`)],
  ])("says of a folder that %s that nothing may be written there", (_what, change) => {
    using folder = scratchFolder();
    mkdirSync(folder.at("data"));
    const mine = lockFolder(folder.at("data"));
    if (mine.kind !== "taken") throw new Error("It was not taken");
    writeFileSync(`${folder.at("data")}/state.json`, "x");
    expect(mine.lock.fault).toBeUndefined();
    change(folder.at("data"));
    expect(mine.lock.fault).toBe("the data folder was deleted or replaced while it was in use");
    mine.lock.release();
  });

  test("never empties what a link leads to", () => {
    using folder = scratchFolder();
    writeFileSync(folder.at("precious"), "no database");
    symlinkSync("precious", folder.at("daemon.lock"));
    expect(tryLock(folder)).not.toBe("taken");
    expect(folder.text("precious")).toBe("no database");
  });

  test.each<[string, (folder: ScratchFolder) => unknown]>([
    ["it is a folder", (folder) => mkdirSync(folder.at("daemon.lock"))],
    ["it does not exist", (folder) => rmSync(folder.path, { recursive: true })],
  ])("says why there can be no lock: %s", (fault, prepare) => {
    using folder = scratchFolder();
    prepare(folder);
    expect(tryLock(folder)).toBe(fault);
  });

  test("says that the folder is a file", () => {
    using folder = scratchFolder();
    writeFileSync(folder.at("file"), "");
    expect(lockFolder(folder.at("file"))).toEqual({ kind: "fault", fault: "a part of the path is no folder" });
  });
});
