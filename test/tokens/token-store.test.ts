// The token store on the disk: it comes back as it was, or the one before does, and what must not be touched stays.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import type { FileCalls } from "../../src/core/atomic-file.ts";
import { fileStamp } from "../../src/core/file-stamp.ts";
import { UserError } from "../../src/core/user-error.ts";
import { newStoredToken, type StoredToken } from "../../src/tokens/stored-token.ts";
import { TokenStore } from "../../src/tokens/token-store.ts";
import { scratchFolder } from "../core/scratch-folder.ts";
import { watchedCalls } from "../core/watched-calls.ts";
import { fakeSecret } from "../fixture/secrets.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const ASIDE = `tokens.json.corrupt-${fileStamp(NOW)}`;

function token(name: string, rules: StoredToken["rules"] = {}): StoredToken {
  return newStoredToken({ name, secret: fakeSecret(name), rules, addedAt: "2026-03-01T12:00:00.000Z" });
}

function openStore(folder: string, calls?: FileCalls): TokenStore {
  return new TokenStore({ folder, now: () => NOW, isReadOnly: false, ...(calls && { calls }) });
}

const A = token("a", { rpm: 5, models: ["gpt-*"], budget: { amount: 0.5, per: "day" }, expires: "2027-01-01" });
const [B, C] = [token("b"), token("c")];

/** Two generations: first `a` alone, then `a` and `b`. */
async function filled(folder: string): Promise<Buffer> {
  const store = openStore(folder);
  await store.change(() => [A]);
  await store.change((tokens) => [...tokens, B]);
  return readFileSync(`${folder}/tokens.json`);
}

test("comes back as it was, for its owner only, and holds no secret", async () => {
  using folder = scratchFolder();
  await filled(folder.path);
  expect(openStore(folder.path)).toMatchObject({ tokens: [A, B], notes: [], fault: undefined, isComplete: true });
  expect(statSync(folder.at("tokens.json")).mode & 0o777).toBe(0o600);
  expect(folder.names()).toEqual(["tokens.json", "tokens.json.1"]);
  expect(folder.text("tokens.json")).not.toContain(fakeSecret("a"));
});

test("without a file there is no token, and nothing is made", () => {
  using folder = scratchFolder();
  expect(openStore(folder.path)).toMatchObject({ tokens: [], notes: [], fault: undefined, isComplete: true });
  expect(folder.names()).toEqual([]);
});

test("nor can there be one where there can be no folder", () => {
  using folder = scratchFolder();
  writeFileSync(folder.at("file"), "mine");
  expect(openStore(folder.at("file/data"))).toMatchObject({ tokens: [], fault: undefined, isComplete: true });
});

test("any one bit that is another sets it aside, and the one before is used", async () => {
  using template = scratchFolder();
  const sound = await filled(template.path);
  await fc.assert(
    fc.asyncProperty(fc.nat(sound.length - 1), fc.nat(7), async (at, bit) => {
      using folder = scratchFolder();
      await filled(folder.path);
      const damaged = Buffer.from(sound);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
      writeFileSync(folder.at("tokens.json"), damaged);
      const store = openStore(folder.path);
      // A higher number of its version is what a newer program would have written.
      if (store.fault !== undefined) expect(store.fault).toContain("newer version");
      // A blank line at the end says nothing else.
      else if (store.notes.length === 0) expect(store.tokens).toEqual([A, B]);
      else {
        expect([store.tokens, store.isComplete]).toEqual([[A], true]);
        expect(readFileSync(folder.at(ASIDE)).equals(damaged)).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});

test.each([
  ["cut off", (text: string) => text.slice(0, 200)],
  ["empty", () => ""],
  ["without its digest", (text: string) => text.replace(/,"sha256":"[0-9a-f]{64}"\}\n$/, "}\n")],
  ["another list", () => '{"format":"openai-balance keys","version":1}'],
])("one that is %s, in both generations, leaves nobody in", async (_name, damage) => {
  using folder = scratchFolder();
  await filled(folder.path);
  for (const name of ["tokens.json", "tokens.json.1"]) writeFileSync(folder.at(name), damage(folder.text(name) ?? ""));
  const store = openStore(folder.path);
  expect(store).toMatchObject({ tokens: [], fault: undefined, isComplete: false });
  expect(store.notes).toHaveLength(2);
  await store.change(() => [C]);
  expect(store.isComplete).toBe(true);
});

describe("one that must not be touched stays as it is, and takes no change:", () => {
  test("that of a newer version", async () => {
    using folder = scratchFolder();
    writeFileSync(folder.at("tokens.json"), '{"format":"openai-balance tokens","version":2,"how":"ever"}', {
      mode: 0o600,
    });
    const before = folder.snapshot();
    const store = openStore(folder.path);
    expect([store.tokens, store.isComplete]).toEqual([[], false]);
    expect(store.fault).toContain("newer version of openai-balance (format 2)");
    await expect(store.change(() => [A])).rejects.toThrow(UserError);
    await store.change(() => [A]).catch(() => {});
    expect(folder.snapshot()).toEqual(before);
  });

  test("one that cannot be read", () => {
    using folder = scratchFolder();
    mkdirSync(folder.at("tokens.json"));
    expect(openStore(folder.path)).toMatchObject({
      tokens: [],
      isComplete: false,
      fault: expect.stringContaining("read"),
    });
  });

  test("any, for who only reads", async () => {
    using folder = scratchFolder();
    await filled(folder.path);
    writeFileSync(folder.at("tokens.json"), "damaged");
    const before = folder.snapshot();
    const store = new TokenStore({ folder: folder.path, now: () => NOW, isReadOnly: true });
    expect(store.tokens).toEqual([A]);
    await expect(store.change(() => [])).rejects.toThrow("its folder cannot be written");
    expect(folder.snapshot()).toEqual(before);
  });
});

test("a crash at any call leaves the old tokens or the new ones", async () => {
  for (let dies = 0; ; dies += 1) {
    using folder = scratchFolder();
    await filled(folder.path);
    const calls = watchedCalls({ dies });
    const isDone = await openStore(folder.path, calls)
      .change((tokens) => [...tokens, C])
      .then(
        () => true,
        () => false,
      );
    const { tokens, notes } = openStore(folder.path);
    expect(notes).toEqual([]);
    expect(tokens).toEqual(tokens.length === 2 ? [A, B] : [A, B, C]);
    if (!isDone) continue;
    expect(tokens).toEqual([A, B, C]);
    if (calls.steps.length <= dies) break;
  }
});

test("a failure of the disk changes nothing, and is told in words", async () => {
  using folder = scratchFolder();
  await filled(folder.path);
  const store = openStore(folder.path, watchedCalls({ fails: 1 }));
  await expect(store.change(() => [C])).rejects.toThrow(/^Cannot write the token store .*tokens\.json: /);
  expect([store.tokens, openStore(folder.path).tokens]).toEqual([
    [A, B],
    [A, B],
  ]);
});

test("what is taken away is in neither generation", async () => {
  using folder = scratchFolder();
  await filled(folder.path);
  await openStore(folder.path).change(([first]) => (first === undefined ? [] : [first]));
  writeFileSync(folder.at("tokens.json"), "damaged");
  expect(openStore(folder.path).tokens).toEqual([A]);
  for (const name of folder.names()) expect(folder.text(name)).not.toContain(B.sha256);
});
