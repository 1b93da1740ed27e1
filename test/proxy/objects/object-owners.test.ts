// Which key made which object: bounds, expiry, and what is told to whoever keeps it.
import { expect, test } from "bun:test";
import { kindOf, OBJECT_KINDS } from "../../../src/proxy/objects/object-kinds.ts";
import { ObjectOwners, type OwnerChange } from "../../../src/proxy/objects/object-owners.ts";

const DAY = 24 * 3_600_000;
const A = { provider: "p", keyId: "a", account: undefined };
const B = { provider: "p", keyId: "b", account: "group g" };

function ownersWith(most?: number) {
  const clock = { now: 1_000 };
  const changes: OwnerChange[] = [];
  const owners = new ObjectOwners({
    now: () => clock.now,
    onChange: (change) => void changes.push(change),
    ...(most !== undefined && { most }),
  });
  return { clock, changes, owners };
}

test("the object that was named the longest time ago goes first, and is forgotten on the disk as well", () => {
  const { owners, changes } = ownersWith(3);
  for (const id of ["file-1", "file-2", "file-3"]) owners.remember(id, A);
  expect(owners.ownerOf("file-1")).toEqual(A);
  owners.remember("file-4", A);
  expect(["file-1", "file-2", "file-3", "file-4"].map((id) => owners.ownerOf(id)?.keyId)).toEqual([
    "a",
    undefined,
    "a",
    "a",
  ]);
  expect(changes).toContainEqual({ id: "file-2", owner: undefined, expiresAt: 0 });
});

test("each kind is kept for its time, which begins anew when it is named again", () => {
  const { owners, clock } = ownersWith();
  owners.remember("resp_1", A);
  owners.remember("file-1", A);
  clock.now += 20 * DAY;
  owners.remember("resp_1", A);
  clock.now += 20 * DAY;
  expect([owners.ownerOf("resp_1"), owners.ownerOf("file-1")]).toEqual([A, A]);
  clock.now += 11 * DAY;
  expect([owners.ownerOf("resp_1"), owners.ownerOf("file-1")]).toEqual([undefined, A]);
});

test("a further answer about the same object is written only when it says something new", () => {
  const { owners, changes, clock } = ownersWith();
  owners.remember("resp_1", A);
  owners.remember("resp_1", { ...A });
  expect(changes).toHaveLength(1);
  owners.remember("resp_1", B);
  clock.now += 4 * DAY;
  owners.remember("resp_1", B);
  expect(changes.map(({ owner, expiresAt }) => [owner?.keyId, expiresAt])).toEqual([
    ["a", 1_000 + 30 * DAY],
    ["b", 1_000 + 30 * DAY],
    ["b", clock.now + 30 * DAY],
  ]);
});

test("what was kept is taken over, but not what is over, and is not told again", () => {
  const { owners, changes } = ownersWith();
  owners.load([
    { id: "file-1", ...A, expiresAt: 999 },
    { id: "file-2", ...B, expiresAt: 2_000 },
  ]);
  expect([owners.ownerOf("file-1"), owners.ownerOf("file-2"), owners.size]).toEqual([undefined, B, 1]);
  expect(changes).toEqual([]);
});

test("an object that nobody has is not looked for again for a minute", () => {
  const { owners, clock } = ownersWith();
  owners.noteMissing("file-1", "p");
  clock.now += 59_999;
  expect([owners.isMissing("file-1", "p"), owners.isMissing("file-2", "p")]).toEqual([true, false]);
  clock.now += 1;
  expect(owners.isMissing("file-1", "p")).toBe(false);
  owners.noteMissing("file-1", "p");
  owners.remember("file-1", A);
  expect(owners.isMissing("file-1", "p")).toBe(false);
});

test.each(["", "x".repeat(301), "two words"])("%p is no object", (id) => {
  const { owners, changes } = ownersWith();
  owners.remember(id, A);
  expect([owners.size, changes.length]).toEqual([0, 0]);
});

test("a client has 100 searches a minute that find nothing, and those of others do not count", () => {
  const { owners, clock } = ownersWith();
  for (let i = 0; i < 150; i += 1) {
    expect(owners.beginSearch("finder")).toBe(true);
    owners.endSearch("finder");
  }
  const begun = () => Array.from({ length: 150 }, () => owners.beginSearch("guesser")).filter(Boolean).length;
  expect(begun()).toBe(100);
  expect(owners.beginSearch("finder")).toBe(true);
  clock.now += 59_999;
  expect(begun()).toBe(0);
  clock.now += 1;
  expect(begun()).toBe(100);
});

test("a clock that goes back makes nothing last longer", () => {
  const { owners, clock } = ownersWith();
  clock.now += 3_600_000;
  owners.noteMissing("file-1", "p");
  for (let i = 0; i < 100; i += 1) owners.beginSearch("guesser");
  clock.now -= 3_600_000;
  expect([owners.isMissing("file-1", "p"), owners.beginSearch("guesser")]).toEqual([false, true]);
});

test.each(OBJECT_KINDS)("$prefix is a kind of its own", (kind) => {
  expect(kindOf(`${kind.prefix}abc`)).toBe(kind);
  expect(kind.keptMs).toBeGreaterThan(0);
});

test.each(["", "resp", "resp_", "call_1", "file", "x".repeat(300)])("%j is of no kind", (id) => {
  expect(kindOf(id)).toBeUndefined();
});
