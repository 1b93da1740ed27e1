// The state on the disk: it comes back as it was, or the one before does, and never as something else.
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import type { StateEntry } from "../../src/balancer/state.ts";
import { ITEMS_PER_PIECE } from "../../src/core/digested-lines.ts";
import { UserError } from "../../src/core/user-error.ts";
import { PROXY_FAULTS, TARGET_UNREACHABLE } from "../../src/outbound/outbound-fault.ts";
import { OutboundHealth } from "../../src/outbound/outbound-health.ts";
import { isOfBalancer, readState, statePieces, writeState } from "../../src/storage/state-file.ts";
import type { SavedEntry } from "../../src/storage/state-text.ts";
import {
  balancerOf,
  Driver,
  driverOf,
  HOUR,
  keySpecs,
  MINUTE,
  needFor,
  needOf,
  poolSpec,
  SECOND,
  START,
} from "../balancer/fixtures.ts";
import { History, POOLS, type Step, steps, withoutLimits } from "../balancer/history.ts";
import { type ScratchFolder, scratchFolder } from "../core/scratch-folder.ts";

/** Leaves a limit that refusals showed, which a restart forgets. */
const LEARNT: readonly Step[] = [
  ...Array.from({ length: 4 }, () => ({ kind: "request", model: "known", both: false, client: "a" }) as const),
  { kind: "verdict", at: 0, effect: { kind: "rate-limited" }, ends: false },
  { kind: "wait", ms: 15 * MINUTE },
  { kind: "verdict", at: 0, effect: { kind: "none" }, ends: true },
  { kind: "verdict", at: 0, effect: { kind: "model-missing" }, ends: true },
  { kind: "verdict", at: 26, effect: { kind: "success", complete: true, latencyMs: 50 }, ends: false },
];

const STAMP = "2026-01-02T03-04-05-067Z";

/** As it is after a way through a file. */
function plain(entries: Iterable<SavedEntry>): readonly StateEntry[] {
  return JSON.parse(JSON.stringify([...entries]));
}

function textOf(entries: Iterable<StateEntry>): string {
  return [...statePieces(entries, START)].join("");
}

/** A balancer with something of everything in its state. */
function richDriver(): Driver {
  const driver = new Driver(balancerOf([poolSpec("p", keySpecs(34)), poolSpec("q", keySpecs(4, "q"))]));
  for (let at = 0; at < 32; at++) driver.attempt(`k${at}`, { kind: "key-invalid" }, needOf("p"));
  driver.attempt("k32", { kind: "key-exhausted" }, needOf("p"));
  driver.attempt("q0", { kind: "rate-limited", retryAfterMs: MINUTE, daily: true }, needOf("q"));
  driver.attempt("q0", { kind: "operation-blocked" }, needOf("q"));
  driver.attempt("q1", { kind: "key-refused" }, needOf("q"));
  driver.attempt("q1", { kind: "rate-limited" }, needFor([[{ provider: "q", model: undefined }]]));
  for (let vote = 0; vote < 5; vote++) driver.attempt("q2", { kind: "unreachable" }, needOf("q"));
  for (let vote = 0; vote < 5; vote++) driver.attempt("q2", { kind: "overloaded" }, needOf("q"));
  driver.balancer.setDisabled([{ provider: "q", keyId: "q3" }], true, START);
  return driver;
}

const RICH = plain(richDriver().balancer.entries(START));
const SMALL = plain(
  (() => {
    const driver = driverOf(2);
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs: 30 * SECOND });
    driver.balancer.setDisabled([{ provider: "p", keyId: "k1" }], true, START);
    return driver;
  })().balancer.entries(START),
);
const BEFORE = RICH.slice(0, 2);

async function written(...generations: readonly (readonly StateEntry[])[]): Promise<ScratchFolder> {
  const folder = scratchFolder();
  for (const entries of generations) await writeState(folder.at("state.json"), entries, START);
  return folder;
}

function read(folder: ScratchFolder) {
  return readState(folder.at("state.json"), STAMP);
}

/** Reads a text that stands where the state should be, behind it an older state. */
function readInPlace(text: string | Uint8Array) {
  using folder = scratchFolder();
  writeFileSync(folder.at("state.json"), text);
  writeFileSync(folder.at("state.json.1"), textOf(BEFORE));
  const { value, notes } = read(folder);
  if (notes.length === 0) return { value };
  const bytes = readFileSync(folder.at(`state.json.corrupt-${STAMP}`));
  return { value, notes, isKept: bytes.equals(Buffer.from(text)) };
}

const FELL_BACK = { value: BEFORE, notes: expect.any(Array), isKept: true };

describe("A state", () => {
  test("comes back as it was after any history, and the balancer with it", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const history = new History();
        for (const step of all) history.play(step);
        const { balancer, now } = history.driver;
        using folder = await written(plain(balancer.entries(now)));
        const { value, notes } = read(folder);
        expect([value, notes]).toEqual([plain(balancer.entries(now)), []]);
        const next = balancerOf(POOLS);
        next.restore((value ?? []).filter(isOfBalancer), now);
        const ended = next.report(now);
        history.finish();
        expect(withoutLimits(ended)).toEqual(withoutLimits(balancer.report(now)) as never);
      }),
      { numRuns: 60, examples: [[LEARNT]] },
    );
  });

  test("has every kind of entry and field here", () => {
    const text = JSON.stringify(RICH);
    for (const field of [
      "breaker",
      "models",
      "suspicion",
      "disabled",
      "failures",
      "rests",
      "operations",
      "tally",
      "lastUsed",
    ]) {
      expect(text).toContain(`"${field}":`);
    }
  });

  test.each([
    ["nothing", []],
    ["few entries", SMALL],
    ["many entries", RICH],
  ])("comes back with %s", async (_what, entries) => {
    using folder = await written(entries);
    expect(read(folder)).toEqual({ value: entries, notes: [] });
  });

  test("comes back with the health of outbound proxies", async () => {
    const health = new OutboundHealth();
    health.use(new Set(), 1);
    health.setDisabled("0123456789ab", true, START);
    for (const code of [...PROXY_FAULTS, TARGET_UNREACHABLE] as const) {
      health.noteFailure(`proxy ${code}`, { code, detail: "status 403" }, START, START);
    }
    using folder = scratchFolder();
    await writeState(folder.at("state.json"), [...health.entries(), ...SMALL], START);
    const { value, notes } = read(folder);
    expect([plain(value ?? []) as readonly SavedEntry[], notes]).toEqual([[...health.entries(), ...SMALL], []]);
  });

  test("comes back with names that are those of something else in this language", async () => {
    const driver = driverOf(2);
    for (const model of ["__proto__", "constructor", "toString", "", "a\u2028b", "modèle \u{1F511}"]) {
      driver.attempt("k0", { kind: "rate-limited" }, needFor([[{ provider: "p", model }]]));
    }
    using folder = await written(plain(driver.balancer.entries(START)));
    const { value } = read(folder);
    expect(plain(value ?? [])).toEqual(plain(driver.balancer.entries(START)));
    const [key] = plain(value ?? []).flatMap((entry) => (entry.kind === "key" ? [entry.state] : []));
    expect(Object.keys(key?.models ?? {})).toContain("__proto__");
  });

  test("is none where there never was one", () => {
    using folder = scratchFolder();
    expect(read(folder)).toEqual({ value: undefined, notes: [] });
  });

  test("keeps the one before, both for their owner only", async () => {
    using folder = await written(BEFORE, RICH);
    expect(folder.names()).toEqual(["state.json", "state.json.1"]);
    expect(readState(folder.at("state.json.1"), STAMP).value).toEqual(BEFORE);
    for (const name of folder.names()) expect(statSync(folder.at(name)).mode & 0o777).toBe(0o600);
  });

  test("can be read by people, one entry a line", () => {
    const lines = textOf(SMALL).split("\n");
    expect(lines[0]).toBe(`{"version":1,"saved_at":${START},"entries":[`);
    expect(lines.slice(1, 1 + SMALL.length).map((line) => JSON.parse(line.replace(/,$/, "")))).toEqual([...SMALL]);
    expect(lines.at(-2)).toMatch(/^\],"sha256":"[0-9a-f]{64}"\}$/);
  });
});

describe("A damaged state is set aside, and the one before is used, where", () => {
  test("it is cut off anywhere", () => {
    const text = textOf(SMALL);
    // Without its line end it is whole.
    expect(readInPlace(text.slice(0, -1))).toEqual({ value: SMALL });
    for (let length = 0; length < text.length - 1; length++) {
      expect([length, readInPlace(text.slice(0, length))]).toEqual([length, FELL_BACK]);
    }
  });

  test("any bytes of it are others", () => {
    const file = Buffer.from(textOf(RICH.slice(-4)));
    const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(changes, (all) => {
        const bytes = Buffer.from(file);
        for (const [at, byte] of all) bytes[at] = byte;
        const expected = bytes.equals(file) ? { value: RICH.slice(-4) } : FELL_BACK;
        expect(readInPlace(bytes)).toEqual(expected);
      }),
      { numRuns: 600 },
    );
  });

  test("any one bit of it is another", () => {
    const file = Buffer.from(textOf(SMALL));
    for (let at = 0; at < file.length; at++) {
      const bytes = Buffer.from(file);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      expect([at, readInPlace(bytes)]).toEqual([at, FELL_BACK]);
    }
  });

  test("a piece of it is missing, or there twice", () => {
    const lines = textOf(RICH).split("\n");
    for (let at = 1; at <= RICH.length; at++) {
      expect(readInPlace(lines.toSpliced(at, 1).join("\n"))).toEqual(FELL_BACK);
      expect(readInPlace(lines.toSpliced(at, 0, lines[at] ?? "").join("\n"))).toEqual(FELL_BACK);
    }
  });

  test("it is one that somebody wrote by hand with a mistake in it", () => {
    const key = { kind: "key", provider: "p", keyId: "k0", state: {} };
    const rest = { cause: "invalid", since: START, until: START + HOUR, reason: "invalid_api_key" };
    const wrong: readonly (readonly [unknown, string])[] = [
      [{ entries: [] }, "version"],
      [{ version: 1, saved_at: START }, "entries"],
      [{ version: 1, saved_at: "now", entries: [] }, "saved_at"],
      [{ version: 0, saved_at: START, entries: [] }, "version"],
      [{ version: 1, saved_at: START, entries: {} }, "entries"],
      [stateWith({ ...key, kind: "moon" }), "entries.0.kind"],
      [stateWith({ ...key, keyId: 5 }), "entries.0.keyId"],
      [stateWith(key, { ...key, state: { rests: {} } }), "entries.1.state.rests"],
      [stateWith({ ...key, state: { rests: [{ ...rest, cause: "moon" }] } }), "entries.0.state.rests.0.cause"],
      [stateWith({ ...key, state: { rests: [{ ...rest, until: "soon" }] } }), "entries.0.state.rests.0.until"],
      [stateWith({ ...key, state: { rests: [{ ...rest, until: 1e300 }] } }), "entries.0.state.rests.0.until"],
      [stateWith({ ...key, state: { rests: [{ ...rest, since: -1 }] } }), "entries.0.state.rests.0.since"],
      [stateWith({ ...key, state: { models: [] } }), "entries.0.state.models"],
      [stateWith({ ...key, state: { failures: 0.5 } }), "entries.0.state.failures"],
      [stateWith({ ...key, state: { tally: { hour: 1, used: [-1], failed: [] } } }), "entries.0.state.tally.used.0"],
    ];
    for (const [state, field] of wrong) {
      const { notes = [] } = readInPlace(JSON.stringify(state));
      expect(notes[0]).toContain(`is damaged: its field ${field}`);
      expect(notes[0]).toContain(" is not as it should be; it is kept as ");
    }
  });

  test.each(["", "null", "[]", "5", '"state"', "no JSON", "\u0000"])("it is no state at all: %j", (text) => {
    expect(readInPlace(text)).toEqual(FELL_BACK);
  });

  test("both are damaged: health begins anew, and both are kept", () => {
    using folder = scratchFolder();
    for (const name of ["state.json", "state.json.1"]) writeFileSync(folder.at(name), name);
    const { value, notes } = read(folder);
    expect([value, notes.length]).toEqual([undefined, 2]);
    expect(folder.names()).toEqual([`state.json.1.corrupt-${STAMP}`, `state.json.corrupt-${STAMP}`]);
  });
});

function stateWith(...entries: readonly unknown[]): object {
  return { version: 1, saved_at: START, entries };
}

test("A state that somebody wrote by hand needs no digest", () => {
  expect(readInPlace(JSON.stringify(stateWith(...RICH), null, 2))).toEqual({ value: RICH });
});

test("A state of any values is refused, or the balancer can live with it", () => {
  const leaves = pathsOf(RICH);
  const value = fc.oneof(
    fc.constantFrom<unknown>(null, -1, 0, 1e15, 8.64e15, 1e300, "", "invalid", [], {}, true),
    fc.jsonValue({ maxDepth: 1 }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...leaves), value, (path, replacement) => {
      const text = JSON.stringify(stateWith(...(replaced(RICH, path, replacement) as readonly unknown[])));
      const { value: entries = [] } = readInPlace(text);
      const driver = new Driver(balancerOf([poolSpec("p", keySpecs(34)), poolSpec("q", keySpecs(4, "q"))]));
      driver.balancer.restore(entries.filter(isOfBalancer), START);
      for (const { keys } of driver.balancer.report(START)) {
        for (const { until, since } of keys)
          for (const at of [until, since]) if (at !== undefined) new Date(at).toISOString();
      }
      driver.balancer.pick(needOf("p"), [], START);
      expect(readInPlace(textOf(plain(driver.balancer.entries(START)))).value).toBeDefined();
    }),
    { numRuns: 300 },
  );
});

/** The paths to all that is neither a map nor a list. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]));
}

function replaced(value: unknown, [step, ...path]: readonly string[], replacement: unknown): unknown {
  if (step === undefined) return replacement;
  const inner = replaced((value as Record<string, unknown>)[step], path, replacement);
  if (Array.isArray(value)) return value.with(Number(step), inner);
  return { ...(value as object), [step]: inner };
}

describe("A state of a newer version is refused and left untouched", () => {
  const NEWER = { version: 2, saved_at: START, entries: [] };
  const content = `${textOf(SMALL).split("\n],")[0]}`.replace('"version":1', '"version":2');
  const digest = createHash("sha256").update(content).digest("hex");

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["of the same form", { "state.json": JSON.stringify(NEWER) }, "state.json"],
    ["of another form", { "state.json": '{"version":7,"health":{"moon":"full"}}' }, "state.json"],
    ["with a digest of another kind", { "state.json": JSON.stringify({ ...NEWER, sha256: "x" }) }, "state.json"],
    ["with a digest as ours", { "state.json": `${content}\n],"sha256":"${digest}"}\n` }, "state.json"],
    ["before one that is damaged", { "state.json": "cut", "state.json.1": JSON.stringify(NEWER) }, "state.json.1"],
    ["before one that is missing", { "state.json.1": JSON.stringify(NEWER) }, "state.json.1"],
  ])("%s", (_what, files, file) => {
    using folder = scratchFolder();
    for (const [name, text] of Object.entries(files)) writeFileSync(folder.at(name), text);
    const before = folder.snapshot();
    const error = failureOf(() => read(folder));
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toStartWith(
      `Cannot use ${folder.at(file)}: a newer version of openai-balance wrote it (format `,
    );
    expect((error as UserError).exitCode).toBe(2);
    expect(folder.snapshot()).toEqual(before);
  });

  test("but not where only its number was changed: that is damaged", () => {
    expect(readInPlace(textOf(SMALL).replace('"version":1', '"version":2'))).toEqual(FELL_BACK);
  });
});

function failureOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error: unknown) {
    return error;
  }
}

test("A state that is there and cannot be read is left alone", () => {
  using folder = scratchFolder();
  mkdirSync(folder.at("state.json"));
  writeFileSync(folder.at("state.json.1"), textOf(BEFORE));
  const before = folder.snapshot();
  expect(() => read(folder)).toThrow("EISDIR");
  expect(folder.snapshot()).toEqual(before);
});

test("Without a stamp a damaged state stays where it is", () => {
  using folder = scratchFolder();
  writeFileSync(folder.at("state.json"), "cut");
  writeFileSync(folder.at("state.json.1"), textOf(BEFORE));
  const before = folder.snapshot();
  expect(readState(folder.at("state.json"), undefined).value).toEqual(BEFORE);
  expect(folder.snapshot()).toEqual(before);
});

describe("The pieces of a state", () => {
  const entry = (at: number): StateEntry => ({ kind: "key", provider: "p", keyId: `k${at}`, state: { failures: at } });

  test.each([0, 1, 99, 100, 101, 1_000, 1_001])("are small and made one by one, with %i entries", (count) => {
    let taken = 0;
    function* entries() {
      for (; taken < count; taken++) yield entry(taken);
    }
    let made = "";
    const pieces = statePieces(entries(), START)[Symbol.iterator]();
    for (let piece = pieces.next(), before = 0; piece.done !== true; before = taken, piece = pieces.next()) {
      const inPiece = piece.value.split('"kind"').length - 1;
      expect(inPiece).toBeLessThanOrEqual(ITEMS_PER_PIECE);
      // The one that is being looked at may have been taken too.
      expect(taken - before).toBeLessThanOrEqual(ITEMS_PER_PIECE + 1);
      made += piece.value;
    }
    expect(readInPlace(made)).toEqual({ value: Array.from({ length: count }, (_, at) => entry(at)) });
    expect(made.split("\n")).toHaveLength(count + 3);
  });

  test("leave room for others between two of them", async () => {
    using folder = scratchFolder();
    let turn = 0;
    let isWritten = false;
    const count = () => {
      turn++;
      if (!isWritten) setImmediate(count);
    };
    setImmediate(count);
    const turns: number[] = [];
    function* entries() {
      for (let at = 0; at < 50 * ITEMS_PER_PIECE; at++) {
        if (at % ITEMS_PER_PIECE === 0) turns.push(turn);
        yield entry(at);
      }
    }
    await writeState(folder.at("state.json"), entries(), START);
    isWritten = true;
    expect(turns).toHaveLength(50);
    // The system may end a few writes at once, but never all of them.
    expect(new Set(turns).size).toBeGreaterThan(3);
  });
});
