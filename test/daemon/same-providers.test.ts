// Whether two lists of keys are for the same providers.
import { expect, test } from "bun:test";
import { haveSameProviders } from "../../src/daemon/same-providers.ts";
import { fakeSecret } from "../fixture/secrets.ts";

test.each([
  [[], [], true],
  [["a"], ["a", "a"], true],
  [["a", "b"], ["b", "a", "b"], true],
  [["a"], [], false],
  [["a"], ["b"], false],
  [["a"], ["a", "b"], false],
])("keys of %p and of %p: %p", (left, right, expected) => {
  const keysOf = (providers: readonly string[]) =>
    providers.map((provider, index) => ({
      provider,
      secret: fakeSecret(`key-${index}`),
      added_at: "2027-01-15T08:00:00Z",
    }));
  expect(haveSameProviders(keysOf(left), keysOf(right))).toBe(expected);
});
