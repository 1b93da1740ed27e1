// Who has the same objects, and who may serve in place of the key that is pinned.

import { describe, expect, test } from "bun:test";
import type { Need, StandIn } from "../../src/balancer/contract.ts";
import { explainAll } from "./explain-all.ts";
import { balancerOf, keySpec, needOf, poolSpec, START } from "./fixtures.ts";

const GROUPED = [
  keySpec("a", { quotaGroup: "g" }),
  keySpec("b", { quotaGroup: "g" }),
  keySpec("c", { quotaGroup: "h" }),
  keySpec("d"),
];

const pinned = (standIn?: Partial<StandIn>, keyId = "a"): Need =>
  needOf("p", {
    pinnedKey: keyId,
    ...(standIn && { standIn: { account: undefined, anyAfterMs: undefined, ...standIn } }),
  });

describe("Balancer", () => {
  test("knows the account of a key by its quota group", () => {
    const balancer = balancerOf([poolSpec("p", GROUPED)]);
    const accounts = ["a", "b", "c", "d", "gone"].map((keyId) => balancer.accountOf({ provider: "p", keyId }));
    expect(accounts).toEqual(["group g", "group g", "group h", undefined, undefined]);
  });

  test.each<[string, Need, readonly string[], string | undefined]>([
    ["the pinned key goes first", pinned({}), [], "a"],
    ["its account stands in", pinned({}), ["a"], "b"],
    ["nobody else", pinned({}), ["a", "b"], undefined],
    ["nobody without a stand-in", pinned(), ["a"], undefined],
    ["a key of no known account stands alone", pinned({}, "d"), ["d"], undefined],
    ["the account outlives its key", pinned({ account: "group h" }, "gone"), [], "c"],
    ["others, where everybody will do and the account is out", pinned({ anyAfterMs: 30_000 }), ["a", "b"], "c"],
    ["but the account first", pinned({ anyAfterMs: 30_000 }), ["a"], "b"],
  ])("%s", (_name, need, disabled, expected) => {
    const balancer = balancerOf([poolSpec("p", GROUPED)]);
    balancer.setDisabled(
      disabled.map((keyId) => ({ provider: "p", keyId })),
      true,
      START,
    );
    const pick = balancer.pick(need, [], START);
    expect(pick.kind === "candidate" ? pick.candidate.keyId : undefined).toBe(expected);
    const explained = explainAll(balancer, need, START).find(({ isPicked }) => isPicked);
    expect(explained?.keyId).toBe(expected);
  });

  test.each<[string, readonly string[], StandIn, boolean]>([
    ["a", [], { account: undefined, anyAfterMs: undefined }, true],
    ["a", ["a"], { account: undefined, anyAfterMs: undefined }, true],
    ["a", ["a", "b"], { account: undefined, anyAfterMs: undefined }, false],
    ["gone", [], { account: undefined, anyAfterMs: undefined }, false],
    ["gone", [], { account: "group h", anyAfterMs: undefined }, true],
    ["gone", ["c"], { account: "group h", anyAfterMs: undefined }, false],
  ])("of key %s, with %j disabled and %j: whether anybody has its objects", (keyId, disabled, standIn, expected) => {
    const balancer = balancerOf([poolSpec("p", GROUPED)]);
    balancer.setDisabled(
      disabled.map((id) => ({ provider: "p", keyId: id })),
      true,
      START,
    );
    expect(balancer.hasHolder({ provider: "p", keyId }, standIn)).toBe(expected);
  });

  test("a stranger is a usable key of an account that was not asked", () => {
    const balancer = balancerOf([poolSpec("p", GROUPED)]);
    const need = pinned({});
    expect(balancer.strangerTo(["a"], need, START)).toBe("c");
    expect(balancer.strangerTo(["a", "c"], need, START)).toBe("d");
    expect(balancer.strangerTo(["a", "c", "d"], need, START)).toBeUndefined();
    balancer.setDisabled([{ provider: "p", keyId: "c" }], true, START);
    expect(balancer.strangerTo(["a"], need, START)).toBe("d");
    expect(balancer.strangerTo([], needOf("nobody"), START)).toBeUndefined();
  });
});
