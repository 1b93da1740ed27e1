// The content of keys.json: it opens as it was sealed or not at all, and what must be kept is told from what is damaged.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { StoredKey } from "../../src/config/stored-key.ts";
import { DamagedFile } from "../../src/core/generations.ts";
import { LockedStore, sealKeys, unsealKeys } from "../../src/keys/key-file.ts";
import type { MasterKey } from "../../src/keys/master-key.ts";
import { seal } from "../../src/keys/sealed-text.ts";
import { leakIn } from "../fixture/secrets.ts";
import { anyKey } from "./any-key.ts";
import { masterKey, NOW, storedKey } from "./stores.ts";

const [KEY, OTHER, THIRD] = [masterKey(1), masterKey(2), masterKey(3)];
const KEYS = [
  storedKey("a", { name: "clé \u{1F511}" }),
  storedKey("b", { weight: 2.5, priority: -1, models: ["gpt-4o*"] }),
];

async function sealed(keys: readonly StoredKey[] = KEYS, key: MasterKey = KEY): Promise<string> {
  return (await Array.fromAsync(sealKeys(keys, key, NOW))).join("");
}

/** What becomes of a file. */
function fateOf(file: string, keys: readonly MasterKey[] = [KEY]): "opened" | "damaged" | "locked" {
  try {
    unsealKeys(file, keys);
    return "opened";
  } catch (error: unknown) {
    if (error instanceof DamagedFile) return "damaged";
    if (error instanceof LockedStore) return "locked";
    throw error;
  }
}

/** A file as another version, or another program, would write it: sealed with our key all the same. */
async function sealedAs(facts: object, text = "[]"): Promise<string> {
  const all = { format: "openai-balance keys", version: 1, count: 0, written_at: "2026-01-02T03:04:05.067Z", ...facts };
  return (await Array.fromAsync(seal([text], all, KEY))).join("");
}

describe("A sealed key store", () => {
  test("opens as it was sealed, whatever the keys are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyKey, { maxLength: 8 }), async (keys) => {
        expect(unsealKeys(await sealed(keys), [OTHER, KEY])).toEqual(keys);
      }),
    );
  });

  test.each([0, 1, 255, 256, 257, 700])("opens with %i keys, and is made in pieces of a few hundred", async (count) => {
    const keys = Array.from({ length: count }, (_, at) => storedKey(`many ${at}`, { name: `${at}` }));
    const pieces = await Array.fromAsync(sealKeys(keys, KEY, NOW));
    expect(unsealKeys(pieces.join(""), [KEY])).toEqual(keys);
    for (const piece of pieces) expect(piece.length).toBeLessThan(256 * 400);
    expect(pieces.length).toBeGreaterThan(count / 256);
  });

  test("says what it is, and of its keys how many there are and nothing else", async () => {
    const file = await sealed();
    const { nonce, data, tag, ...header } = JSON.parse(file);
    expect(header).toEqual({
      format: "openai-balance keys",
      version: 1,
      cipher: "aes-256-gcm",
      master_key: KEY.id,
      count: 2,
      written_at: "2026-01-02T03:04:05.067Z",
    });
    expect([nonce, data, tag].every((text) => /^[A-Za-z0-9+/]+={0,2}$/.test(text))).toBe(true);
    expect(leakIn(file)).toBeUndefined();
    expect(file).not.toContain("gpt-4o");
  });

  test("is written in the form that the program before this one reads, unless a key has limits", async () => {
    const limited = storedKey("c", { limits: { rpm: 60, tpd: "2M", day: "UTC", models: { "gpt-*": { rpm: 5 } } } });
    expect(JSON.parse(await sealed()).version).toBe(1);
    const file = await sealed([...KEYS, limited]);
    expect(JSON.parse(file).version).toBe(2);
    expect(unsealKeys(file, [KEY])).toEqual([...KEYS, limited]);
    for (const version of [1, 3]) {
      expect(fateOf(JSON.stringify({ ...JSON.parse(file), version }))).toBe("damaged");
    }
  });

  test("has a nonce of 96 bits of its own each time", async () => {
    const files = await Promise.all(Array.from({ length: 100 }, () => sealed()));
    const nonces = files.map((file) => JSON.parse(file).nonce as string);
    expect(new Set(nonces).size).toBe(100);
    for (const nonce of nonces) expect(Buffer.from(nonce, "base64")).toHaveLength(12);
    expect(new Set(files.map((file) => JSON.parse(file).data)).size).toBe(100);
  });

  test("is damaged after a change of any one bit", async () => {
    const file = Buffer.from(await sealed());
    for (let at = 0; at < file.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = Buffer.from(file);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        expect([at, bit, fateOf(changed.toString("utf8"))]).toEqual([at, bit, "damaged"]);
      }
    }
  });

  test("is damaged after a change of any one byte before its last", async () => {
    const file = Buffer.from(await sealed());
    // For the last one, its line end, any space is as good.
    const place = fc.nat(file.length - 2);
    fc.assert(
      fc.property(place, fc.nat(255), (at, byte) => {
        fc.pre(file[at] !== byte);
        const changed = Buffer.from(file);
        changed[at] = byte;
        expect(fateOf(changed.toString("utf8"))).toBe("damaged");
      }),
      { numRuns: 3_000 },
    );
  });

  test("is damaged when it is cut off anywhere", async () => {
    const file = await sealed();
    for (let length = 0; length < file.length - 1; length++) {
      expect([length, fateOf(file.slice(0, length))]).toEqual([length, "damaged"]);
    }
  });

  test("is damaged where a part of it is that of another one under the same key", async () => {
    const [mine, others] = [JSON.parse(await sealed()), JSON.parse(await sealed([storedKey("c"), storedKey("d")]))];
    for (const field of ["nonce", "data", "tag"]) {
      expect(fateOf(JSON.stringify({ ...mine, [field]: others[field] }))).toBe("damaged");
    }
    expect(fateOf(JSON.stringify({ ...others, written_at: "2026-01-02T03:04:06.067Z" }))).toBe("damaged");
    expect(fateOf(JSON.stringify({ ...others, count: 1 }))).toBe("damaged");
  });

  test("is damaged where its tag or nonce is shorter", async () => {
    const file = JSON.parse(await sealed());
    for (const field of ["tag", "nonce"]) {
      const bytes = Buffer.from(file[field], "base64");
      for (let length = 0; length < bytes.length; length++) {
        const text = bytes.subarray(0, length).toString("base64");
        expect(fateOf(JSON.stringify({ ...file, [field]: text }))).toBe("damaged");
      }
    }
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "no JSON"],
    ["no map", "null"],
    ["a list", "[]"],
    ["an empty map", "{}"],
    ["a state", '{"version":1,"saved_at":1,"entries":[]}'],
  ])("is damaged when it is %s", (_what, file) => {
    expect(fateOf(file)).toBe("damaged");
  });

  test.each([
    ["of another format", { format: "openai-balance tokens" }, "[]"],
    ["with what is no list", {}, '{"keys":[]}'],
    ["with a field that nobody knows", {}, '[{"provider":"p","secret":"s","added_at":"","more":1}]'],
    ["with a key without a secret", {}, '[{"provider":"p","added_at":""}]'],
    ["without any text", {}, ""],
    ["with a limit that is none", { version: 2 }, '[{"provider":"p","secret":"s","added_at":"","limits":{"rpm":0}}]'],
  ])("is damaged when it is one %s, though sealed with the right key", async (_what, facts, text) => {
    expect(fateOf(await sealedAs(facts, text))).toBe("damaged");
  });

  test("is locked without its key, and says by their ids which is needed and which is given", async () => {
    const file = await sealed(KEYS, OTHER);
    expect(fateOf(file, [])).toBe("locked");
    expect(() => unsealKeys(file, [KEY, THIRD])).toThrow(
      new LockedStore(`its 2 keys are encrypted with the master key ${OTHER.id}, and this one is ${KEY.id}`),
    );
    const one = await sealed(KEYS.slice(0, 1), OTHER);
    expect(() => unsealKeys(one, [])).toThrow(`its key is encrypted with the master key ${OTHER.id}`);
    expect(fateOf(file, [KEY, THIRD, OTHER])).toBe("opened");
  });

  test("is locked, not damaged, when a newer version wrote it, whatever that looks like", async () => {
    const newer = await sealedAs({ version: 3 });
    const other = JSON.stringify({ format: "openai-balance keys", version: 3, boxes: [] });
    const cipher = JSON.stringify({ ...JSON.parse(newer), cipher: "xchacha20-poly1305" });
    for (const file of [newer, other, cipher]) expect(fateOf(file)).toBe("locked");
    expect(() => unsealKeys(other, [KEY])).toThrow("it was written by a newer version of openai-balance (format 3)");
  });

  test("is damaged, not locked, where only its header says that it is of another key or version", async () => {
    const file = JSON.parse(await sealed());
    for (const facts of [{ master_key: OTHER.id }, { version: 2 }, { version: 3 }, { version: 7, master_key: "" }]) {
      expect(fateOf(JSON.stringify({ ...file, ...facts }), [OTHER, KEY])).toBe("damaged");
    }
  });
});
