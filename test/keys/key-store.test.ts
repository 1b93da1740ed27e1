// The key store on the disk: what was acknowledged is there, and changes that fail or are cut short change nothing.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import type { StoredKey } from "../../src/config/stored-key.ts";
import { UserError } from "../../src/core/user-error.ts";
import { type ScratchFolder, scratchFolder } from "../core/scratch-folder.ts";
import { systemError, watchedCalls } from "../core/watched-calls.ts";
import { anyKey } from "./any-key.ts";
import { fill, findInFiles, masterKey, masterOf, openStore, storedKey } from "./stores.ts";

const [A, B, C] = [storedKey("a", { name: "team a" }), storedKey("b"), storedKey("c")];

/** The secrets of keys, one after the other. */
function secretsOf(keys: readonly StoredKey[]): string {
  return keys.map(({ secret }) => secret).join();
}

function keysIn(folder: ScratchFolder) {
  const { keys, fault, notes } = openStore(folder.path, { isReadOnly: true });
  return { keys, fault, notes };
}

describe("KeyStore", () => {
  test("has no keys and no fault before the first one, and makes no file", () => {
    using folder = scratchFolder();
    expect(keysIn(folder)).toEqual({ keys: [], fault: undefined, notes: [] });
    openStore(folder.path);
    expect(folder.names()).toEqual([]);
  });

  test("has no keys and no fault where there is no folder", () => {
    using folder = scratchFolder();
    const { keys, fault, notes } = openStore(folder.at("missing"), { isReadOnly: true });
    expect({ keys, fault, notes }).toEqual({ keys: [], fault: undefined, notes: [] });
  });

  test("keeps its keys and its master key where only their owner may read them", async () => {
    using folder = scratchFolder();
    const store = openStore(folder.path);
    await fill(store, A);
    await fill(store, A, B);
    expect(folder.names()).toEqual(["keys.json", "keys.json.1", "master.key"]);
    for (const name of folder.names()) expect([name, statSync(folder.at(name)).mode & 0o777]).toEqual([name, 0o600]);
  });

  test("has on the disk whatever it was told, when it was told", async () => {
    const lists = fc.array(fc.array(anyKey, { maxLength: 4 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(lists, async (all) => {
        using folder = scratchFolder();
        const store = openStore(folder.path);
        for (const keys of all) {
          await fill(store, ...keys);
          expect(store.keys).toEqual(keys);
          expect(keysIn(folder)).toEqual({ keys, fault: undefined, notes: [] });
        }
      }),
      { numRuns: 40 },
    );
  });

  test("makes changes one after the other, each on what the one before left", async () => {
    using folder = scratchFolder();
    const store = openStore(folder.path);
    const keys = Array.from({ length: 20 }, (_, at) => storedKey(`k${at}`));
    const changes = keys.map((key) => store.change((before) => [...before, key]));
    const failed = store.change(() => {
      throw new Error("broken");
    });
    const last = store.change((before) => before.slice(1));
    expect(await failed.catch((error: Error) => error.message)).toBe("broken");
    await Promise.all([...changes, last]);
    expect(keysIn(folder).keys).toEqual(keys.slice(1));
  });

  test("writes nothing where nothing changes", async () => {
    using folder = scratchFolder();
    const store = openStore(folder.path);
    await fill(store, A);
    const before = folder.snapshot();
    await store.change((keys) => keys);
    expect(folder.snapshot()).toEqual(before);
  });

  test("uses a nonce once", async () => {
    using folder = scratchFolder();
    const store = openStore(folder.path);
    const nonces: string[] = [];
    for (let at = 0; at < 20; at++) {
      await fill(store, A);
      nonces.push(JSON.parse(folder.text("keys.json") ?? "").nonce);
    }
    expect(new Set(nonces).size).toBe(20);
  });

  test("takes its master key from the variable, and makes none then", async () => {
    using folder = scratchFolder();
    const env = { OPENAI_BALANCE_MASTER_KEY: masterKey(5).bytes.toString("base64") };
    await fill(openStore(folder.path, { env }), A);
    expect(folder.names()).toEqual(["keys.json"]);
    expect(openStore(folder.path, { env }).keys).toEqual([A]);
    expect(openStore(folder.path, { env }).isMasterGiven).toBe(true);
  });

  test.each([
    ["named by the variable", "named.key", "named.key", false],
    ["of its own", undefined, "master.key", false],
  ])("knows that its master key is in a file %s", async (_what, named, file, isGiven) => {
    using folder = scratchFolder();
    writeFileSync(folder.at(file), masterKey(5).bytes.toString("base64"));
    const store = openStore(folder.path, { env: { OPENAI_BALANCE_MASTER_KEY: named } });
    expect([store.isMasterGiven, (await store.masterKey()).id]).toEqual([isGiven, masterKey(5).id]);
  });

  test("makes its master key when it is asked for", async () => {
    using folder = scratchFolder();
    const store = openStore(folder.path);
    const [first, second] = await Promise.all([store.masterKey(), store.masterKey()]);
    expect(first).toEqual(second);
    expect(masterOf(folder.path)).toEqual(first);
    expect(folder.names()).toEqual(["master.key"]);
  });

  test("writes neither secrets nor the master key in clear, in no spelling", async () => {
    using folder = scratchFolder();
    const store = openStore(folder.path);
    await fill(store, A);
    await fill(store, A, B);
    writeFileSync(folder.at("keys.json.1"), "damaged");
    writeFileSync(folder.at("keys.json.tmp"), Buffer.from(`x${B.secret}`).toString("base64"));
    expect(findInFiles(folder.path, Buffer.from(B.secret))).toContain("keys.json.tmp: base64 1");
    await fill(openStore(folder.path), B, A);
    for (const { secret } of [A, B]) expect(findInFiles(folder.path, Buffer.from(secret))).toEqual([]);
    expect(findInFiles(folder.path, masterOf(folder.path).bytes)).toEqual(
      expect.arrayContaining(["master.key: base64 0"]),
    );
    expect(findInFiles(folder.path, masterOf(folder.path).bytes).join()).not.toContain("keys.json");
  });
});

describe("What a crash left over", () => {
  const LEFTOVERS = ["keys.json.tmp", "keys.json.1.tmp", "master.key.tmp", "master.key.0123456789ab.tmp"];

  async function littered(): Promise<ScratchFolder> {
    const folder = scratchFolder();
    await fill(openStore(folder.path), A);
    for (const name of LEFTOVERS) writeFileSync(folder.at(name), "left over");
    return folder;
  }

  test("is removed when the store is opened", async () => {
    using folder = await littered();
    expect(openStore(folder.path).keys).toEqual([A]);
    expect(folder.names()).toEqual(["keys.json", "master.key"]);
  });

  test("is removed beside a master key that the variable names", async () => {
    using folder = await littered();
    writeFileSync(folder.at("named.key"), folder.text("master.key") ?? "");
    writeFileSync(folder.at("named.key.tmp"), "left over");
    openStore(folder.path, { env: { OPENAI_BALANCE_MASTER_KEY: "named.key" } });
    expect(folder.names()).not.toContain("named.key.tmp");
  });

  test("stays where the store is only read, or cannot be opened", async () => {
    using folder = await littered();
    const before = folder.snapshot();
    openStore(folder.path, { isReadOnly: true });
    expect(folder.snapshot()).toEqual(before);
    writeFileSync(folder.at("master.key"), masterKey(9).bytes.toString("base64"));
    openStore(folder.path);
    expect(folder.names()).toEqual(expect.arrayContaining(LEFTOVERS));
  });
});

test("A folder that is no longer its own takes no change, and the keys in use stay", async () => {
  using folder = scratchFolder();
  const place = { fault: undefined as string | undefined };
  const store = openStore(folder.path, { folderFault: () => place.fault });
  await fill(store, A);
  const before = folder.snapshot();
  place.fault = "the folder was replaced";
  const refusal = `Cannot change the key store ${store.path}: the folder was replaced; restart the daemon`;
  expect(String(await fill(store, B).catch((error: unknown) => error))).toContain(refusal);
  expect(String(await store.rotate().catch((error: unknown) => error))).toContain(refusal);
  expect([folder.snapshot(), store.keys]).toEqual([before, [A]]);
});

describe("A change that fails or is cut short", () => {
  const STARTS: readonly (readonly [string, readonly (readonly StoredKey[])[]])[] = [
    ["the first", []],
    ["the second", [[A]]],
    ["a later one", [[A], [A, B]]],
  ];

  async function prepared(lists: readonly (readonly StoredKey[])[]): Promise<ScratchFolder> {
    const folder = scratchFolder();
    const store = openStore(folder.path);
    for (const keys of lists) await fill(store, ...keys);
    return folder;
  }

  async function stepsOf(lists: readonly (readonly StoredKey[])[]): Promise<number> {
    using folder = await prepared(lists);
    const calls = watchedCalls();
    await fill(openStore(folder.path, { calls }), C);
    return calls.steps.length;
  }

  test.each(STARTS)("by a crash at any step leaves the old keys or the new ones: %s", async (_which, lists) => {
    const steps = await stepsOf(lists);
    const seen = new Set<string>();
    for (let dies = 0; dies < steps; dies++) {
      using folder = await prepared(lists);
      await fill(openStore(folder.path, { calls: watchedCalls({ dies }) }), C).catch(() => {});
      const { keys, fault, notes } = openStore(folder.path);
      expect([dies, fault, notes]).toEqual([dies, undefined, []]);
      seen.add(secretsOf(keys));
      await fill(openStore(folder.path), B, C);
      expect(keysIn(folder)).toEqual({ keys: [B, C], fault: undefined, notes: [] });
    }
    expect(seen).toEqual(new Set([secretsOf(lists.at(-1) ?? []), secretsOf([C])]));
  });

  test.each(STARTS)(
    "by a failure of any step changes nothing, neither here nor on the disk: %s",
    async (_which, lists) => {
      const steps = await stepsOf(lists);
      const outcomes = new Set<string>();
      for (let fails = 0; fails < steps; fails++) {
        using folder = await prepared(lists);
        const store = openStore(folder.path, { calls: watchedCalls({ fails }) });
        const error: unknown = await fill(store, C).then(
          () => undefined,
          (reason) => reason,
        );
        outcomes.add(error === undefined ? "done" : "failed");
        const expected = error === undefined ? [C] : (lists.at(-1) ?? []);
        if (error !== undefined) {
          expect(error).toBeInstanceOf(UserError);
          expect((error as UserError).message).toMatch(
            /^Cannot write the (?:key store|master key) \/.*: the disk does not work/,
          );
          expect((error as UserError).exitCode).toBe(1);
        }
        expect(store.keys).toEqual(expected);
        expect(keysIn(folder)).toEqual({ keys: expected, fault: undefined, notes: [] });
        await fill(store, B);
        expect(keysIn(folder).keys).toEqual([B]);
      }
      expect([...outcomes].sort()).toEqual(["done", "failed"]);
    },
  );

  test.each(["master.key", "keys.json"])("by a folder in place of %s.tmp says which file it is", async (name) => {
    using folder = scratchFolder();
    const store = openStore(folder.path);
    await fill(store, A);
    mkdirSync(folder.at(`${name}.tmp`));
    const before = folder.snapshot();
    const failed = name === "master.key" ? store.rotate() : fill(store, B);
    expect(await failed.catch((error: Error) => error.message)).toEndWith(`${folder.at(name)}: it is a folder`);
    expect([store.keys, folder.snapshot()]).toEqual([[A], before]);
  });

  test("by a bug of ours is no mistake of the user", async () => {
    using folder = scratchFolder();
    const store = openStore(folder.path);
    await fill(store, A);
    const text = { ...A, toJSON: () => fail() };
    expect(await fill(store, text).catch((error: unknown) => error)).toBe(BUG);
    expect(readFileSync(folder.at("keys.json"), "utf8")).toContain('"count":1');
  });
});

const BUG = new Error("our own");

function fail(): never {
  throw BUG;
}

test("a failure of the system inside a change is told in words", async () => {
  using folder = scratchFolder();
  const calls = { ...watchedCalls(), rename: () => Promise.reject(systemError("ENOSPC")) };
  const store = openStore(folder.path, { calls });
  expect(await fill(store, A).catch((error: Error) => error.message)).toBe(
    `Cannot write the key store ${folder.at("keys.json")}: no space left on the disk`,
  );
});

describe("The master key file of a store that is open", () => {
  test("is written again when it was deleted, so that what is added opens at the next start", async () => {
    using folder = scratchFolder();
    const store = openStore(folder.path);
    await fill(store, storedKey("first"));
    const before = masterOf(folder.path);
    rmSync(folder.at("master.key"));
    await store.change((keys) => [...keys, storedKey("second")]);
    expect(masterOf(folder.path)).toEqual(before);
    expect(openStore(folder.path).keys).toHaveLength(2);
  });

  test("that holds another key meanwhile refuses changes, and nothing is written", async () => {
    using folder = scratchFolder();
    const store = openStore(folder.path);
    await fill(store, storedKey("first"));
    const written = readFileSync(store.path, "utf8");
    writeFileSync(folder.at("master.key"), Buffer.alloc(32, 7).toString("base64"));
    const change = store.change((keys) => [...keys, storedKey("second")]);
    await expect(change).rejects.toThrow(/holds another key than it did; put the old one back$/);
    expect(readFileSync(store.path, "utf8")).toBe(written);
    expect(store.keys).toHaveLength(1);
  });
});
