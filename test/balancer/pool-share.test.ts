// How many keys of a pool count as usable, and of how many.
import { expect, test } from "bun:test";
import { balancerOf, Driver, driverOf, HOUR, keySpec, MINUTE, poolSpec, START } from "./fixtures.ts";

const share = (driver: Driver) => driver.balancer.shares(driver.now)[0];

test("ready keys count, those that are out do not", () => {
  const driver = driverOf(4);
  expect(share(driver)).toEqual({ provider: "p", usable: 4, total: 4 });
  driver.attempt("k0", { kind: "key-invalid" });
  driver.attempt("k1", { kind: "key-disabled" });
  expect(share(driver)).toEqual({ provider: "p", usable: 2, total: 4 });
});

test("a half-open key counts once it has answered", () => {
  const driver = driverOf(2);
  driver.attempt("k0", { kind: "key-invalid" });
  driver.now += 30 * MINUTE;
  expect([driver.key("k0").state, share(driver)?.usable]).toEqual(["half_open", 1]);
  driver.attempt("k0", { kind: "success", complete: true, latencyMs: 1 });
  expect(share(driver)?.usable).toBe(2);
});

test("what an operator disabled by hand is not part of the pool", () => {
  const driver = driverOf(2);
  driver.balancer.setDisabled([{ provider: "p", keyId: "k0" }], true, START);
  expect(share(driver)).toEqual({ provider: "p", usable: 1, total: 1 });
});

test("keys of a quota group without credit are out, for as long as it is", () => {
  const keys = ["a0", "a1", "b"].map((id) => keySpec(id, { quotaGroup: id[0] }));
  const driver = new Driver(balancerOf([poolSpec("p", keys)]));
  driver.attempt("a0", { kind: "key-exhausted", scope: "organization" });
  expect(share(driver)).toEqual({ provider: "p", usable: 1, total: 3 });
  driver.now += 2 * HOUR;
  // Over by the clock, and not known to be over.
  expect(share(driver)?.usable).toBe(1);
  driver.attempt("a1", { kind: "success", complete: true, latencyMs: 1 });
  expect(share(driver)?.usable).toBe(2);
});
