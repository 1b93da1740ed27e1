// What operators do to many keys: in slices, so that no request waits for all of them, and saved once.
import { expect, test } from "bun:test";
import type { Change, KeyPlace } from "../../src/balancer/contract.ts";
import { healthPort } from "../../src/daemon/health-port.ts";
import type { Instance } from "../../src/daemon/instance.ts";
import { START } from "../balancer/fixtures.ts";

const KEYS: readonly KeyPlace[] = Array.from({ length: 1_000 }, (_, index) => ({
  provider: "p",
  keyId: String(index),
}));

/** An instance that notes how many keys it is given at a time, and when it is saved. */
function lab(changes: readonly Partial<Change>[]) {
  const done: (number | "saved")[] = [];
  const noted: unknown[] = [];
  const take = (keys: readonly KeyPlace[]) => {
    done.push(keys.length);
    return changes;
  };
  const instance = {
    balancer: { setDisabled: take, reset: take },
    state: { save: async () => void done.push("saved") },
    timing: { now: () => START },
    noteChanges: (found: readonly unknown[]) => noted.push(...found),
  };
  return { port: healthPort(instance as unknown as Instance), done, noted };
}

test.each(["setDisabled", "reset"] as const)(
  "%s takes 250 keys at a time, with turns for others between",
  async (name) => {
    const { port, done } = lab([]);
    let turns = 0;
    const look = () => {
      turns += 1;
      if (!done.includes("saved")) setImmediate(look);
    };
    setImmediate(look);
    if (name === "reset") expect(await port.reset(KEYS, {})).toBe(false);
    else await port.setDisabled(KEYS, true);
    expect(done).toEqual([250, 250, 250, 250, "saved"]);
    expect(turns).toBeGreaterThanOrEqual(3);
  },
);

test("reset says whether anything rested, and for which model each change was", async () => {
  const { port, noted } = lab([{ provider: "p" }]);
  expect(await port.reset(KEYS.slice(0, 1), { model: "m" })).toBe(true);
  expect(noted).toEqual([{ provider: "p", model: "m" }]);
});
