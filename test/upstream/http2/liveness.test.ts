// When a silent or unused connection is given up; the timer itself is not waited for.
import { expect, test } from "bun:test";
import { Liveness } from "../../../src/upstream/http2/liveness.ts";

function watch(isIdle: boolean): { liveness: Liveness; acts: string[] } & AsyncDisposable {
  const acts: string[] = [];
  const liveness = new Liveness({
    isIdle,
    ping: () => acts.push("ping"),
    retire: () => acts.push("retire"),
    giveUp: () => acts.push("give up"),
  });
  return {
    liveness,
    acts,
    async [Symbol.asyncDispose]() {
      liveness.stop();
    },
  };
}

test("a silent connection is pinged, then given up", async () => {
  await using watched = watch(false);
  for (let look = 0; look < 3; look++) watched.liveness.look();
  expect(watched.acts).toEqual(["ping", "give up"]);
});

test("one that answers the ping is kept", async () => {
  await using watched = watch(false);
  for (let look = 0; look < 6; look++) {
    watched.liveness.look();
    if (watched.acts.length > look / 2) watched.liveness.heard();
  }
  expect(watched.acts).not.toContain("give up");
  expect(watched.acts).toContain("ping");
});

test("one without a stream is retired at the third look", async () => {
  await using watched = watch(true);
  for (let look = 0; look < 3; look++) {
    watched.liveness.heard();
    watched.liveness.look();
  }
  expect(watched.acts).toEqual(["retire"]);
});
