// What is said of keys: changes that can be repeated, taken back and made in any order where they say different things.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  changedKey,
  isChange,
  isSame,
  type KeyChange,
  type KeySettings,
  withSettings,
} from "../../src/admin/key-settings.ts";
import { anyKey } from "../keys/any-key.ts";

const count = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.constantFrom("200k", "2M"));
const change = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const anyChange: fc.Arbitrary<KeyChange> = fc.record(
  {
    name: change(fc.string({ minLength: 1, maxLength: 9 })),
    weight: change(fc.double({ min: 0.1, max: 9, noNaN: true })),
    priority: change(fc.integer({ min: -9, max: 9 })),
    models: change(fc.array(fc.constantFrom("a*", "b"), { minLength: 1, maxLength: 2 })),
    limits: change(
      fc.record(
        { rpm: change(count), tpd: change(count), day: change(fc.constantFrom("UTC", "rolling")) },
        { requiredKeys: [], noNullPrototype: true },
      ),
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
);

describe("changedKey", () => {
  test("says the same when it is repeated, and then gives the very same key", () => {
    fc.assert(
      fc.property(anyKey, anyChange, (key, given) => {
        const once = changedKey(key, given);
        expect(changedKey(once, given)).toBe(once);
      }),
    );
  });

  test("takes back what null says, sets what is said, and leaves everything else", () => {
    fc.assert(
      fc.property(anyKey, anyChange, (key, given) => {
        const next = changedKey(key, given);
        for (const name of ["name", "weight", "priority", "models"] as const) {
          const said = given[name];
          expect(next[name]).toEqual((said === undefined ? key[name] : (said ?? undefined)) as never);
          if (said === null) expect(Object.hasOwn(next, name)).toBe(false);
        }
        for (const name of ["rpm", "rpd", "tpm", "tpd", "concurrency", "day"] as const) {
          const { limits } = given;
          const said = limits === null ? null : (limits as Record<string, unknown> | undefined)?.[name];
          expect(next.limits?.[name]).toEqual((said === undefined ? key.limits?.[name] : (said ?? undefined)) as never);
        }
        expect([next.provider, next.secret, next.added_at]).toEqual([key.provider, key.secret, key.added_at]);
      }),
    );
  });

  test("in either order, where two changes say different things", () => {
    fc.assert(
      fc.property(anyKey, anyChange, anyChange, (key, one, other) => {
        const { limits: _, ...rest } = other;
        const free = Object.fromEntries(Object.entries(rest).filter(([name]) => !(name in one)));
        const a = changedKey(changedKey(key, one), free);
        const b = changedKey(changedKey(key, free), one);
        expect(isSame(a, b)).toBe(true);
      }),
    );
  });

  test("keeps no map of limits without any limit", () => {
    const key = { provider: "p", secret: "s", added_at: "", limits: { rpm: 5 } };
    expect(changedKey(key, { limits: { rpm: null } })).toEqual({ provider: "p", secret: "s", added_at: "" });
  });
});

test.each<[KeyChange, boolean]>([
  [{}, false],
  [{ limits: {} }, false],
  [{ limits: { rpm: undefined } }, false],
  [{ limits: { rpm: null } }, true],
  [{ limits: null }, true],
  [{ name: null }, true],
  [{ weight: 1 }, true],
])("isChange(%j) is %p", (given, expected) => {
  expect(isChange(given)).toBe(expected);
});

describe("withSettings", () => {
  test("says of all keys what they do not say themselves, and numbers the name of several", () => {
    const keys: readonly (KeySettings & { readonly key: string })[] = [
      { key: "a" },
      { key: "b", weight: 3 },
      { key: "c", name: "mine" },
    ];
    expect(withSettings(keys, { name: "batch", weight: 2 })).toEqual([
      { key: "a", name: "batch-1", weight: 2 },
      { key: "b", name: "batch-2", weight: 3 },
      { key: "c", name: "mine", weight: 2 },
    ]);
    expect(withSettings(keys.slice(0, 1), { name: "one" })).toEqual([{ key: "a", name: "one" }]);
  });
});
