// Calls that nobody asked for: one a second at a provider, and never two at a time there.
import { expect, test } from "bun:test";
import { CallSpacing } from "../../src/daemon/call-spacing.ts";
import { SECOND } from "../balancer/fixtures.ts";
import { VirtualTime } from "../proxy/fixtures.ts";

function lab() {
  const time = new VirtualTime();
  const startedAt = time.now();
  const spacing = new CallSpacing(time);
  const ended = new AbortController();
  const made: string[] = [];
  const call = (provider: string, what: string, ms = 0) =>
    spacing.inTurn(provider, ended.signal, async () => {
      made.push(`${(time.now() - startedAt) / SECOND} ${provider} ${what}`);
      if (ms > 0) await new Promise<void>((resolve) => time.schedule(ms, resolve));
    });
  return { time, ended, made, call };
}

test("the first goes at once, those that follow a second apart, providers beside each other", async () => {
  const { time, made, call } = lab();
  for (const what of ["a", "b", "c"]) void call("p", what);
  void call("q", "a");
  await time.advance(5 * SECOND);
  expect(made).toEqual(["0 p a", "0 q a", "1 p b", "2 p c"]);
  await call("p", "d");
  expect(made.at(-1)).toBe("5 p d");
});

test("one that is slow is waited for, with a second after it", async () => {
  const { time, made, call } = lab();
  void call("p", "slow", 3.5 * SECOND);
  await time.advance(0.5 * SECOND);
  void call("p", "next");
  await time.advance(10 * SECOND);
  expect(made).toEqual(["0 p slow", "4.5 p next"]);
});

test("one that throws gives its turn on", async () => {
  const { time } = lab();
  const spacing = new CallSpacing(time);
  const { signal } = new AbortController();
  await expect(spacing.inTurn("p", signal, () => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
  let isMade = false;
  void spacing.inTurn("p", signal, async () => {
    isMade = true;
  });
  await time.advance(SECOND);
  expect(isMade).toBe(true);
});

test("an end leaves no timer, and makes no call", async () => {
  const { time, made, call, ended } = lab();
  const calls = [call("p", "a"), call("p", "b")];
  await time.advance(0);
  ended.abort();
  await Promise.all(calls);
  expect([made, time.pending]).toEqual([["0 p a"], 0]);
});
