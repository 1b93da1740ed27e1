// Two generations of a file: which is used, what is set aside, and what must not be touched.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { DamagedFile, previousOf, readGenerations, StuckFile } from "../../src/core/generations.ts";
import { type ScratchFolder, scratchFolder } from "./scratch-folder.ts";

const STAMP = "2026-01-02T03-04-05-067Z";

/** Content that must not be touched: of a newer version, or under another key. */
class LockedFile extends Error {}

function parse(text: string): string {
  if (text.startsWith("sound")) return text;
  if (text.startsWith("locked")) throw new LockedFile("of a newer version");
  throw new DamagedFile("it is no JSON");
}

type Contents = readonly [current: string | undefined, previous: string | undefined];

function folderWith([current, previous]: Contents): ScratchFolder {
  const folder = scratchFolder();
  if (current !== undefined) writeFileSync(folder.at("state"), current);
  if (previous !== undefined) writeFileSync(folder.at("state.1"), previous);
  return folder;
}

function read(folder: ScratchFolder, stamp: string | undefined = STAMP) {
  return readGenerations(folder.at("state"), { parse, stamp });
}

const ASIDE = [`state.corrupt-${STAMP}`, `state.1.corrupt-${STAMP}`] as const;

describe("readGenerations", () => {
  test.each<[string, Contents, string | undefined, readonly string[]]>([
    ["uses the current one", ["sound new", "sound old"], "sound new", ["state", "state.1"]],
    ["does not look further then", ["sound new", "damaged"], "sound new", ["state", "state.1"]],
    ["finds none where there never was one", [undefined, undefined], undefined, []],
    ["uses the one before where the current one is missing", [undefined, "sound old"], "sound old", ["state.1"]],
    [
      "uses the one before where the current one is damaged",
      ["damaged", "sound old"],
      "sound old",
      ["state.1", ASIDE[0]],
    ],
    ["has nothing where both are damaged", ["damaged", "damaged"], undefined, [ASIDE[1], ASIDE[0]]],
    ["has nothing where the only one is damaged", ["damaged", undefined], undefined, [ASIDE[0]]],
    ["has nothing where the one before is damaged too", [undefined, "damaged"], undefined, [ASIDE[1]]],
  ])("%s", (_what, contents, value, names) => {
    using folder = folderWith(contents);
    expect(read(folder).value).toBe(value);
    expect(folder.names()).toEqual([...names].sort());
    const left = folder.names().map((name) => folder.text(name));
    expect(left.sort()).toEqual(contents.filter((content) => content !== undefined).sort());
  });

  test("says nothing when all is as it should be", () => {
    for (const contents of [
      ["sound new", "damaged"],
      ["sound new", undefined],
      [undefined, undefined],
    ] as const) {
      using folder = folderWith(contents);
      expect(read(folder).notes).toEqual([]);
    }
  });

  test("says what is damaged, why, where it is kept, and what is used instead", () => {
    using folder = folderWith(["damaged", "sound old"]);
    const path = folder.at("state");
    expect(read(folder).notes).toEqual([
      `${path} is damaged: it is no JSON; it is kept as ${path}.corrupt-${STAMP}`,
      `${path}.1, the generation before, is used`,
    ]);
    expect(read(folder).notes).toEqual([`${path} is missing`, `${path}.1, the generation before, is used`]);
  });

  test("without a stamp it says the same and leaves everything where it is", () => {
    using folder = folderWith(["damaged", "damaged"]);
    const before = folder.snapshot();
    const path = folder.at("state");
    expect(readGenerations(path, { parse, stamp: undefined })).toEqual({
      value: undefined,
      notes: [`${path} is damaged: it is no JSON`, `${path}.1 is damaged: it is no JSON`],
    });
    expect(folder.snapshot()).toEqual(before);
  });

  test.each<[string, Contents]>([
    ["current", ["locked", "sound old"]],
    ["one before, the current one being damaged", ["damaged", "locked"]],
    ["one before, the current one being missing", [undefined, "locked"]],
  ])("touches nothing where what must not be touched is the %s", (_what, contents) => {
    using folder = folderWith(contents);
    const before = folder.snapshot();
    expect(() => read(folder)).toThrow(LockedFile);
    expect(folder.snapshot()).toEqual(before);
  });

  test.each(["state", "state.1"])("touches nothing where %s is there and cannot be read", (name) => {
    using folder = folderWith([name === "state" ? undefined : "damaged", undefined]);
    mkdirSync(folder.at(name));
    const before = folder.snapshot();
    expect(() => read(folder)).toThrow("EISDIR");
    expect(folder.snapshot()).toEqual(before);
  });

  test("never replaces what was set aside before, though the clock stands still", () => {
    using folder = scratchFolder();
    for (const fault of ["damaged 1", "damaged 2", "damaged 3"]) {
      writeFileSync(folder.at("state"), fault);
      read(folder);
    }
    expect(folder.names()).toEqual([ASIDE[0], `${ASIDE[0]}-2`, `${ASIDE[0]}-3`]);
    expect(folder.names().map((name) => folder.text(name))).toEqual(["damaged 1", "damaged 2", "damaged 3"]);
  });

  test("throws StuckFile where it can neither use nor rename what is damaged", () => {
    using folder = folderWith(["damaged", "sound old"]);
    const stamp = "x".repeat(300);
    expect(() => read(folder, stamp)).toThrow(StuckFile);
    expect(() => read(folder, stamp)).toThrow("is damaged: it is no JSON; it cannot be renamed: the path is too long");
    expect(readFileSync(folder.at("state"), "utf8")).toBe("damaged");
  });

  test("tells the parser which file it reads", () => {
    using folder = folderWith(["damaged", "sound old"]);
    const files: string[] = [];
    const noting = (text: string, file: string) => {
      files.push(file);
      return parse(text);
    };
    readGenerations(folder.at("state"), { parse: noting, stamp: STAMP });
    expect(files).toEqual([folder.at("state"), previousOf(folder.at("state"))]);
  });
});
