// When a changed state is on the disk: at once, soon or later, on demand, and again after a failure.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { StateSaver } from "../../src/storage/state-saver.ts";
import { systemError } from "../core/watched-calls.ts";

type Kind = "lasting" | "passing" | "tallies";
type Revision = Record<Kind, number>;

const LIMIT_MS: Readonly<Record<Kind, number>> = { lasting: 100, passing: 2_000, tallies: 30_000 };

/** Promises that are due have run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** A saver with a clock, timers and a disk that the test moves. */
class Rig {
  now = 0;
  readonly revision: Revision = { lasting: 0, passing: 0, tallies: 0 };
  /** What is on the disk, as far as it has changed. */
  disk: Revision = { lasting: 0, passing: 0, tallies: 0 };
  writes = 0;
  readonly faults: (string | undefined)[] = [];
  readonly saver: StateSaver;
  /** Why the disk refuses; undefined while it does not. */
  broken: string | undefined;
  /** Writes wait until they are told to end. */
  isSlow = false;
  #timers: { readonly at: number; readonly run: () => void }[] = [];
  #pending: (() => void)[] = [];

  constructor() {
    this.saver = new StateSaver({
      revision: () => this.revision,
      write: () => this.#write(),
      schedule: (delayMs, run) => {
        const timer = { at: this.now + delayMs, run };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((other) => other !== timer);
        };
      },
      now: () => this.now,
      onFault: (fault) => void this.faults.push(fault),
    });
  }

  get armed(): number {
    return this.#timers.length;
  }

  get isWriting(): boolean {
    return this.#pending.length > 0;
  }

  change(kind: Kind): void {
    this.revision[kind] += 1;
    this.saver.look();
  }

  /** Lets time pass, and what is due happen in its order. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.now = Math.max(this.now, next.at);
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.run();
      await settled();
    }
    this.now = end;
  }

  async endWrite(): Promise<void> {
    this.#pending.shift()?.();
    await settled();
  }

  async #write(): Promise<void> {
    this.writes += 1;
    // Entries are read while the file is written: what changes meanwhile may be missing.
    const seen = { ...this.revision };
    if (this.isSlow) await new Promise<void>((resolve) => this.#pending.push(resolve));
    if (this.broken !== undefined) throw systemError(this.broken);
    this.disk = seen;
  }
}

describe("StateSaver", () => {
  test.each([
    ["lasting", 100],
    ["passing", 2_000],
    ["tallies", 30_000],
  ] as const)("has a change that is %s on the disk within %i ms", async (kind, limitMs) => {
    const rig = new Rig();
    await rig.pass(5_000);
    rig.change(kind);
    expect(rig.disk[kind]).toBe(0);
    await rig.pass(limitMs);
    expect([rig.disk[kind], rig.writes]).toEqual([1, 1]);
  });

  test.each([
    ["passing", "lasting"],
    ["tallies", "passing"],
    ["tallies", "lasting"],
  ] as const)(
    "hurries up when after a change that is %s one comes that is %s, and writes once",
    async (first, second) => {
      const rig = new Rig();
      rig.change(first);
      await rig.pass(5);
      rig.change(second);
      await rig.pass(LIMIT_MS[second]);
      expect([rig.disk[first], rig.disk[second]]).toEqual([1, 1]);
      await rig.pass(60_000);
      expect([rig.writes, rig.armed]).toEqual([1, 0]);
    },
  );

  test.each(["lasting", "passing", "tallies"] as const)(
    "is not put off by more changes that are %s, and writes those that come together at once",
    async (kind) => {
      const rig = new Rig();
      for (let at = 0; at < 100; at++) {
        rig.change(kind);
        await rig.pass(LIMIT_MS[kind] / 50);
        expect(rig.revision[kind] - rig.disk[kind]).toBeLessThanOrEqual(50);
      }
      expect(rig.writes).toBeLessThanOrEqual(kind === "lasting" ? 50 : 5);
    },
  );

  test("arms nothing while nothing has changed", async () => {
    const rig = new Rig();
    rig.saver.look();
    await rig.pass(60_000);
    expect([rig.writes, rig.armed, rig.saver.savedAt]).toEqual([0, 0, undefined]);
  });

  test("takes the state as it finds it for saved", async () => {
    const rig = new Rig();
    rig.revision.lasting = 5;
    const saver = new StateSaver({
      revision: () => rig.revision,
      write: () => Promise.reject(new Error("not due")),
      schedule: () => {
        throw new Error("not due");
      },
      now: () => 0,
      onFault: () => {},
    });
    saver.look();
    expect(saver.fault).toBeUndefined();
  });

  test("knows when it wrote last", async () => {
    const rig = new Rig();
    await rig.pass(7_000);
    rig.change("lasting");
    await rig.pass(50);
    expect(rig.saver.savedAt).toBe(7_010);
  });

  test.each(["lasting", "passing", "tallies"] as const)(
    "writes again what changed while it wrote: %s",
    async (kind) => {
      const rig = new Rig();
      rig.isSlow = true;
      rig.change("lasting");
      await rig.pass(100);
      expect(rig.isWriting).toBe(true);
      rig.change(kind);
      await rig.pass(60_000);
      expect([rig.writes, rig.armed]).toEqual([1, 0]);
      rig.isSlow = false;
      await rig.endWrite();
      await rig.pass(LIMIT_MS[kind]);
      expect([rig.disk, rig.writes]).toEqual([rig.revision, 2]);
    },
  );

  test("never writes twice at once", async () => {
    const rig = new Rig();
    rig.isSlow = true;
    const saves = [rig.saver.save()];
    await settled();
    for (let at = 0; at < 3; at++) {
      rig.change("lasting");
      saves.push(rig.saver.save());
      await rig.pass(1_000);
    }
    expect(rig.writes).toBe(1);
    await rig.endWrite();
    expect(rig.writes).toBe(2);
    await rig.endWrite();
    await Promise.all(saves);
    expect([rig.writes, rig.disk, rig.isWriting]).toEqual([2, rig.revision, false]);
  });
});

describe("StateSaver.save", () => {
  test("writes at once, also what is due later or not at all", async () => {
    const rig = new Rig();
    rig.change("tallies");
    await rig.saver.save();
    expect([rig.disk, rig.writes, rig.now, rig.armed]).toEqual([rig.revision, 1, 0, 0]);
    await rig.saver.save();
    expect(rig.writes).toBe(2);
  });

  test("covers what changed before the call, though a write runs that has passed it by", async () => {
    const rig = new Rig();
    rig.isSlow = true;
    rig.change("lasting");
    await rig.pass(100);
    rig.change("lasting");
    let isSaved = false;
    const saved = rig.saver.save().then(() => {
      isSaved = true;
    });
    await rig.endWrite();
    expect([isSaved, rig.disk.lasting, rig.writes]).toEqual([false, 1, 2]);
    await rig.endWrite();
    await saved;
    expect(rig.disk.lasting).toBe(2);
  });

  test("covers it though the write that runs fails", async () => {
    const rig = new Rig();
    rig.isSlow = true;
    rig.change("lasting");
    await rig.pass(100);
    rig.broken = "ENOSPC";
    const saved = rig.saver.save();
    await rig.endWrite();
    rig.broken = undefined;
    await rig.endWrite();
    await saved;
    expect(rig.disk).toEqual(rig.revision);
  });

  test("throws the error of the system, and says the fault", async () => {
    const rig = new Rig();
    rig.broken = "ENOSPC";
    expect(await rig.saver.save().catch((error: { code: string }) => error.code)).toBe("ENOSPC");
    expect([rig.saver.fault, rig.faults]).toEqual(["no space left on the disk", ["no space left on the disk"]]);
  });

  test("covers all that changed before the call, whatever else happens", async () => {
    const move = fc.oneof(
      fc.record({ change: fc.constantFrom<Kind>("lasting", "passing", "tallies") }),
      fc.record({ pass: fc.constantFrom(1, 10, 100, 1_000, 30_000) }),
      fc.constant({ save: true }),
      fc.constant({ endWrite: true }),
      fc.record({ broken: fc.constantFrom(undefined, "ENOSPC", "EIO") }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 40 }), async (moves) => {
        const rig = new Rig();
        rig.isSlow = true;
        const saves: Promise<void>[] = [];
        for (const step of moves) {
          if ("change" in step) rig.change(step.change);
          if ("pass" in step) await rig.pass(step.pass);
          if ("endWrite" in step) await rig.endWrite();
          if ("broken" in step) rig.broken = step.broken;
          if ("save" in step) {
            const wanted = { ...rig.revision };
            const check = () => {
              for (const kind of ["lasting", "passing", "tallies"] as const) {
                expect(rig.disk[kind]).toBeGreaterThanOrEqual(wanted[kind]);
              }
            };
            saves.push(rig.saver.save().then(check, (error: { code?: string }) => expect(error.code).toMatch(/^E/)));
          }
        }
        rig.broken = undefined;
        rig.isSlow = false;
        while (rig.isWriting) await rig.endWrite();
        await Promise.all(saves);
        await rig.pass(60_000);
        expect([rig.disk, rig.saver.fault, rig.armed]).toEqual([rig.revision, undefined, 0]);
      }),
    );
  });
});

describe("A failure", () => {
  test("is told once, tried again and told when it is over", async () => {
    const rig = new Rig();
    rig.broken = "ENOSPC";
    rig.change("lasting");
    await rig.pass(100);
    expect([rig.writes, rig.saver.fault, rig.saver.savedAt]).toEqual([1, "no space left on the disk", undefined]);
    await rig.pass(29_900);
    expect(rig.writes).toBeGreaterThan(4);
    expect(rig.writes).toBeLessThan(10);
    expect(rig.faults).toEqual(["no space left on the disk"]);
    rig.broken = undefined;
    await rig.pass(5_000);
    expect([rig.disk.lasting, rig.saver.fault, rig.armed]).toEqual([1, undefined, 0]);
    expect(rig.faults).toEqual(["no space left on the disk", undefined]);
  });

  test("is told again when it becomes another", async () => {
    const rig = new Rig();
    for (const broken of ["ENOSPC", "EROFS", "EROFS", undefined]) {
      rig.broken = broken;
      rig.change("lasting");
      await rig.pass(6_000);
    }
    expect(rig.faults).toEqual(["no space left on the disk", "the file system is read-only", undefined]);
  });

  test("is no reason to hurry: changes wait for the next try", async () => {
    const rig = new Rig();
    rig.broken = "ENOSPC";
    rig.change("lasting");
    await rig.pass(100);
    for (let at = 0; at < 100; at++) {
      rig.change("lasting");
      await rig.pass(10);
    }
    expect([rig.writes, rig.armed]).toEqual([1, 1]);
  });

  test("of a save on demand is tried again by itself", async () => {
    const rig = new Rig();
    rig.revision.tallies += 1;
    rig.broken = "EIO";
    await rig.saver.save().catch(() => {});
    rig.broken = undefined;
    await rig.pass(10_000);
    expect([rig.disk, rig.faults.length]).toEqual([rig.revision, 2]);
  });
});

describe("After stop", () => {
  test.each(["lasting", "passing", "tallies"] as const)("nothing is armed, also what was due: %s", async (kind) => {
    const rig = new Rig();
    rig.change(kind);
    rig.saver.stop();
    rig.change(kind);
    await rig.pass(60_000);
    expect([rig.armed, rig.writes]).toEqual([0, 0]);
  });

  test.each([undefined, "ENOSPC"])("nothing is armed by a write that was running (ends with %p)", async (broken) => {
    const rig = new Rig();
    rig.isSlow = true;
    rig.change("lasting");
    await rig.pass(100);
    rig.change("lasting");
    rig.broken = broken;
    rig.saver.stop();
    await rig.endWrite();
    expect([rig.armed, rig.isWriting]).toEqual([0, false]);
  });

  test("a save on demand still writes", async () => {
    const rig = new Rig();
    rig.change("tallies");
    rig.saver.stop();
    await rig.saver.save();
    expect([rig.disk, rig.armed]).toEqual([rig.revision, 0]);
  });
});
