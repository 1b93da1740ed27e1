// Health on the disk: what a restart gets back, what becomes of damaged and foreign files, and what is said of a disk.

import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Balancer } from "../../src/balancer/balancer.ts";
import { EXIT } from "../../src/core/exit-codes.ts";
import { createLogger } from "../../src/core/logger.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { UserError } from "../../src/core/user-error.ts";
import { StoppedJobs } from "../../src/daemon/jobs/stopped-jobs.ts";
import { StateKeeper } from "../../src/daemon/state-keeper.ts";
import { OutboundHealth } from "../../src/outbound/outbound-health.ts";
import { isOfBalancer, isToken } from "../../src/storage/state-file.ts";
import { ClientTokens } from "../../src/tokens/client-tokens.ts";
import { balancerOf, keySpecs, needOf, poolSpec, START, verdictOf } from "../balancer/fixtures.ts";
import { until } from "../fixture/until.ts";
import { VirtualTime } from "../proxy/fixtures.ts";

interface Kept extends AsyncDisposable {
  readonly folder: string;
  readonly time: VirtualTime;
  readonly balancer: Balancer;
  readonly tokens: ClientTokens;
  readonly keeper: StateKeeper;
  disable(keyId: string): void;
  fail(keyId: string): void;
  said(): Promise<readonly string[]>;
}

interface Opening {
  readonly folder?: string;
  readonly isLocked?: boolean;
  readonly lock?: { readonly fault: string | undefined };
}

async function open({ folder, isLocked = true, lock = { fault: undefined } }: Opening = {}): Promise<Kept> {
  const path = folder ?? (await mkdtemp(join(tmpdir(), "openai-balance-state-")));
  const time = new VirtualTime();
  const balancer = balancerOf([poolSpec("p", keySpecs(3))]);
  const tokens = new ClientTokens(time.now);
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const logger = createLogger({ level: "info", format: "json", redactor: new Redactor(), write });
  const place = { path, fault: undefined, notes: [] };
  const keeper = new StateKeeper({
    balancer,
    outbound: new OutboundHealth(),
    tokens,
    stoppedJobs: new StoppedJobs(),
    folder: place,
    lock: isLocked ? lock : undefined,
    logger,
    now: time.now,
    schedule: time.schedule,
  });
  return {
    folder: path,
    time,
    balancer,
    tokens,
    keeper,
    disable: (keyId) => {
      balancer.setDisabled([{ provider: "p", keyId }], true, time.now());
      keeper.look();
    },
    fail: (keyId) => {
      const attempt = balancer.begin({ provider: "p", keyId, model: "known" }, needOf("p"), time.now());
      balancer.judge(attempt, verdictOf({ kind: "key-invalid" }), time.now());
      balancer.end(attempt, time.now());
      keeper.look();
    },
    said: async () => {
      await logger.flush();
      return lines.map((line) => JSON.parse(line).msg);
    },
    [Symbol.asyncDispose]: async () => {
      await keeper.close();
      expect(time.pending).toBe(0);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** The clock is ours, the disk is not. */
async function written(kept: Kept, text: string): Promise<void> {
  await until("the write", () => existsSync(join(kept.folder, "state.json")) && stateIn(kept.folder).includes(text));
}

function stateIn(folder: string, name = "state.json"): string {
  return readFileSync(join(folder, name), "utf8");
}

const DISABLED = (keyId: string) => `{"kind":"key","provider":"p","keyId":"${keyId}","state":{"disabled":${START}}}`;
const FILE = (...entries: readonly string[]) => `{"version":1,"saved_at":${START},"entries":[${entries.join()}]}`;

describe("StateKeeper reads", () => {
  test("nothing where there is nothing, and finds that right", async () => {
    await using kept = await open();
    expect(kept.keeper.read()).toEqual({ entries: [], notes: [] });
    expect([kept.keeper.fault, kept.keeper.savedAt]).toEqual([undefined, undefined]);
  });

  test("what it wrote", async () => {
    await using kept = await open();
    kept.disable("k0");
    kept.fail("k1");
    await kept.keeper.save();
    await using next = await open({ folder: kept.folder });
    const { entries, notes } = next.keeper.read();
    expect(notes).toEqual([]);
    next.balancer.restore(entries.filter(isOfBalancer), START);
    expect(next.balancer.report(START)).toEqual(kept.balancer.report(START));
  });

  test.each([
    ["cut off", FILE(DISABLED("k0")).slice(0, 60)],
    ["empty", ""],
    ["no state", '{"hello": 1}'],
    ["of another kind", FILE('{"kind":"key","provider":"p","keyId":"k0","state":{"disabled":"yes"}}')],
  ])("the generation before where the newest is %s, and keeps that one", async (_how, text) => {
    await using kept = await open();
    writeFileSync(join(kept.folder, "state.json.1"), FILE(DISABLED("k1")));
    writeFileSync(join(kept.folder, "state.json"), text);
    const { entries, notes } = kept.keeper.read();
    expect(entries).toEqual([JSON.parse(DISABLED("k1"))]);
    const [aside = ""] = readdirSync(kept.folder).filter((name) => name.includes(".corrupt-"));
    expect(stateIn(kept.folder, aside)).toBe(text);
    expect(notes.join("\n")).toContain(aside);
    expect(kept.keeper.fault).toBeUndefined();
  });

  test("nothing where both are damaged, and goes on", async () => {
    await using kept = await open();
    for (const name of ["state.json", "state.json.1"]) writeFileSync(join(kept.folder, name), "x");
    const { entries, notes } = kept.keeper.read();
    expect([entries, notes.length]).toEqual([[], 2]);
    kept.disable("k0");
    await kept.keeper.save();
    expect(stateIn(kept.folder)).toContain(DISABLED("k0"));
  });

  test("no state of a newer version, which it leaves as it is", async () => {
    await using kept = await open();
    const newer = '{"version":2,"saved_at":1,"entries":[]}';
    writeFileSync(join(kept.folder, "state.json"), newer);
    const error = (() => {
      try {
        return kept.keeper.read();
      } catch (thrown: unknown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ exitCode: EXIT.usage, message: expect.stringContaining("a newer version") });
    expect([stateIn(kept.folder), readdirSync(kept.folder)]).toEqual([newer, ["state.json"]]);
  });

  test("nothing where it cannot be read, says so, and writes nothing over it", async () => {
    await using kept = await open();
    mkdirSync(join(kept.folder, "state.json"));
    const { entries, notes } = kept.keeper.read();
    expect(entries).toEqual([]);
    expect(notes).toEqual([
      `${join(kept.folder, "state.json")} cannot be read: it is a folder; health begins anew, and is not saved`,
    ]);
    kept.disable("k0");
    expect(kept.time.pending).toBe(0);
    await expect(kept.keeper.save()).rejects.toThrow("It is in effect, but cannot be saved");
    expect(kept.keeper.fault).toContain("it is a folder");
  });

  test("without the lock, and leaves damaged files where they are", async () => {
    await using kept = await open({ isLocked: false });
    writeFileSync(join(kept.folder, "state.json"), "x");
    writeFileSync(join(kept.folder, "state.json.1"), FILE(DISABLED("k1")));
    const { entries, notes } = kept.keeper.read();
    expect([entries.length, notes.length]).toEqual([1, 2]);
    expect(readdirSync(kept.folder).toSorted()).toEqual(["state.json", "state.json.1"]);
  });
});

describe("StateKeeper writes", () => {
  test("what lasts within 100 ms, and keeps the generation before", async () => {
    await using kept = await open();
    kept.disable("k0");
    await kept.time.advance(100);
    await written(kept, DISABLED("k0"));
    kept.fail("k1");
    await kept.time.advance(100);
    await written(kept, '"cause":"invalid"');
    expect(stateIn(kept.folder, "state.json.1")).not.toContain('"cause":"invalid"');
  });

  test("everything before save resolves, also while another write runs", async () => {
    await using kept = await open();
    kept.disable("k0");
    const first = kept.keeper.save();
    kept.disable("k1");
    await kept.keeper.save();
    expect(stateIn(kept.folder)).toContain(DISABLED("k1"));
    await first;
  });

  test("at the end, whatever was due later", async () => {
    const kept = await open();
    kept.fail("k1");
    await kept.keeper.close();
    expect(stateIn(kept.folder)).toContain('"cause":"invalid"');
    expect(kept.time.pending).toBe(0);
    rmSync(kept.folder, { recursive: true });
  });

  test("nothing without the lock: the folder is another's", async () => {
    await using kept = await open({ isLocked: false });
    kept.disable("k0");
    await kept.time.advance(60_000);
    await kept.keeper.close();
    await expect(kept.keeper.save()).rejects.toThrow("the data folder is not locked");
    expect(readdirSync(kept.folder)).toEqual([]);
  });
});

test("StateKeeper writes nothing into a folder that is no longer its own, and says so", async () => {
  const lock = { fault: undefined as string | undefined };
  await using kept = await open({ lock });
  kept.disable("k0");
  await kept.keeper.save();
  const before = stateIn(kept.folder);
  lock.fault = "the data folder was replaced";
  kept.disable("k1");
  await kept.time.advance(60_000);
  await kept.keeper.close();
  expect([stateIn(kept.folder), kept.keeper.fault]).toEqual([before, "the data folder was replaced"]);
  expect(await kept.said()).toEqual(["State cannot be saved, a restart would forget it; trying on"]);
});

test("StateKeeper says when the disk refuses, tries on, and says when it is well again", async () => {
  await using kept = await open();
  const inTheWay = join(kept.folder, "state.json.tmp");
  mkdirSync(join(inTheWay, "x"), { recursive: true });
  kept.disable("k0");
  const error = await kept.keeper.save().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ exitCode: EXIT.failed, message: expect.stringContaining("a restart would forget it") });
  expect([kept.keeper.fault === undefined, existsSync(join(kept.folder, "state.json"))]).toEqual([false, false]);
  // Again and again is told once.
  await kept.keeper.save().catch(() => {});
  rmSync(inTheWay, { recursive: true });
  await kept.time.advance(10_000);
  await written(kept, DISABLED("k0"));
  await until("the end of the fault", () => kept.keeper.fault === undefined);
  expect(await kept.said()).toEqual([
    "State cannot be saved, a restart would forget it; trying on",
    "State is saved again",
  ]);
});

test("a mistake of ours while the state is written is logged as one, once, and the state is saved after it", async () => {
  await using kept = await open();
  const { entries } = kept.balancer;
  Object.defineProperty(kept.balancer, "entries", {
    configurable: true,
    value: () => {
      throw new TypeError("the text of a bug");
    },
  });
  for (let i = 0; i < 2; i++) {
    const error = await kept.keeper.save().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exitCode: EXIT.failed, message: expect.stringContaining("an internal error") });
  }
  expect(await kept.said()).toEqual(["Internal error", "State cannot be saved, a restart would forget it; trying on"]);
  Object.defineProperty(kept.balancer, "entries", { configurable: true, value: entries.bind(kept.balancer) });
  await kept.keeper.save();
  expect(kept.keeper.fault).toBeUndefined();
});

describe("what client tokens spend", () => {
  const RULES = { limits: { tpd: 1_000, budget: { amount: 10, per: "month" }, day: "UTC" } } as const;
  const PRICE = { models: ["*"], provider: undefined, input: 1_000, output: 1_000, cachedInput: 1_000 };
  const SECRET = "fake-client-token-that-is-kept";

  function use(kept: Kept) {
    kept.tokens.configure([{ name: "ci", token: SECRET, rules: RULES }], [PRICE]);
    const token = kept.tokens.find(SECRET);
    if (token === undefined) throw new Error("The token is not known");
    return token;
  }

  test("is on the disk within a second, what is only reserved included", async () => {
    await using kept = await open();
    const token = use(kept);
    kept.tokens.noteUse(token, START);
    const route = [[{ provider: "p", model: "m" }]];
    const estimate = () => ({ input: 100, maxOutput: 50 });
    const admitted = kept.tokens.admission.admit({ token, model: "m", route, estimate, isFree: false });
    expect(admitted.ok).toBe(true);
    kept.keeper.look();
    await kept.time.advance(1_000);
    await until("the state on the disk", () => (existsSync(join(kept.folder, "state.json")) ? true : undefined), 5_000);
    // As after kill -9: nothing was settled, and nothing more was written.
    await using next = await open({ folder: kept.folder });
    const again = use(next);
    next.tokens.restore(next.keeper.read().entries.filter(isToken), next.time.now());
    expect(again.account.uses(next.time.now())).toEqual([
      { name: "tpd", limit: 1_000, used: 150 },
      { name: "budget", limit: 10e9, used: 150_000_000 },
    ]);
    expect(again.account).toMatchObject({ requests: 1, inFlight: 0, lastUsed: START });
  });

  test("mere use waits for half a minute", async () => {
    await using kept = await open();
    kept.tokens.noteUse(use(kept), START);
    kept.keeper.look();
    await kept.time.advance(29_000);
    expect(existsSync(join(kept.folder, "state.json"))).toBe(false);
    await kept.time.advance(1_000);
    await until("the state on the disk", () => (existsSync(join(kept.folder, "state.json")) ? true : undefined), 5_000);
  });
});
