// When a held beginning is let go, on a clock of our own.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CommitGate, GATE_LIMITS } from "../../../src/proxy/stream/commit-gate.ts";
import type { EventKind } from "../../../src/proxy/stream/inspector.ts";

type Step = readonly [at: number, kind: EventKind];

function gateAfter(steps: readonly Step[]): CommitGate {
  const gate = new CommitGate();
  for (const [at, kind] of steps) gate.see(kind, at);
  return gate;
}

describe("decide", () => {
  test.each<[string, readonly Step[], number, ReturnType<CommitGate["decide"]>]>([
    ["holds an answer of which nothing came", [], 1e9, { kind: "hold", until: undefined }],
    ["holds comments for 10 s", [[1000, "comment"]], 10_999, { kind: "hold", until: 11_000 }],
    ["lets comments go after 10 s", [[1000, "comment"]], 11_000, { kind: "commit" }],
    [
      "counts from the first comment",
      [
        [0, "comment"],
        [9000, "comment"],
      ],
      10_000,
      { kind: "commit" },
    ],
    ["holds a preamble for 300 ms", [[1000, "preamble"]], 1299, { kind: "hold", until: 1300 }],
    ["lets a preamble go after 300 ms", [[1000, "preamble"]], 1300, { kind: "commit" }],
    [
      "counts from the first preamble",
      [
        [1000, "preamble"],
        [1299, "preamble"],
      ],
      1299,
      { kind: "hold", until: 1300 },
    ],
    [
      "counts the preamble anew after comments",
      [
        [0, "comment"],
        [5000, "preamble"],
      ],
      5000,
      { kind: "hold", until: 5300 },
    ],
    [
      "never lengthens the wait for comments",
      [
        [0, "comment"],
        [9900, "preamble"],
      ],
      9900,
      { kind: "hold", until: 10_000 },
    ],
    [
      "is not held up by comments after a preamble",
      [
        [0, "preamble"],
        [100, "comment"],
      ],
      100,
      { kind: "hold", until: 300 },
    ],
    [
      "commits at output",
      [
        [0, "comment"],
        [1, "preamble"],
        [2, "output"],
      ],
      2,
      { kind: "commit" },
    ],
    ["commits at an end without output", [[0, "end"]], 0, { kind: "commit" }],
    [
      "reports an error",
      [
        [0, "preamble"],
        [1, "error"],
      ],
      1,
      { kind: "error" },
    ],
    [
      "reports an error that came late but before any decision",
      [
        [0, "preamble"],
        [400, "error"],
      ],
      400,
      { kind: "error" },
    ],
    [
      "stays with output when an error follows",
      [
        [0, "output"],
        [0, "error"],
      ],
      0,
      { kind: "commit" },
    ],
    [
      "stays with an error when output follows",
      [
        [0, "error"],
        [0, "output"],
      ],
      0,
      { kind: "error" },
    ],
  ])("%s", (_, steps, now, expected) => {
    expect(gateAfter(steps).decide(now)).toEqual(expected);
  });

  test("stays with a commit that time decided", () => {
    const gate = gateAfter([[0, "preamble"]]);
    expect(gate.decide(300)).toEqual({ kind: "commit" });
    gate.see("error", 301);
    expect(gate.decide(301)).toEqual({ kind: "commit" });
  });

  test("takes its times as inputs", () => {
    const gate = new CommitGate({ commentMs: 5, preambleMs: 1, maxBytes: 10 });
    gate.see("comment", 0);
    expect(gate.decide(0)).toEqual({ kind: "hold", until: 5 });
  });

  test("commits when too much is held", () => {
    const gate = gateAfter([[0, "comment"]]);
    gate.hold(new Uint8Array(GATE_LIMITS.maxBytes));
    expect(gate.decide(0).kind).toBe("hold");
    gate.hold(new Uint8Array(1));
    expect(gate.decide(0).kind).toBe("commit");
  });

  test("holds until the time it named, no shorter and no longer", () => {
    const quiet = fc.constantFrom<EventKind>("comment", "preamble");
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 100 }), quiet), { minLength: 1, maxLength: 5 }), (steps) => {
        const ordered = steps.toSorted(([a], [b]) => a - b);
        const decision = gateAfter(ordered).decide(ordered.at(-1)?.[0] ?? 0);
        if (decision.kind !== "hold" || decision.until === undefined) throw new Error("Held less than its time");
        expect(gateAfter(ordered).decide(decision.until - 1)).toEqual(decision);
        expect(gateAfter(ordered).decide(decision.until)).toEqual({ kind: "commit" });
      }),
    );
  });
});

describe("take", () => {
  test("gives the held bytes in order, once", () => {
    const gate = new CommitGate();
    gate.hold(Uint8Array.of(1));
    gate.hold(new Uint8Array(0));
    gate.hold(Uint8Array.of(2, 3));
    expect(gate.heldBytes).toBe(3);
    expect(gate.take()).toEqual([Uint8Array.of(1), Uint8Array.of(2, 3)]);
    expect(gate.heldBytes).toBe(0);
    expect(gate.take()).toEqual([]);
  });
});
