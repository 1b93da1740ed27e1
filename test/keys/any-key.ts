// Any key that a store may hold.
import fc from "fast-check";
import type { StoredKey } from "../../src/config/stored-key.ts";

const count = fc.oneof(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom("200k", "2M"));

const anyLimits = fc.record(
  { rpm: count, rpd: count, tpm: count, tpd: count, concurrency: count, day: fc.constantFrom("rolling", "UTC") },
  { requiredKeys: [], noNullPrototype: true },
);

export const anyKey: fc.Arbitrary<StoredKey> = fc.record(
  {
    provider: fc.string({ minLength: 1, maxLength: 8, unit: "binary" }),
    secret: fc.string({ minLength: 1, maxLength: 80, unit: "binary" }),
    name: fc.string({ minLength: 1, maxLength: 20, unit: "binary" }),
    weight: fc.double({ min: 0.001, max: 1_000, noNaN: true }),
    priority: fc.integer({ min: -1_000, max: 1_000 }),
    models: fc.array(fc.string({ minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 3 }),
    limits: anyLimits,
    added_at: fc.constant("2026-01-02T03:04:05.067Z"),
  },
  { requiredKeys: ["provider", "secret", "added_at"], noNullPrototype: true },
);
