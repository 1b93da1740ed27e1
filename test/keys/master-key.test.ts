// The master key: where it may stand, what is wrong with it, and that one of many processes makes it.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { ensureMasterKey, newMasterKey, readMasterKey, writeMasterKeys } from "../../src/keys/master-key.ts";
import { scratchFolder } from "../core/scratch-folder.ts";
import { watchedCalls } from "../core/watched-calls.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { masterKey } from "./stores.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const bytes = Buffer.from("fake-secret-master-0123456789abc");
const SPELLINGS = [
  bytes.toString("base64"),
  bytes.toString("base64url"),
  bytes.toString("hex"),
  bytes.toString("hex").toUpperCase(),
];

function read(folder: string, given?: string) {
  return readMasterKey({ folder, env: given === undefined ? {} : { OPENAI_BALANCE_MASTER_KEY: given }, cwd: folder });
}

describe("readMasterKey", () => {
  test.each(SPELLINGS.flatMap((text) => [text, ` ${text}\n`]))("takes 32 bytes from the variable: %j", (text) => {
    const reading = read("/nowhere", text);
    expect(reading).toMatchObject({ ok: true, place: { from: "variable", file: undefined }, older: [] });
    expect(reading.ok && reading.current.bytes.equals(bytes)).toBe(true);
  });

  test.each(SPELLINGS)("takes them from the file that the variable names, and from master.key: %s", (text) => {
    using folder = scratchFolder();
    writeFileSync(folder.at("named"), `${text}\n`);
    writeFileSync(folder.at("master.key"), `${text}\r\n`);
    expect(read(folder.path, "named")).toMatchObject({
      ok: true,
      place: { from: "variable", file: folder.at("named") },
    });
    expect(read(folder.path)).toMatchObject({ ok: true, place: { from: "file", file: folder.at("master.key") } });
  });

  test("takes the first key of a file as the current one, the others as older ones", () => {
    using folder = scratchFolder();
    const keys = [masterKey(1), masterKey(2), masterKey(3)];
    writeFileSync(folder.at("master.key"), keys.map((key) => key.bytes.toString("base64")).join("\n"));
    expect(read(folder.path)).toMatchObject({ current: keys[0], older: keys.slice(1) });
  });

  test("prefers the variable, unless it is empty", () => {
    using folder = scratchFolder();
    writeFileSync(folder.at("master.key"), masterKey(1).bytes.toString("base64"));
    expect(read(folder.path, masterKey(2).bytes.toString("hex"))).toMatchObject({ current: masterKey(2) });
    for (const empty of ["", " \n"]) expect(read(folder.path, empty)).toMatchObject({ current: masterKey(1) });
  });

  test("says that there is no master.key yet", () => {
    using folder = scratchFolder();
    const message = `${folder.at("master.key")} is missing`;
    expect(read(folder.path)).toMatchObject({ ok: false, code: "missing", message });
  });

  // A path that would be 32 bytes in Base64 by its length and characters.
  const long = "/run/secrets/openai_balance_master_key_file";

  test("takes a path for a path, though it might be a key by its length", () => {
    expect(long).toHaveLength(43);
    expect(read("/nowhere", long)).toMatchObject({ ok: false, place: { file: long } });
  });

  test("takes any 32 bytes in Base64 for a key, though they may look like a path", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        for (const encoding of ["base64", "base64url", "hex"] as const) {
          const reading = read("/nowhere", Buffer.from(key).toString(encoding));
          expect(reading.ok && reading.current.bytes.equals(key)).toBe(true);
        }
      }),
    );
  });

  test.each([
    ["a password", fakeSecret("master")],
    ["16 bytes", Buffer.alloc(16, "fake-secret").toString("base64")],
    ["33 bytes", Buffer.alloc(33, "fake-secret").toString("base64")],
    ["63 hex digits", bytes.toString("hex").slice(1)],
    ["two keys", `${SPELLINGS[0]} ${SPELLINGS[0]}`],
    ["a path to nowhere", "/nowhere/fake-secret-x-01234567"],
    ["a path below a file", "there/fake-secret-x-01234567"],
    ["what is too long for a path", fakeSecret("master").repeat(200)],
    ["what no path can be", `${fakeSecret("master")}\0`],
  ])("refuses a variable that holds neither a key nor a path, without showing it: %s", (_what, given) => {
    using folder = scratchFolder();
    writeFileSync(folder.at("there"), "");
    const reading = read(folder.path, given);
    expect(reading).toMatchObject({ ok: false, code: "unusable" });
    const message = reading.ok ? "" : reading.message;
    expect(message).toBe(
      "OPENAI_BALANCE_MASTER_KEY holds neither a key (32 bytes in Base64 or hex, as `openssl rand -base64 32` makes them) nor the path of a file",
    );
  });

  test.each([
    ["empty", ""],
    ["a password", `${fakeSecret("master")}\n`],
    ["a key and something else", `${SPELLINGS[0]}\n${fakeSecret("master")}\n`],
    ["half a key", SPELLINGS[0]?.slice(0, 20) ?? ""],
  ])("refuses a file that holds something else, without showing it: %s", (_what, content) => {
    using folder = scratchFolder();
    for (const name of ["master.key", "named"]) writeFileSync(folder.at(name), content);
    for (const given of [undefined, "named"]) {
      const reading = read(folder.path, given);
      const named = given === undefined ? folder.at("master.key") : "the file that OPENAI_BALANCE_MASTER_KEY names";
      expect(reading).toMatchObject({ ok: false, code: "unusable" });
      expect(reading.ok ? "" : reading.message).toStartWith(`${named} holds no key: expected 32 bytes`);
      expect(leakIn(JSON.stringify(reading))).toBeUndefined();
    }
  });

  test("refuses a folder in place of the file", () => {
    using folder = scratchFolder();
    for (const name of ["master.key", "named"]) mkdirSync(folder.at(name));
    expect(read(folder.path)).toMatchObject({
      code: "unusable",
      message: `${folder.at("master.key")} cannot be read: it is a folder`,
    });
    expect(read(folder.path, "named")).toMatchObject({
      code: "unusable",
      message: "the file that OPENAI_BALANCE_MASTER_KEY names cannot be read: it is a folder",
    });
  });
});

describe("ensureMasterKey", () => {
  const ensure = (folder: string, given?: string) =>
    ensureMasterKey({ folder, env: given === undefined ? {} : { OPENAI_BALANCE_MASTER_KEY: given }, cwd: folder });

  test("makes a key of 32 bytes that only its owner may read, and keeps it", async () => {
    using folder = scratchFolder();
    const made = await ensure(folder.path);
    expect(made.ok && made.current.bytes).toHaveLength(32);
    expect(folder.names()).toEqual(["master.key"]);
    expect(statSync(folder.at("master.key")).mode & 0o777).toBe(0o600);
    const before = folder.snapshot();
    expect(await ensure(folder.path)).toEqual(made);
    expect(folder.snapshot()).toEqual(before);
  });

  test("makes another one each time", async () => {
    const ids = new Set<string>();
    for (let at = 0; at < 20; at++) {
      using folder = scratchFolder();
      const made = await ensure(folder.path);
      if (made.ok) ids.add(made.current.id);
    }
    expect(ids.size).toBe(20);
  });

  test.each([
    ["a variable that holds a key", SPELLINGS[0] ?? "", true],
    ["a variable that holds nothing usable", "/nowhere/master.key", false],
  ])("makes none beside %s", async (_what, given, isOk) => {
    using folder = scratchFolder();
    expect((await ensure(folder.path, given)).ok).toBe(isOk);
    expect(folder.names()).toEqual([]);
  });

  test.each(["", "no key"])("never writes over a file that holds something else: %j", async (content) => {
    using folder = scratchFolder();
    writeFileSync(folder.at("master.key"), content);
    chmodSync(folder.at("master.key"), 0o644);
    const before = folder.snapshot();
    expect(await ensure(folder.path)).toMatchObject({ ok: false, code: "unusable" });
    expect(folder.snapshot()).toEqual(before);
  });

  test("leaves no file, or a usable one, after a crash at any step", async () => {
    using reference = scratchFolder();
    const counted = watchedCalls();
    await ensureMasterKey({ folder: reference.path, env: {}, cwd: reference.path, calls: counted });
    expect(counted.steps.length).toBeGreaterThan(5);
    for (let dies = 0; dies < counted.steps.length; dies++) {
      using folder = scratchFolder();
      const calls = watchedCalls({ dies });
      await ensureMasterKey({ folder: folder.path, env: {}, cwd: folder.path, calls }).catch(() => {});
      const made = await ensure(folder.path);
      expect([dies, made.ok]).toEqual([dies, true]);
    }
  });

  test("ends with one key where many processes make it at once", async () => {
    using folder = scratchFolder();
    const script = resolve(import.meta.dir, "make-master-keys.ts");
    const names = Array.from({ length: 60 }, (_, at) => `data-${at}`);
    for (const name of names) mkdirSync(folder.at(name));
    const makers = Array.from({ length: 4 }, () =>
      Bun.spawn([process.execPath, script, folder.path], { stdin: "pipe", stdout: "pipe", stderr: "inherit" }),
    );
    for (const maker of makers) maker.stdin.end();
    const made = await Promise.all(makers.map(async ({ stdout }) => JSON.parse(await stdout.text())));
    const ids = names.map((name) => {
      const reading = read(folder.at(name));
      return reading.ok ? reading.current.id : reading.message;
    });
    expect(new Set(ids).size).toBe(names.length);
    for (const seen of made) expect(seen).toEqual(Object.fromEntries(names.map((name, at) => [name, ids[at] ?? ""])));
  });
});

describe("newMasterKey", () => {
  test("makes a fresh key, or takes one that is given", () => {
    expect(newMasterKey()?.bytes).toHaveLength(32);
    expect(newMasterKey()?.id).not.toBe(newMasterKey()?.id ?? "");
    expect(newMasterKey(` ${SPELLINGS[0]}\n`)?.bytes.equals(bytes)).toBe(true);
    for (const none of ["", "no key", "/nowhere"]) expect(newMasterKey(none)).toBeUndefined();
  });

  test("names a key by an id that does not reveal it", () => {
    const key = newMasterKey(SPELLINGS[0]);
    expect(key?.id).toMatch(/^[0-9a-f]{12}$/);
    expect(bytes.toString("hex")).not.toContain(key?.id ?? "");
    for (const text of SPELLINGS) expect(newMasterKey(text)?.id).toBe(key?.id ?? "");
  });
});

test("writeMasterKeys writes what readMasterKey reads, for its owner only", async () => {
  using folder = scratchFolder();
  const [current, ...older] = [masterKey(1), masterKey(2), masterKey(3)] as const;
  await writeMasterKeys(folder.at("master.key"), [current, ...older]);
  expect(read(folder.path)).toMatchObject({ ok: true, current, older });
  expect(statSync(folder.at("master.key")).mode & 0o777).toBe(0o600);
  await writeMasterKeys(folder.at("master.key"), [current]);
  expect(read(folder.path)).toMatchObject({ current, older: [] });
  expect(readFileSync(folder.at("master.key"), "latin1")).not.toContain(masterKey(2).bytes.toString("base64"));
});
