// A replaced file is whole at every moment: at every step, with a crash there, and with a failure there.
import { describe, expect, test } from "bun:test";
import { existsSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { type Content, createFile, removeLeftovers, replaceFile } from "../../src/core/atomic-file.ts";
import { errorCode } from "../../src/core/io-fault.ts";
import { type ScratchFolder, scratchFolder } from "./scratch-folder.ts";
import { systemError, type Watch, watchedCalls } from "./watched-calls.ts";

const GENERATIONS = ["oldest", "older", "old", "new", "newer"].map((word) => `${word} `.repeat(50));
const [, OLDER = "", OLD = "", NEW = "", NEWER = ""] = GENERATIONS;

/** A folder in which `state` has been written twice. */
function twoGenerations(): ScratchFolder {
  const folder = scratchFolder();
  writeFileSync(folder.at("state"), OLD, { mode: 0o600 });
  writeFileSync(folder.at("state.1"), OLDER, { mode: 0o600 });
  return folder;
}

async function* slowly(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

const HALVES = [NEW.slice(0, 7), NEW.slice(7)];

/** The ways in which a content can be given, and the step that each is written in. */
const CONTENTS: readonly (readonly [string, () => Content])[] = [
  ["a text", () => NEW],
  ["bytes", () => Buffer.from(NEW)],
  ["pieces", () => HALVES],
  ["pieces that come one by one", () => slowly(HALVES)],
];

/** With and without a generation before, and on a file system without second names. */
const WAYS: readonly (readonly [string, boolean, Watch])[] = [
  ["alone", false, {}],
  ["keeping the one before", true, {}],
  ["keeping the one before without second names", true, { hasNoLinks: true }],
];

/** Replaces the file; a failure is an answer here. */
async function replaceWith(folder: ScratchFolder, keeps: boolean, watch: Watch, content: Content = NEW) {
  const calls = watchedCalls(watch);
  const options = { calls, ...(keeps && { previous: folder.at("state.1") }) };
  const error: unknown = await replaceFile(folder.at("state"), content, options).then(
    () => undefined,
    (reason) => reason,
  );
  return { error, steps: calls.steps };
}

function expectWhole(folder: ScratchFolder): void {
  const [current, previous] = ["state", "state.1"].map((name) => GENERATIONS.indexOf(folder.text(name) ?? "")) as [
    number,
    number,
  ];
  expect(previous).toBeGreaterThan(-1);
  expect(current).toBeGreaterThan(previous);
}

describe("replaceFile", () => {
  test("brings the content to the disk before it counts, and the old one keeps a name until then", async () => {
    using folder = twoGenerations();
    const { steps } = await replaceWith(folder, true, {}, HALVES);
    expect(steps.slice(0, -3)).toEqual([
      "rm state.tmp",
      "open wx state.tmp",
      "write state.tmp",
      "write state.tmp",
      "sync state.tmp",
      "close state.tmp",
      "rm state.1.tmp",
      "link state state.1.tmp",
      "rename state.tmp state",
      "rename state.1.tmp state.1",
      "rm state.1.tmp",
    ]);
    expect(steps.at(-2)).toStartWith("sync ob-scratch-");
  });

  describe.each(WAYS)("%s", (_way, keeps, way) => {
    test.each(CONTENTS)("gives a reader the whole old or new content at every step: %s", async (_what, content) => {
      using folder = twoGenerations();
      const seen = new Set<string | undefined>();
      const onStep = () => {
        expectWhole(folder);
        seen.add(folder.text("state"));
      };
      expect((await replaceWith(folder, keeps, { ...way, onStep }, content())).error).toBeUndefined();
      expect([...seen]).toEqual([OLD, NEW]);
      expect(folder.text("state")).toBe(NEW);
      expect(folder.text("state.1")).toBe(keeps ? OLD : OLDER);
      expect(folder.names()).toEqual(["state", "state.1"]);
    });

    test.each(CONTENTS)(
      "leaves whole files after a crash at any step, and goes on after it: %s",
      async (_what, content) => {
        using reference = twoGenerations();
        const { steps } = await replaceWith(reference, keeps, way, content());
        expect(steps.length).toBeGreaterThan(8);
        for (let dies = 0; dies < steps.length; dies++) {
          using folder = twoGenerations();
          await replaceWith(folder, keeps, { ...way, dies }, content());
          expectWhole(folder);
          expect((await replaceWith(folder, keeps, way, NEWER)).error).toBeUndefined();
          expect(folder.text("state")).toBe(NEWER);
          expectWhole(folder);
          expect(folder.names()).toEqual(["state", "state.1"]);
        }
      },
    );

    test("changes nothing when any step fails, or all of it", async () => {
      using reference = twoGenerations();
      const { steps } = await replaceWith(reference, keeps, way);
      const outcomes = new Set<string>();
      for (let fails = 0; fails < steps.length; fails++) {
        using folder = twoGenerations();
        const before = folder.snapshot();
        const { error } = await replaceWith(folder, keeps, { ...way, fails });
        outcomes.add(error === undefined ? "done" : "failed");
        if (error === undefined) expect(folder.snapshot()).toMatchObject(reference.snapshot());
        else expect([errorCode(error), folder.snapshot()]).toEqual(["EIO", before]);
      }
      expect([...outcomes].sort()).toEqual(["done", "failed"]);
    });
  });

  test("writes the first generation of a file", async () => {
    using folder = scratchFolder();
    await replaceWith(folder, true, {});
    expect([folder.names(), folder.text("state")]).toEqual([["state"], NEW]);
    expect(statSync(folder.at("state")).mode & 0o777).toBe(0o600);
  });

  test("keeps the generation before where the current one is gone", async () => {
    using folder = scratchFolder();
    writeFileSync(folder.at("state.1"), OLDER);
    await replaceWith(folder, true, {});
    expect([folder.text("state"), folder.text("state.1")]).toEqual([NEW, OLDER]);
  });

  test.each<[string, (folder: ScratchFolder) => Content]>([
    [
      "a generator",
      function* () {
        yield NEW;
        throw systemError("EBUG");
      },
    ],
    [
      "an asynchronous generator",
      async function* () {
        yield NEW;
        throw systemError("EBUG");
      },
    ],
  ])("changes nothing when %s throws", async (_what, make) => {
    using folder = twoGenerations();
    const before = folder.snapshot();
    const { error } = await replaceWith(folder, true, {}, make(folder));
    expect(errorCode(error)).toBe("EBUG");
    expect(folder.snapshot()).toEqual(before);
  });

  test.each(["state", "state.1", "state.tmp", "state.1.tmp"])(
    "changes nothing where a folder is in place of %s",
    async (name) => {
      using folder = scratchFolder();
      for (const [file, text] of [
        ["state", OLD],
        ["state.1", OLDER],
      ] as const)
        if (file !== name) writeFileSync(folder.at(file), text);
      mkdirSync(folder.at(name));
      writeFileSync(`${folder.at(name)}/kept`, "kept");
      const before = folder.snapshot();
      const { error } = await replaceWith(folder, true, {});
      expect(["EISDIR", "ERR_FS_EISDIR"]).toContain(errorCode(error) ?? "");
      expect(folder.snapshot()).toEqual(before);
    },
  );

  test("changes nothing where the folder does not exist", async () => {
    using folder = scratchFolder();
    const missing = replaceFile(folder.at("missing/state"), NEW, { previous: folder.at("missing/state.1") });
    expect(await missing.catch(errorCode)).toBe("ENOENT");
    expect(folder.names()).toEqual([]);
  });

  test.each([
    ["a file", (path: string) => writeFileSync(path, "left over by a crash, and longer than what comes".repeat(50))],
    ["a link", (path: string, target: string) => symlinkSync(target, path)],
    ["a link to nowhere", (path: string) => symlinkSync("nowhere", path)],
  ])("never writes into what is in place of its temporary files: %s", async (_what, leave) => {
    using folder = twoGenerations();
    writeFileSync(folder.at("target"), "untouched");
    for (const name of ["state.tmp", "state.1.tmp"]) leave(folder.at(name), folder.at("target"));
    expect((await replaceWith(folder, true, {})).error).toBeUndefined();
    expect(folder.names()).toEqual(["state", "state.1", "target"]);
    expect([folder.text("state"), folder.text("state.1"), folder.text("target")]).toEqual([NEW, OLD, "untouched"]);
    for (const name of folder.names()) expect(lstatSync(folder.at(name)).isFile()).toBe(true);
  });

  test("leaves no third name where both generations were one file", async () => {
    using folder = scratchFolder();
    writeFileSync(folder.at("state"), OLD);
    await watchedCalls().link(folder.at("state"), folder.at("state.1"));
    await replaceWith(folder, true, {});
    expect(folder.names()).toEqual(["state", "state.1"]);
    expectWhole(folder);
  });

  test.each([
    ["600", "000", undefined],
    ["600", "077", undefined],
    ["644", "077", "644"],
    ["640", "000", "640"],
    ["400", "000", "400"],
  ])("makes a file of mode %s, whatever the mask %s of the process", async (expected, mask, mode) => {
    using folder = twoGenerations();
    const before = process.umask(Number.parseInt(mask, 8));
    try {
      await replaceFile(folder.at("state"), NEW, mode === undefined ? {} : { mode: Number.parseInt(mode, 8) });
    } finally {
      process.umask(before);
    }
    expect(folder.snapshot().state).toBe(`file ${expected} ${NEW}`);
  });

  test("keeps the generation before for its owner only, with and without second names", async () => {
    for (const hasNoLinks of [false, true]) {
      using folder = twoGenerations();
      await replaceWith(folder, true, { hasNoLinks });
      expect(statSync(folder.at("state.1")).mode & 0o777).toBe(0o600);
    }
  });

  test("takes each piece only when the one before is written", async () => {
    using folder = scratchFolder();
    const order: string[] = [];
    function* pieces() {
      for (const piece of ["a", "b", "c"]) {
        order.push(`make ${piece}`);
        yield piece;
      }
    }
    const onStep = (step: string) => {
      if (step.startsWith("write")) order.push(step);
    };
    await replaceWith(folder, false, { onStep }, pieces());
    const written = ["write state.tmp", "write state.tmp"];
    expect(order).toEqual(["make a", ...written, "make b", ...written, "make c", ...written]);
  });
});

describe("createFile", () => {
  async function create(folder: ScratchFolder, watch: Watch = {}, content = NEW) {
    const calls = watchedCalls(watch);
    const error: unknown = await createFile(folder.at("key"), content, calls).then(
      () => undefined,
      (reason) => reason,
    );
    return { error, steps: calls.steps };
  }

  test.each([false, true])("makes a file of mode 0600 (without second names: %p)", async (hasNoLinks) => {
    using folder = scratchFolder();
    expect((await create(folder, { hasNoLinks })).error).toBeUndefined();
    expect(folder.snapshot()).toEqual({ key: `file 600 ${NEW}` });
  });

  test.each([false, true])("leaves what exists as it is (without second names: %p)", async (hasNoLinks) => {
    using folder = scratchFolder();
    writeFileSync(folder.at("key"), OLD);
    const before = folder.snapshot();
    expect(errorCode((await create(folder, { hasNoLinks })).error)).toBe("EEXIST");
    expect(folder.snapshot()).toEqual(before);
  });

  test("leaves no file or a whole one after a crash at any step", async () => {
    using reference = scratchFolder();
    const { steps } = await create(reference);
    const seen = new Set<string | undefined>();
    for (let dies = 0; dies < steps.length; dies++) {
      using folder = scratchFolder();
      await create(folder, { dies });
      seen.add(folder.text("key"));
      removeLeftovers(folder.at("key"));
      expect(folder.names()).toEqual(folder.text("key") === undefined ? [] : ["key"]);
    }
    expect([...seen]).toEqual([undefined, NEW]);
  });

  test.each([false, true])("leaves nothing when any step fails (without second names: %p)", async (hasNoLinks) => {
    using reference = scratchFolder();
    const { steps } = await create(reference, { hasNoLinks });
    for (let fails = 0; fails < steps.length; fails++) {
      using folder = scratchFolder();
      const { error } = await create(folder, { fails, hasNoLinks });
      // A name that cannot be removed is the only thing that may stay.
      const names = folder.names().filter((name) => !name.endsWith(".tmp"));
      expect(names).toEqual(error === undefined ? ["key"] : []);
      if (error === undefined) expect(folder.text("key")).toBe(NEW);
    }
  });

  test("fails where somebody takes away what it has written", async () => {
    using folder = scratchFolder();
    const calls = { ...watchedCalls(), link: () => Promise.reject(systemError("ENOENT")) };
    expect(await createFile(folder.at("key"), NEW, calls).catch(errorCode)).toBe("ENOENT");
    expect(folder.names()).toEqual([]);
  });

  test("lets one of many succeed, and the others find it whole", async () => {
    using folder = scratchFolder();
    const contents = Array.from({ length: 40 }, (_, at) => `${at} `.repeat(5_000));
    const results = await Promise.all(
      contents.map(async (content) => {
        const { error } = await create(folder, {}, content);
        if (error !== undefined)
          expect([errorCode(error), contents.includes(folder.text("key") ?? "")]).toEqual(["EEXIST", true]);
        return error === undefined ? content : undefined;
      }),
    );
    const made = results.filter((content) => content !== undefined);
    expect(made).toEqual([folder.text("key") ?? ""]);
    expect(folder.names()).toEqual(["key"]);
  });
});

describe("removeLeftovers", () => {
  test("removes the temporary files of one file, and nothing else", () => {
    using folder = scratchFolder();
    const others = [
      "keys.json",
      "keys.json.1",
      "keys.json.corrupt-2026",
      "keys.json.mine.tmp",
      "state.json.tmp",
      "tmp",
    ];
    const leftovers = ["keys.json.tmp", "keys.json.1.tmp", "keys.json.0123456789ab.tmp"];
    for (const name of [...others, ...leftovers]) writeFileSync(folder.at(name), "");
    removeLeftovers(folder.at("keys.json"));
    expect(folder.names()).toEqual([...others].sort());
  });

  test("is silent about a folder that cannot be read, and a name that cannot be removed", () => {
    using folder = scratchFolder();
    mkdirSync(folder.at("key.tmp"));
    removeLeftovers(folder.at("key"));
    removeLeftovers(folder.at("missing/key"));
    expect(existsSync(folder.at("key.tmp"))).toBe(true);
  });
});
