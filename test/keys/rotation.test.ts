// Another master key: a store that opens after a crash at any step, and nothing that opens with the old key after the last.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { UserError } from "../../src/core/user-error.ts";
import { LockedStore, unsealKeys } from "../../src/keys/key-file.ts";
import type { MasterKey } from "../../src/keys/master-key.ts";
import { type ScratchFolder, scratchFolder } from "../core/scratch-folder.ts";
import { watchedCalls } from "../core/watched-calls.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { fill, findInFiles, masterKey, masterOf, openStore, storedKey } from "./stores.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [A, B, C] = [storedKey("a"), storedKey("b"), storedKey("c")];
const STORES = ["keys.json", "keys.json.1"];

/** Two generations under a master key of the folder's own. */
async function twoGenerations(): Promise<ScratchFolder> {
  const folder = scratchFolder();
  const store = openStore(folder.path);
  await fill(store, A);
  await fill(store, A, B);
  return folder;
}

/** The names of the generations that open with a key. */
function openedBy(folder: ScratchFolder, key: MasterKey): readonly string[] {
  return STORES.filter((name) => {
    try {
      unsealKeys(folder.text(name) ?? "", [key]);
      return true;
    } catch (error: unknown) {
      expect(error).toBeInstanceOf(LockedStore);
      return false;
    }
  });
}

/** The end of a rotation, which may be a crash or a failure. */
async function rotate(folder: ScratchFolder, watch: Parameters<typeof watchedCalls>[0] = {}, given?: string, env = {}) {
  const calls = watchedCalls(watch);
  const store = openStore(folder.path, { calls, env });
  const error: unknown = await store.rotate(given).then(
    () => undefined,
    (reason) => reason,
  );
  return { steps: calls.steps, store, error };
}

async function allSteps(): Promise<readonly string[]> {
  using folder = await twoGenerations();
  return (await rotate(folder)).steps;
}

const ALL_STEPS = await allSteps();
const STEPS = ALL_STEPS.length;

describe("After a rotation", () => {
  test("both generations open with the new key and none with the old one, which is in no file", async () => {
    using folder = await twoGenerations();
    const old = masterOf(folder.path);
    const { before, after } = await openStore(folder.path).rotate();
    const next = masterOf(folder.path);
    expect([before, after]).toEqual([old.id, next.id]);
    expect(openedBy(folder, old)).toEqual([]);
    expect(openedBy(folder, next)).toEqual(STORES);
    expect(openStore(folder.path)).toMatchObject({ keys: [A, B], fault: undefined, notes: [] });
    expect(folder.names()).toEqual(["keys.json", "keys.json.1", "master.key"]);
    expect(findInFiles(folder.path, old.bytes)).toEqual([]);
    expect(folder.snapshot()["master.key"]).toBe(`file 600 ${next.bytes.toString("base64")}\n`);
  });

  test("the generation before has all the keys", async () => {
    using folder = await twoGenerations();
    await openStore(folder.path).rotate();
    writeFileSync(folder.at("keys.json"), "cut");
    expect(openStore(folder.path).keys).toEqual([A, B]);
  });

  test("the store goes on with the new key", async () => {
    using folder = await twoGenerations();
    const store = openStore(folder.path);
    await store.rotate();
    await fill(store, C);
    expect([(await store.masterKey()).id, openStore(folder.path).keys]).toEqual([masterOf(folder.path).id, [C]]);
    expect(openedBy(folder, masterOf(folder.path))).toEqual(STORES);
  });

  test("a store without any keys has one too, or its first", async () => {
    using folder = scratchFolder();
    await openStore(folder.path).rotate();
    expect(openStore(folder.path)).toMatchObject({ keys: [], fault: undefined, notes: [] });
    expect(openedBy(folder, masterOf(folder.path))).toEqual(STORES);
  });

  test("changes that were asked for at the same time are there", async () => {
    using folder = await twoGenerations();
    const store = openStore(folder.path);
    await Promise.all([fill(store, A, B, C), store.rotate(), store.change((keys) => keys.slice(1)), store.rotate()]);
    expect(openStore(folder.path).keys).toEqual([B, C]);
  });
});

describe("A rotation that is cut short", () => {
  test("at any step leaves a store that opens, takes changes, and can be rotated to the end", async () => {
    expect(STEPS).toBeGreaterThan(30);
    for (let dies = 0; dies < STEPS; dies++) {
      using folder = await twoGenerations();
      const old = masterOf(folder.path);
      await rotate(folder, { dies });
      const store = openStore(folder.path);
      expect([dies, store.fault, store.notes, store.keys]).toEqual([dies, undefined, [], [A, B]]);
      await fill(store, A, B, C);
      expect(openStore(folder.path)).toMatchObject({ keys: [A, B, C], fault: undefined });
      await openStore(folder.path).rotate();
      expect(openedBy(folder, old)).toEqual([]);
      expect(openedBy(folder, masterOf(folder.path))).toEqual(STORES);
      expect(findInFiles(folder.path, old.bytes)).toEqual([]);
    }
  });

  test("at any step, and then again when only the master key is a new one, opens with what is left", async () => {
    const isReplaced = ALL_STEPS.indexOf("rename master.key.tmp master.key") + 1;
    for (let dies = 0; dies < STEPS; dies++) {
      using folder = await twoGenerations();
      await rotate(folder, { dies });
      await rotate(folder, { dies: isReplaced });
      expect([dies, openStore(folder.path).fault, openStore(folder.path).keys]).toEqual([dies, undefined, [A, B]]);
    }
  });

  test("again and again, at any steps, never loses a key", async () => {
    const crashes = fc.array(fc.nat(STEPS + 5), { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(crashes, fc.boolean(), async (all, hasCurrent) => {
        using folder = await twoGenerations();
        const olds = [masterOf(folder.path)];
        for (const dies of all) {
          await rotate(folder, { dies });
          olds.push(masterOf(folder.path));
          expect(openStore(folder.path, { isReadOnly: true })).toMatchObject({ keys: [A, B], fault: undefined });
        }
        // What is left of the current generation may be damaged besides.
        if (!hasCurrent) writeFileSync(folder.at("keys.json"), "cut");
        const { keys, fault } = openStore(folder.path);
        expect([fault, keys[0]]).toEqual([undefined, A]);
        await openStore(folder.path).rotate();
        for (const old of olds) expect([openedBy(folder, old), findInFiles(folder.path, old.bytes)]).toEqual([[], []]);
        expect(openStore(folder.path).keys).toEqual(keys);
      }),
      { numRuns: 60 },
    );
  });

  test("by a failure of any step goes on with what is on the disk, and says which file it was", async () => {
    const outcomes = new Set<string>();
    for (let fails = 0; fails < STEPS; fails++) {
      using folder = await twoGenerations();
      const old = masterOf(folder.path);
      const { store, error } = await rotate(folder, { fails });
      outcomes.add(error === undefined ? "done" : "failed");
      if (error !== undefined) {
        expect(error).toBeInstanceOf(UserError);
        expect((error as UserError).message).toMatch(
          /^Cannot write the (?:key store|master key) \/.*: the disk does not work/,
        );
      }
      expect(openStore(folder.path, { isReadOnly: true })).toMatchObject({ keys: [A, B], fault: undefined, notes: [] });
      await fill(store, A, B, C);
      expect(openStore(folder.path, { isReadOnly: true })).toMatchObject({ keys: [A, B, C], fault: undefined });
      await store.rotate();
      expect(openStore(folder.path)).toMatchObject({ keys: [A, B, C], fault: undefined });
      expect(openedBy(folder, old)).toEqual([]);
      expect(openedBy(folder, masterOf(folder.path))).toEqual(STORES);
    }
    expect([...outcomes].sort()).toEqual(["done", "failed"]);
  });
});

describe("A master key that stands in the variable", () => {
  const [OLD, NEXT] = [masterKey(1), masterKey(2)];
  const text = (key: MasterKey) => key.bytes.toString("base64");
  const env = (key: MasterKey) => ({ OPENAI_BALANCE_MASTER_KEY: text(key) });

  async function given(): Promise<ScratchFolder> {
    const folder = scratchFolder();
    const store = openStore(folder.path, { env: env(OLD) });
    await fill(store, A);
    await fill(store, A, B);
    return folder;
  }

  const keysWith = (folder: ScratchFolder, key: MasterKey) => {
    const { keys, fault } = openStore(folder.path, { env: env(key), isReadOnly: true });
    return fault === undefined ? keys : "locked";
  };

  test("is replaced by one that is given, and no file has either", async () => {
    using folder = await given();
    const store = openStore(folder.path, { env: env(OLD) });
    expect(await store.rotate(` ${text(NEXT)}\n`)).toEqual({ before: OLD.id, after: NEXT.id });
    expect([keysWith(folder, OLD), keysWith(folder, NEXT)]).toEqual(["locked", [A, B]]);
    expect([openedBy(folder, OLD), openedBy(folder, NEXT)]).toEqual([[], STORES]);
    await fill(store, C);
    expect(keysWith(folder, NEXT)).toEqual([C]);
    expect(folder.names()).toEqual(STORES);
    for (const key of [OLD, NEXT]) expect(findInFiles(folder.path, key.bytes)).toEqual([]);
  });

  test.each([
    ["the same", text(OLD)],
    ["none", fakeSecret("master")],
    ["an empty one", ""],
  ])("is not replaced by %s, which is not shown", async (_what, next) => {
    using folder = await given();
    const before = folder.snapshot();
    const error: unknown = await openStore(folder.path, { env: env(OLD) })
      .rotate(next)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toBe(
      "Cannot rotate the master key: expected another key, 32 bytes in Base64 or hex",
    );
    expect(leakIn(String(error))).toBeUndefined();
    expect(folder.snapshot()).toEqual(before);
  });

  test("is the old one or the new one after a crash at any step, and the right one opens everything", async () => {
    using reference = await given();
    const { steps } = await rotate(reference, {}, text(NEXT), env(OLD));
    const ends = new Set<string>();
    for (let dies = 0; dies < steps.length; dies++) {
      using folder = await given();
      await rotate(folder, { dies }, text(NEXT), env(OLD));
      const opened = [OLD, NEXT].map((key) => keysWith(folder, key));
      ends.add(opened[0] === "locked" ? "new" : "old");
      expect(opened).toContainEqual([A, B]);
      expect(opened).toContain("locked");
    }
    expect([...ends]).toEqual(["old", "new"]);
  });

  test("is the old one after a failure of any step", async () => {
    using reference = await given();
    const { steps } = await rotate(reference, {}, text(NEXT), env(OLD));
    for (let fails = 0; fails < steps.length; fails++) {
      using folder = await given();
      const { error, store } = await rotate(folder, { fails }, text(NEXT), env(OLD));
      const key = error === undefined ? NEXT : OLD;
      expect([fails, keysWith(folder, key)]).toEqual([fails, [A, B]]);
      await fill(store, C);
      expect(keysWith(folder, key)).toEqual([C]);
    }
  });

  test("in a file is replaced there", async () => {
    using folder = scratchFolder();
    writeFileSync(folder.at("named.key"), text(OLD));
    const named = { OPENAI_BALANCE_MASTER_KEY: "named.key" };
    const store = openStore(folder.path, { env: named });
    await fill(store, A);
    await store.rotate();
    expect(folder.names()).toEqual([...STORES, "named.key"]);
    expect(openStore(folder.path, { env: named }).keys).toEqual([A]);
    expect(findInFiles(folder.path, OLD.bytes)).toEqual([]);
  });
});

test("A process that adds keys and rotates is killed again and again: what it acknowledged is there", async () => {
  using folder = scratchFolder();
  const script = resolve(import.meta.dir, "add-and-rotate.ts");
  const acknowledged = new Set<string>();
  for (let kill = 0; kill < 12; kill++) {
    const child = Bun.spawn([process.execPath, script, folder.path, String(kill)], {
      stdout: "pipe",
      stderr: "inherit",
    });
    const lines = linesOf(child.stdout, acknowledged);
    // Now the last one is a key, now a rotation.
    const wanted = acknowledged.size + 1 + (kill % 4);
    await until("an acknowledged change", () => acknowledged.size >= wanted);
    await new Promise((done) => setImmediate(done));
    child.kill("SIGKILL");
    await child.exited;
    await lines;
    const { keys, fault, notes } = openStore(folder.path, { isReadOnly: kill % 2 === 0 });
    expect([kill, fault, notes]).toEqual([kill, undefined, []]);
    const found = new Set(keys.map(({ name }) => name ?? ""));
    for (const name of acknowledged) if (!name.startsWith("rotated")) expect(found).toContain(name);
  }
  await openStore(folder.path).rotate();
  expect(folder.names()).toEqual([...STORES, "master.key"]);
});

/** Collects whole lines, to the end of the stream. */
async function linesOf(stream: ReadableStream<Uint8Array>, lines: Set<string>): Promise<void> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) lines.add(line);
  }
}
