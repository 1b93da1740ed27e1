// Several files take their places as one step: all of them or none, wherever it is cut short.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../src/core/user-error.ts";
import {
  finishCutShort,
  isCutShort,
  putInPlace,
  removeStaged,
  type StagedFile,
} from "../../src/storage/staged-files.ts";

/** One file that is replaced, one that is new, one that is taken away, and one that was not there. */
class Scratch implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "ob-staged-"));
  readonly files: readonly StagedFile[] = [
    { path: this.at("a"), staged: this.at("a.new"), kept: this.at("a.old") },
    { path: this.at("b"), staged: this.at("b.new"), kept: this.at("b.old") },
    { path: this.at("c"), kept: this.at("c.old") },
    { path: this.at("d"), kept: this.at("d.old") },
  ];

  constructor() {
    for (const [name, text] of Object.entries(BEFORE)) writeFileSync(this.at(name), text);
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  content(): Readonly<Record<string, string>> {
    const names = readdirSync(this.folder).toSorted();
    return Object.fromEntries(names.map((name) => [name, readFileSync(this.at(name), "utf8")]));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

const BEFORE = { a: "a1", "a.new": "a2", "b.new": "b2", c: "c1" };
const AFTER = { a: "a2", "a.old": "a1", b: "b2", "c.old": "c1" };
/** The renames that are done, in their order. */
const RENAMES = [
  ["a", "a.old"],
  ["a.new", "a"],
  ["b.new", "b"],
  ["c", "c.old"],
] as const;

describe("Staged files", () => {
  test("take their places, and what was there is kept", async () => {
    using scratch = new Scratch();
    await putInPlace(scratch.folder, scratch.files);
    expect(scratch.content()).toEqual(AFTER);
    expect(finishCutShort(scratch.folder)).toEqual([]);
  });

  test.each([0, 1, 2, 3, 4])("are finished after a crash behind %i renames, once", (count) => {
    using scratch = new Scratch();
    const journal = { format: "openai-balance restore", version: 1, files: scratch.files };
    writeFileSync(scratch.at("restore.json"), JSON.stringify(journal));
    for (const [from, to] of RENAMES.slice(0, count)) renameSync(scratch.at(from), scratch.at(to));
    expect(isCutShort(scratch.folder)).toBe(true);
    expect(finishCutShort(scratch.folder)).toEqual([
      `A restore of ${scratch.folder} that was cut short has been finished`,
    ]);
    expect(scratch.content()).toEqual(AFTER);
    expect(isCutShort(scratch.folder)).toBe(false);
  });

  test.each([0, 1, 2, 3])("go back where the place of number %i cannot be taken", async (broken) => {
    using scratch = new Scratch();
    const files = scratch.files.map((file, at) => {
      if (at !== broken) return file;
      writeFileSync(file.path, "there");
      return { ...file, kept: scratch.at("missing/kept") };
    });
    const before = scratch.content();
    expect(putInPlace(scratch.folder, files)).rejects.toBeInstanceOf(UserError);
    expect(scratch.content()).toEqual(before);
  });

  test("that nothing will put in place any more are removed at the next start, but never those of a journal", () => {
    using scratch = new Scratch();
    const names = [
      "keys.json.restored",
      "state.json.restored.tmp",
      "requests.sqlite.restored-wal",
      "restore.json.ab12.tmp",
    ];
    for (const name of names) writeFileSync(scratch.at(name), "");
    writeFileSync(scratch.at("restore.json"), "{");
    removeStaged(scratch.folder);
    for (const name of names) expect(existsSync(scratch.at(name))).toBe(true);
    rmSync(scratch.at("restore.json"));
    expect(finishCutShort(scratch.folder)).toEqual([]);
    expect(scratch.content()).toEqual(BEFORE);
  });

  test("of a journal that is damaged stay as they are, and nothing goes on", () => {
    using scratch = new Scratch();
    writeFileSync(scratch.at("restore.json"), "{");
    expect(() => finishCutShort(scratch.folder)).toThrow("Cannot finish the restore");
    expect(existsSync(scratch.at("restore.json"))).toBe(true);
    expect(scratch.content()).toMatchObject(BEFORE);
  });
});
