// A damaged key store is set aside and the one before it used; one that must not be touched stays as it is.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { fileStamp } from "../../src/core/file-stamp.ts";
import { UserError } from "../../src/core/user-error.ts";
import { type ScratchFolder, scratchFolder } from "../core/scratch-folder.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { fill, masterKey, NOW, openStore, storedKey } from "./stores.ts";

const [A, B, C] = [storedKey("a"), storedKey("b"), storedKey("c")];

/** The files of a store with two generations: first `a` alone, then `a` and `b`. */
const TEMPLATE = await (async () => {
  using folder = scratchFolder();
  const store = openStore(folder.path);
  await fill(store, A);
  await fill(store, A, B);
  return new Map(readdirSync(folder.path).map((name) => [name, readFileSync(folder.at(name))]));
})();

const KEYS = TEMPLATE.get("keys.json") ?? Buffer.alloc(0);
const ASIDE = `keys.json.corrupt-${fileStamp(NOW)}`;

/** The template with other content in some of its files; undefined: without that file. */
function storeWith(changed: Readonly<Record<string, Uint8Array | string | undefined>>): ScratchFolder {
  const folder = scratchFolder();
  for (const [name, content] of Object.entries({ ...Object.fromEntries(TEMPLATE), ...changed })) {
    if (content !== undefined) writeFileSync(folder.at(name), content, { mode: 0o600 });
  }
  return folder;
}

function flipped(at: number, bit: number): Buffer {
  const bytes = Buffer.from(KEYS);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  return bytes;
}

async function expectFallback(damaged: Uint8Array): Promise<void> {
  using folder = storeWith({ "keys.json": damaged });
  const store = openStore(folder.path);
  expect([store.keys, store.fault]).toEqual([[A], undefined]);
  expect(store.notes).toHaveLength(2);
  expect(readFileSync(folder.at(ASIDE)).equals(damaged)).toBe(true);
  await store.change((keys) => [...keys, C]);
  expect(openStore(folder.path)).toMatchObject({ keys: [A, C], notes: [], fault: undefined });
  expect(readFileSync(folder.at(ASIDE)).equals(damaged)).toBe(true);
}

describe("A damaged key store is set aside, the one before is used, and neither is written over:", () => {
  test("any one bit of it is another", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(KEYS.length - 1), fc.nat(7), (at, bit) => expectFallback(flipped(at, bit))),
      { numRuns: 150 },
    );
  });

  test.each(["format", "version", "cipher", "master_key", "count", "written_at", "nonce", "data", "tag"])(
    "the value of its %s",
    async (field) => {
      const at = KEYS.indexOf(`"${field}":`) + field.length + 3;
      for (const place of [at, at + 1, at + 5]) await expectFallback(flipped(place, 0));
    },
  );

  test("it is cut off anywhere", async () => {
    // Without its line end it is whole.
    for (let length = 0; length < KEYS.length - 1; length += 7) await expectFallback(KEYS.subarray(0, length));
    await expectFallback(KEYS.subarray(0, KEYS.length - 2));
  });

  test("it says what was damaged, where it is kept and what is used", () => {
    using folder = storeWith({ "keys.json": "no JSON" });
    expect(openStore(folder.path).notes).toEqual([
      `${folder.at("keys.json")} is damaged: it is no JSON, or cut off; it is kept as ${folder.at(ASIDE)}`,
      `${folder.at("keys.json.1")}, the generation before, is used`,
    ]);
  });

  test("both generations are: there are no keys, and new ones can be added", async () => {
    const damaged = { "keys.json": flipped(300, 0), "keys.json.1": "cut" };
    using folder = storeWith(damaged);
    const store = openStore(folder.path);
    expect([store.keys, store.fault, store.notes.length]).toEqual([[], undefined, 2]);
    await fill(store, C);
    expect(openStore(folder.path)).toMatchObject({ keys: [C], notes: [] });
    expect(folder.text(ASIDE)).toBe(damaged["keys.json"].toString());
    expect(folder.text(`keys.json.1.corrupt-${fileStamp(NOW)}`)).toBe("cut");
  });

  test("it is missing, and the one before is there", () => {
    using folder = storeWith({ "keys.json": undefined });
    const { keys, notes } = openStore(folder.path);
    expect([keys, notes]).toEqual([
      [A],
      [`${folder.at("keys.json")} is missing`, `${folder.at("keys.json.1")}, the generation before, is used`],
    ]);
  });
});

test("A store that is only read changes nothing on the disk, whatever it finds", () => {
  const contents = fc.constantFrom(
    undefined,
    "",
    "cut",
    KEYS,
    TEMPLATE.get("keys.json.1"),
    flipped(300, 1),
    flipped(9, 2),
  );
  const masters = fc.constantFrom(undefined, "none", TEMPLATE.get("master.key"), masterKey(9).bytes.toString("hex"));
  fc.assert(
    fc.property(contents, contents, masters, (current, previous, master) => {
      using folder = storeWith({ "keys.json": current, "keys.json.1": previous, "master.key": master });
      writeFileSync(folder.at("keys.json.tmp"), "left over");
      const before = folder.snapshot();
      const store = openStore(folder.path, { isReadOnly: true });
      expect(folder.snapshot()).toEqual(before);
      expect(store.fault === undefined || store.keys.length === 0).toBe(true);
    }),
  );
});

test("A store that is only read falls back as well, says so, and takes no change", async () => {
  using folder = storeWith({ "keys.json": "cut" });
  const before = folder.snapshot();
  const store = openStore(folder.path, { isReadOnly: true });
  expect([store.keys, store.fault]).toEqual([[A], undefined]);
  expect(store.notes).toEqual([
    `${folder.at("keys.json")} is damaged: it is no JSON, or cut off`,
    `${folder.at("keys.json.1")}, the generation before, is used`,
  ]);
  for (const change of [() => fill(store, C), () => store.rotate(), () => store.masterKey()]) {
    const error = await change().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toBe(
      `Cannot change the key store ${folder.at("keys.json")}: its folder cannot be written`,
    );
  }
  expect(folder.snapshot()).toEqual(before);
});

/** A folder below another one, whose path has this length. */
function deepFolder(above: string, length: number): string {
  let path = above;
  while (path.length < length) {
    const left = length - path.length - 1;
    path = join(path, "x".repeat(left > 250 ? 200 : left));
    mkdirSync(path);
  }
  return path;
}

interface Quarantine {
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly variable?: string;
  /** Prepares what is no file. */
  readonly prepare?: (folder: ScratchFolder) => void;
  readonly says: string;
}

const SECRET = fakeSecret("master");
const OTHER = masterKey(9);
const HOLDS_NEITHER = "OPENAI_BALANCE_MASTER_KEY holds neither a key";
const NEWER = JSON.stringify({ format: "openai-balance keys", version: 3, boxes: [] });

/** What must be left alone, and the words that say why. */
const QUARANTINES: readonly (readonly [string, Quarantine])[] = [
  [
    "another master key",
    { files: { "master.key": OTHER.bytes.toString("base64") }, says: `and this one is ${OTHER.id}` },
  ],
  [
    "another master key in the variable",
    { variable: OTHER.bytes.toString("hex"), says: `and this one is ${OTHER.id}` },
  ],
  ["no master key", { files: { "master.key": undefined }, says: "master.key is missing" }],
  [
    "no master key, and only the one before",
    { files: { "master.key": undefined, "keys.json": undefined }, says: "master.key is missing" },
  ],
  [
    "a master key that is none",
    { files: { "master.key": SECRET }, says: "master.key holds no key: expected 32 bytes" },
  ],
  ["a master key that is empty", { files: { "master.key": "" }, says: "master.key holds no key: expected 32 bytes" }],
  ["a variable that holds no key", { variable: SECRET, says: HOLDS_NEITHER }],
  ["a variable that names no file", { variable: `/nowhere/${SECRET}`, says: HOLDS_NEITHER }],
  [
    "a variable whose file holds no key",
    { variable: "named", files: { named: SECRET }, says: "the file that OPENAI_BALANCE_MASTER_KEY names holds no key" },
  ],
  [
    "a variable whose file cannot be read",
    {
      variable: "named",
      prepare: (folder) => mkdirSync(folder.at("named")),
      says: "the file that OPENAI_BALANCE_MASTER_KEY names cannot be read: it is a folder",
    },
  ],
  [
    "a store of a newer version",
    { files: { "keys.json": NEWER }, says: "written by a newer version of openai-balance (format 3)" },
  ],
  [
    "a damaged store before which there is one of a newer version",
    { files: { "keys.json": "cut", "keys.json.1": NEWER }, says: "written by a newer version" },
  ],
  [
    "a store that cannot be read",
    {
      files: { "keys.json": undefined },
      prepare: (folder) => mkdirSync(folder.at("keys.json")),
      says: "it cannot be read: it is a folder",
    },
  ],
];

describe("A key store is left exactly as it is, and says why, with", () => {
  test.each(QUARANTINES)("%s", async (_what, { files = {}, variable, prepare, says }) => {
    using folder = storeWith(files);
    prepare?.(folder);
    writeFileSync(folder.at("keys.json.tmp"), "left over");
    const before = folder.snapshot();
    const store = openStore(folder.path, { env: { OPENAI_BALANCE_MASTER_KEY: variable } });
    expect(store.keys).toEqual([]);
    expect(store.fault).toStartWith(
      `The key store ${folder.at("keys.json")} cannot be opened, its keys are not used and it is left as it is: `,
    );
    expect(store.fault).toContain(says);
    expect(leakIn(`${store.fault}${store.notes.join()}`)).toBeUndefined();
    const given = masterKey(7).bytes.toString("base64");
    for (const change of [() => fill(store, C), () => store.rotate(given), () => store.masterKey()]) {
      const error = await change().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(UserError);
      expect([(error as UserError).message, (error as UserError).exitCode]).toEqual([store.fault ?? "", 1]);
    }
    expect(folder.snapshot()).toEqual(before);
  });

  // Where paths may have 4,095 bytes.
  test.if(process.platform === "linux")("a damaged store that cannot be renamed", async () => {
    using scratch = scratchFolder();
    // So deep that there is room for its name and for no longer one.
    const folder = deepFolder(scratch.path, 4_080);
    for (const name of ["master.key", "keys.json.1"]) writeFileSync(join(folder, name), TEMPLATE.get(name) ?? "");
    const path = join(folder, "keys.json");
    writeFileSync(path, "cut");
    const store = openStore(folder);
    expect(store.keys).toEqual([]);
    expect(store.fault).toContain("it is no JSON, or cut off; it cannot be renamed: the path is too long");
    expect(await fill(store, C).catch((error: Error) => error.message)).toBe(store.fault ?? "");
    expect(readFileSync(path, "utf8")).toBe("cut");
    expect(readdirSync(folder).sort()).toEqual(["keys.json", "keys.json.1", "master.key"]);
  });

  test("another master key: its keys are back with the right one", async () => {
    using folder = storeWith({ "master.key": OTHER.bytes.toString("base64") });
    expect(openStore(folder.path).keys).toEqual([]);
    writeFileSync(folder.at("master.key"), TEMPLATE.get("master.key") ?? "");
    expect(openStore(folder.path)).toMatchObject({ keys: [A, B], fault: undefined, notes: [] });
  });
});

test("A master key that cannot be used is a fault before there is a store as well, since none could be written", async () => {
  using folder = scratchFolder();
  const store = openStore(folder.path, { env: { OPENAI_BALANCE_MASTER_KEY: SECRET } });
  expect(store.fault).toContain(HOLDS_NEITHER);
  expect(await fill(store, A).catch((error: Error) => error.message)).toBe(store.fault ?? "");
  expect(folder.names()).toEqual([]);
});

test("Without a master key only what was set aside is no store: a new one begins", async () => {
  using folder = storeWith({ "keys.json": undefined, "keys.json.1": undefined, "master.key": undefined });
  writeFileSync(folder.at(ASIDE), KEYS);
  const store = openStore(folder.path);
  await fill(store, C);
  expect(openStore(folder.path).keys).toEqual([C]);
  expect(folder.text(ASIDE)).toBe(KEYS.toString());
});
