// Which headers join a trace.
import { expect, test } from "bun:test";
import { traceIdOf } from "../../src/proxy/trace-context.ts";

const ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

// W3C Trace Context, 3.2.
test.each([
  ["sampled", `00-${ID}-${PARENT}-01`, ID],
  ["not sampled", `00-${ID}-${PARENT}-00`, ID],
  ["flags that are not known", `00-${ID}-${PARENT}-ff`, ID],
  ["a later version", `cc-${ID}-${PARENT}-01`, ID],
  ["a later version with more", `cc-${ID}-${PARENT}-01-what-the-future-will-be-like`, ID],
  ["nothing", null, undefined],
  ["empty", "", undefined],
  ["version ff", `ff-${ID}-${PARENT}-01`, undefined],
  ["more than version 00 has", `00-${ID}-${PARENT}-01-more`, undefined],
  ["more without a separator", `cc-${ID}-${PARENT}-01.what`, undefined],
  ["a trace of zeros", `00-${"0".repeat(32)}-${PARENT}-01`, undefined],
  ["a parent of zeros", `00-${ID}-${"0".repeat(16)}-01`, undefined],
  ["capitals", `00-${ID.toUpperCase()}-${PARENT}-01`, undefined],
  ["too short an id", `00-${ID.slice(1)}-${PARENT}-01`, undefined],
  ["no flags", `00-${ID}-${PARENT}`, undefined],
  ["two of them", `00-${ID}-${PARENT}-01, 00-${ID}-${PARENT}-01`, undefined],
  ["another thing", "sk-fake-not-a-trace-0001", undefined],
])("traceIdOf: %s", (_, header, id) => {
  expect(traceIdOf(header)).toBe(id);
});
