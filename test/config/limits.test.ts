// Limits that the operator states: how they are written, and who inherits them.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { LimitsConfig } from "../../src/config/config.ts";
import { withStoredKeysOf } from "../../src/config/replace-stored-keys.ts";
import { sourceText } from "../../src/config/source.ts";
import type { StoredKey } from "../../src/config/stored-key.ts";
import { diagnose, loadValid, oneProvider, TOKENS } from "./load.ts";

const A = { name: "a", base_url: "https://a.example/v1" };

function limits(fields: Partial<LimitsConfig>): LimitsConfig {
  const none = { rpm: undefined, rpd: undefined, tpm: undefined, tpd: undefined, concurrency: undefined };
  return { ...none, day: "rolling", ...fields };
}

function keysOf(fields: object, stored: readonly StoredKey[] = []) {
  const yaml = JSON.stringify({ ...TOKENS, ...fields });
  return loadValid({ yaml, stored: { keys: stored, isComplete: true } }).config.providers.flatMap(({ keys }) => keys);
}

function stored(secret: string): StoredKey {
  return { provider: "a", secret, added_at: "2026-01-01T00:00:00.000Z" };
}

test.each<[string, object, Partial<LimitsConfig>]>([
  ["rpm", { rpm: 500 }, { rpm: 500 }],
  ["rpd", { rpd: "10k" }, { rpd: 10_000 }],
  ["tpm", { tpm: "200k" }, { tpm: 200_000 }],
  ["tpd", { tpd: "2M" }, { tpd: 2_000_000 }],
  ["concurrency", { concurrency: 1 }, { concurrency: 1 }],
  ["day", { rpd: 1, day: "America/Los_Angeles" }, { rpd: 1, day: "America/Los_Angeles" }],
])("%s may be set at the top level, of a provider and of a key", (_, written, expected) => {
  const key = { key: "sk-fake-1", limits: written };
  for (const fields of [
    { limits: written, providers: [{ ...A, api_keys: ["sk-fake-1"] }] },
    { providers: [{ ...A, api_keys: ["sk-fake-1"], limits: written }] },
    { providers: [{ ...A, api_keys: [key] }] },
  ]) {
    expect(keysOf(fields)[0]?.limits).toEqual(limits(expected));
  }
});

test("a number may come from a variable", () => {
  const yaml = oneProvider({ limits: { rpm: "$\x7bRPM}", tpm: "$\x7bTPM}" } });
  const { config } = loadValid({ yaml, env: { RPM: "60", TPM: "30k" } });
  expect(config.providers[0]?.keys[0]?.limits).toEqual(limits({ rpm: 60, tpm: 30_000 }));
});

describe("Inheritance", () => {
  const top = { rpm: 1, tpm: 2, rpd: 3, day: "UTC", models: { "o*": { rpm: 4, tpm: 5 }, "*": { rpm: 6 } } };
  const own = { tpm: 20, concurrency: 21, models: { "o*": { tpm: 22 }, "gpt*": { rpd: 23 } } };
  const ofKey = { rpm: 300, day: "rolling", models: { "o*": { rpm: 301 } } };

  test("each limit by itself, from the top level over the provider to the key", () => {
    const [heir, key] = keysOf({
      limits: top,
      providers: [{ ...A, limits: own, api_keys: ["sk-fake-1", { key: "sk-fake-2", limits: ofKey }] }],
    });
    expect(heir?.limits).toEqual(limits({ rpm: 1, tpm: 20, rpd: 3, concurrency: 21, day: "UTC" }));
    expect(key?.limits).toEqual(limits({ rpm: 300, tpm: 20, rpd: 3, concurrency: 21 }));
  });

  test("patterns likewise: own ones come first, and the day is that of the key", () => {
    const [heir, key] = keysOf({
      limits: top,
      providers: [{ ...A, limits: own, api_keys: ["sk-fake-1", { key: "sk-fake-2", limits: ofKey }] }],
    });
    expect(heir?.modelLimits).toEqual([
      { pattern: "o*", limits: limits({ rpm: 4, tpm: 22, day: "UTC" }) },
      { pattern: "gpt*", limits: limits({ rpd: 23, day: "UTC" }) },
      { pattern: "*", limits: limits({ rpm: 6, day: "UTC" }) },
    ]);
    expect(key?.modelLimits?.map(({ pattern, limits: { rpm, tpm, day } }) => [pattern, rpm, tpm, day])).toEqual([
      ["o*", 301, 22, "rolling"],
      ["gpt*", undefined, undefined, "rolling"],
      ["*", 6, undefined, "rolling"],
    ]);
  });

  test("keys that say nothing share one object; without limits they have none", () => {
    const files = { "/work/a.keys": "sk-fake-3\n" };
    const yaml = JSON.stringify({
      limits: { rpm: 5, models: { "*": { tpm: 1 } } },
      providers: [{ ...A, api_keys: ["sk-fake-1"], keys_file: "a.keys" }],
    });
    const [first, second] = loadValid({ yaml, files }).config.providers[0]?.keys ?? [];
    expect(second?.limits).toBe(first?.limits as LimitsConfig);
    expect(second?.modelLimits).toBe(first?.modelLimits as NonNullable<typeof first>["modelLimits"] & object);
    const [none] = keysOf({ limits: { day: "rolling" }, providers: [{ ...A, api_keys: ["sk-fake-1"] }] });
    expect([none?.limits, none?.modelLimits]).toEqual([undefined, undefined]);
  });

  test("a provider that needs no key is limited, too", () => {
    const [key] = keysOf({ providers: [{ ...A, auth_header: "none", limits: { concurrency: 2 } }] });
    expect([key?.name, key?.limits?.concurrency]).toEqual(["anonymous", 2]);
  });

  test("keys of the store are as those of the file, also when they are replaced", () => {
    const fields = { ...TOKENS, providers: [{ ...A, limits: { rpm: 9, models: { "o*": { rpm: 1 } } } }] };
    const expected = { limits: limits({ rpm: 9 }), modelLimits: [{ pattern: "o*", limits: limits({ rpm: 1 }) }] };
    expect(keysOf(fields, [stored("sk-fake-s-1")])[0]).toMatchObject(expected);
    const { config } = loadValid({ yaml: JSON.stringify(fields) });
    const key = stored("sk-fake-s-2");
    const once = withStoredKeysOf(config, [key]);
    const again = withStoredKeysOf(once, [key, stored("sk-fake-s-3")]);
    expect(once.providers[0]?.keys[0]).toMatchObject(expected);
    expect(again.providers[0]?.keys[0]).toBe(once.providers[0]?.keys[0] as never);
  });
});

test("the origin of each limit is named", () => {
  const yaml = `
limits: { rpm: 5, models: { "o*": { rpm: 1 } } }
affinity: auto
providers:
  - { name: a, base_url: "https://a.example/v1", api_keys: [sk-fake-1], limits: { tpm: 7 }, strategy: random }
`;
  const { origins, effective } = loadValid({ yaml });
  expect(effective.providers[0]?.limits).toEqual({ rpm: 5, tpm: 7, day: "rolling", models: { "o*": { rpm: 1 } } });
  const originOf = (path: string) => sourceText(origins.get(`providers[0].${path}`) ?? { kind: "built-in" });
  expect(originOf("limits.rpm")).toBe("config.yaml:2:11");
  expect(originOf("limits.tpm")).toBe("config.yaml:5:83");
  expect(originOf("limits.day")).toBe("default");
  expect(originOf("limits.models.o*.rpm")).toMatch("config.yaml:2:29");
  expect(originOf("affinity")).toBe("config.yaml:3:1");
  expect(originOf("strategy")).toBe("config.yaml:5:93");
});

test("keys may name the group whose limit they share", () => {
  const yaml = oneProvider({ api_keys: [{ key: "sk-fake-1", quota_group: "org-2" }, "sk-fake-2"] });
  expect(loadValid({ yaml }).config.providers[0]?.keys.map(({ quotaGroup }) => quotaGroup)).toEqual([
    "org-2",
    undefined,
  ]);
});

test("a zone is heeded where some limit of a day is, also one of a single key or model", () => {
  const zone = { day: "Europe/Berlin" };
  const keyWith = (of: object) => ({ key: "sk-fake-1", limits: of });
  const says = (fields: object) => diagnose({ yaml: JSON.stringify({ ...TOKENS, ...fields }) });
  expect(says({ limits: zone, providers: [{ ...A, api_keys: [keyWith({ rpd: 1 })] }] })).toEqual([]);
  expect(says({ limits: { rpd: 1 }, providers: [{ ...A, api_keys: [keyWith(zone)] }] })).toEqual([]);
  expect(says({ providers: [{ ...A, limits: { ...zone, models: { "*": { tpd: 1 } } }, api_keys: ["k"] }] })).toEqual(
    [],
  );
  expect(says({ providers: [{ ...A, limits: zone, api_keys: [keyWith({ rpm: 1 })] }] })).toHaveLength(1);
});

test("whatever is written where, a key has for each limit what stands nearest to it", () => {
  const counts = fc.record(
    { rpm: fc.integer({ min: 1 }), tpd: fc.constantFrom("1k", "2M"), concurrency: fc.integer({ min: 1 }) },
    { requiredKeys: [], noNullPrototype: true },
  );
  const models = fc.dictionary(fc.constantFrom("a*", "b", "*"), counts, { noNullPrototype: true });
  const written = fc
    .record({ models }, { noNullPrototype: true })
    .chain((of) => counts.map((own) => ({ ...own, ...of })));
  const key = (of: object | undefined) => ({ key: "sk-fake-1", limits: of });
  fc.assert(
    fc.property(
      written,
      fc.option(written, { nil: undefined }),
      fc.option(written, { nil: undefined }),
      (...places) => {
        const [top, ofProvider, ofKey] = places;
        const [found] = keysOf({ limits: top, providers: [{ ...A, limits: ofProvider, api_keys: [key(ofKey)] }] });
        const nearest = { ...top, ...ofProvider, ...ofKey };
        expect(found?.limits?.rpm).toBe(nearest.rpm);
        expect(found?.limits?.concurrency).toBe(nearest.concurrency);
        for (const pattern of ["a*", "b", "*"]) {
          const expected = Object.assign({}, ...places.map((place) => place?.models[pattern]));
          const entry = found?.modelLimits?.find((other) => other.pattern === pattern);
          expect(entry !== undefined).toBe(places.some((place) => place?.models[pattern] !== undefined));
          expect(entry?.limits.rpm).toBe(expected.rpm);
        }
      },
    ),
  );
});
