// Whether the daemon is there, by what calls find out at different times.
import { afterEach, expect, test } from "bun:test";
import {
  answersSoFar,
  noteAnswered,
  noteBegun,
  noteSession,
  noteStopping,
  noteUnreachable,
  reachability,
} from "../../../src/page/api/reachability.ts";

afterEach(() => noteSession("begun"));

test("a call that fails says that it is lost, and one that is answered that it is back", () => {
  noteUnreachable(answersSoFar());
  expect(reachability.value).toBe("lost");
  noteAnswered();
  expect(reachability.value).toBe("reached");
});

test("a call that fails late says nothing of a daemon that has answered since", () => {
  const late = answersSoFar();
  noteUnreachable();
  noteAnswered();
  noteUnreachable(late);
  expect(reachability.value).toBe("reached");
  noteUnreachable(answersSoFar());
  expect(reachability.value).toBe("lost");
});

test("one that says that it stops is not back by what it still answers, but by another one, or in time", () => {
  noteStopping(1_000);
  noteAnswered(5_999);
  expect(reachability.value).toBe("lost");
  noteBegun();
  expect(reachability.value).toBe("reached");
  noteStopping(1_000);
  noteAnswered(6_000);
  expect(reachability.value).toBe("reached");
});

test("a session that has ended is neither lost nor back before another login", () => {
  noteSession("ended");
  noteUnreachable();
  noteAnswered();
  expect(reachability.value).toBe("ended");
});
