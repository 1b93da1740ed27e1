// What becomes of pasted keys is told before anything is stored or sent, and comes true.
import { describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { InputOf, OutputOf } from "../../src/admin/operation-table.ts";
import { readKeyEntries } from "../../src/admin/parse-key-list.ts";
import { UserError } from "../../src/core/user-error.ts";
import { type Lab, openLab, providerAt } from "../daemon/instance-lab.ts";
import { silent, unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { until } from "../fixture/until.ts";
import { startUpstream, type Upstream } from "../fixture/upstream.ts";

const WRITTEN = fakeSecret("written");
const STORED = fakeSecret("stored");
const [A, B] = [fakeSecret("a"), fakeSecret("b", true)];

interface Opened extends AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
}

async function open(): Promise<Opened> {
  const upstream = startUpstream({ otherwise: openai });
  const lab = await openLab({ config: { providers: [providerAt(upstream.url, "openai", [WRITTEN])] } });
  await lab.control.call("keys.add", { keys: [{ key: STORED, name: "stored" }] });
  return {
    lab,
    upstream,
    [Symbol.asyncDispose]: async () => {
      await lab[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

async function preview(lab: Lab, input: InputOf<"keys.add">): Promise<OutputOf<"keys.add">> {
  const answer = await lab.control.call("keys.add", { ...input, dry_run: true });
  expect(leakIn(JSON.stringify(answer))).toBeUndefined();
  return answer;
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error(`It did not fail as it should: ${error}`);
  return error.message;
}

/** `1 added`, `3 unfit`, by their lines. */
function told({ keys, unfit }: OutputOf<"keys.add">): readonly string[] {
  const rows = [...keys, ...unfit.map(({ line }) => ({ line, outcome: "unfit" }))];
  return rows.toSorted((a, b) => a.line - b.line).map(({ line, outcome }) => `${line} ${outcome}`);
}

describe("keys.add with dry_run", () => {
  test("tells of each line what would become of it, by its line in the text", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    const before = lab.read("keys.json");
    const lines = [
      "# pasted",
      A,
      "",
      `${B}  # team b`,
      A,
      `OPENAI_API_KEY=${B}`,
      WRITTEN,
      STORED,
      `"${B}"`,
      "k\u00e9y",
    ];
    const answer = await preview(lab, { text: lines.join("\r\n") });
    expect(told(answer)).toEqual([
      "2 added",
      "4 added",
      "5 duplicate",
      "6 unfit",
      "7 known",
      "8 known",
      "9 unfit",
      "10 unfit",
    ]);
    expect(answer.unfit.map(({ why }) => why)).toEqual([
      "it sets a variable, expected one key a line",
      "it is in quotes, expected one key a line",
      "expected a key of printable ASCII characters",
    ]);
    expect(answer.keys.flatMap(({ source }) => source ?? [])).toEqual([
      expect.stringMatching(/^config\.yaml:1:\d+$/),
      "key store",
    ]);
    expect([lab.read("keys.json") === before, upstream.count()]).toEqual([true, 0]);
  });

  test("tells of JSON, with names and settings, by the place in the list", async () => {
    await using opened = await open();
    const keys = [
      { key: A, name: "a", weight: 2, limits: { rpm: 5 } },
      { key: B, name: "a" },
      { key: STORED, weight: 3 },
      { secret: fakeSecret("c") },
      { key: fakeSecret("d"), weight: 1e9 },
      { key: fakeSecret("e"), name: "x".repeat(10_240) },
      { key: fakeSecret("f"), name: fakeSecret("a") },
      5,
    ];
    const answer = await preview(opened.lab, { text: JSON.stringify({ keys }) });
    expect(told(answer)).toEqual([
      "1 added",
      "2 unfit",
      "3 updated",
      "4 unfit",
      "5 unfit",
      "6 unfit",
      "7 unfit",
      "8 unfit",
    ]);
    expect(answer.unfit.map(({ why }) => why)).toEqual([
      "a is already the name of another key of openai",
      "expected a key, or a map with a field key",
      "weight: expected at most 1000, got a larger one",
      "name: expected at most 200 characters, got a string of 10240 characters",
      "expected a name that holds no key",
      "expected a key, or a map with a field key",
    ]);
  });

  test("tells of a provider that there is not, of each of its keys", async () => {
    await using opened = await open();
    const { keys, unfit } = await preview(opened.lab, { text: `${A}\n${B}`, provider: "opnai" });
    expect([keys, unfit.map(({ why }) => why)]).toEqual([
      [],
      Array(2).fill("there is no provider opnai: did you mean openai"),
    ]);
  });

  test("knows presets that are not configured yet, where there is no config file", async () => {
    await using lab = await openLab();
    expect(told(await preview(lab, { text: A, provider: "groq" }))).toEqual(["1 added"]);
    expect(lab.instance.config.providers).toEqual([]);
    expect(existsSync(join(lab.dataFolder, "keys.json"))).toBe(false);
  });

  test("is offered those presets by providers, and no others", async () => {
    await using lab = await openLab();
    const presetsOf = async (of: Lab) => (await of.control.call("providers", { presets: true })).presets;
    const presets = (await presetsOf(lab)) ?? [];
    expect(presets).toContain("groq");
    expect(presets).not.toContain("ollama");
    for (const provider of presets) expect(told(await preview(lab, { text: A, provider }))).toEqual(["1 added"]);
    expect(await lab.control.call("providers", {})).toEqual({ providers: [] });
    await using opened = await open();
    expect(await presetsOf(opened.lab)).toEqual([]);
    await using seeded = await openLab({ env: { API_KEYS: WRITTEN } });
    expect(await presetsOf(seeded)).toEqual([]);
  });

  test("numbers the name that is given to several, and tells of one that is taken", async () => {
    await using opened = await open();
    const { lab } = opened;
    const settings = { name: "batch", weight: 2 };
    const names = async (text: string) => (await preview(lab, { text, settings })).keys.map(({ name }) => name);
    expect(await names(`${A}\n${B}`)).toEqual(["batch-1", "batch-2"]);
    expect(await names(A)).toEqual(["batch"]);
    const { unfit } = await preview(lab, { text: A, settings: { name: "stored" } });
    expect(unfit[0]?.why).toBe("stored is already the name of another key of openai");
  });

  test.each<[string, InputOf<"keys.add">, string]>([
    ["nothing", {}, "Which keys? Give them as keys or as text, one of the two"],
    ["both", { keys: [{ key: A }], text: A }, "Which keys? Give them as keys or as text, one of the two"],
    ["an empty text", { text: "\n# nothing\n" }, "There is no key in the text"],
    ["broken JSON", { text: `["${A}` }, "Cannot read the keys: it begins as JSON, but is none"],
    ["a test", { text: A, test: true }, "dry_run tests nothing: leave one of dry_run and test out"],
  ])("refuses %s", async (_what, input, message) => {
    await using opened = await open();
    expect(await refusal(preview(opened.lab, input))).toBe(message);
  });

  test("says at once where the store would take none", async () => {
    const prepare = (folder: string) => writeFileSync(join(folder, "keys.json"), '{"version":1,"master_key":"x"}');
    await using lab = await openLab({ prepare });
    expect(await refusal(preview(lab, { text: A }))).toContain("cannot be opened");
  });

  test("comes true, whatever is pasted, and tells of every line that is not empty exactly once", async () => {
    const piece = fc.constantFrom(
      A,
      B,
      STORED,
      WRITTEN,
      "",
      "# c",
      `${A} ${B}`,
      `'${A}'`,
      "k\u200b",
      "a,b",
      `${B} # b`,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 7 }), async (lines) => {
        fc.pre(lines.some((line) => line !== "" && line !== "# c"));
        await using opened = await open();
        const { lab } = opened;
        const text = lines.join("\n");
        const before = await preview(lab, { text });
        expect(await lab.control.call("keys.add", { text, skip_unfit: true })).toEqual(before);
        const entries = readKeyEntries(text);
        expect(told(before).map((row) => Number(row.split(" ")[0]))).toEqual(
          entries.ok ? Array.from(entries.entries, ({ line }) => line) : [],
        );
        const added = before.keys.filter(({ outcome }) => outcome === "added").length;
        expect(lab.ports.keys.list()).toHaveLength(1 + added);
        // Once more, nothing is news.
        const again = await preview(lab, { text });
        expect(again.keys.filter(({ outcome }) => outcome === "added" || outcome === "updated")).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe("keys.add of a text", () => {
  test("takes all or none, and says which lines are wrong", async () => {
    await using opened = await open();
    const { lab } = opened;
    expect(await refusal(lab.control.call("keys.add", { text: `${A}\ntwo words\nx y\n${B}` }))).toBe(
      "Cannot add 4 keys, none was added: line 2: it has a space, expected one key a line\n  line 3: it has a space, expected one key a line",
    );
    expect(await refusal(lab.control.call("keys.add", { text: `${A}\n\nk\u00e9y` }))).toContain("none was added: ");
    expect(lab.ports.keys.list()).toHaveLength(1);
  });

  test("adds only the lines that are asked for", async () => {
    await using opened = await open();
    const { lab } = opened;
    const { keys, unfit } = await lab.control.call("keys.add", { text: `${A}\nx y\n${B}`, only: [3] });
    expect([keys.map(({ line, outcome }) => [line, outcome]), unfit]).toEqual([[[3, "added"]], []]);
    expect(lab.ports.keys.list().map(({ secret }) => secret)).toEqual([STORED, B]);
  });

  test("reads what keys.export gives out, limits included", async () => {
    await using opened = await open();
    const { lab } = opened;
    const limits = { rpm: 5, tpd: "2M", day: "UTC" } as const;
    await lab.control.call("keys.add", { keys: [{ key: A, name: "a", limits }] });
    const text = JSON.stringify(await lab.control.call("keys.export", {}));
    await lab.control.call("keys.remove", { keys: ["a"] });
    await lab.control.call("keys.add", { text });
    const { keys } = await lab.control.call("keys.list", { keys: ["a"] });
    expect(keys).toMatchObject([{ own_limits: limits, limits: [{ name: "rpm", limit: 5 }, { limit: 2_000_000 }] }]);
  });

  test("refuses a day that nothing heeds", async () => {
    await using opened = await open();
    const text = JSON.stringify([{ key: A, limits: { rpm: 5, day: "UTC" } }]);
    expect(await refusal(opened.lab.control.call("keys.add", { text }))).toBe(
      "Cannot add the key: limits.day has no effect: neither rpd nor tpd is set",
    );
  });
});

describe("keys.try", () => {
  test("asks for each new key once, stores nothing, and leaves health alone", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    upstream.byKey(B, unauthorized);
    const rows = await Array.fromAsync(lab.control.stream("keys.try", { text: [A, B, A, STORED, "x y"].join("\n") }));
    const sorted = rows.toSorted((a, b) => a.line - b.line);
    expect(sorted.map(({ line, is_ok, total }) => [line, is_ok, total])).toEqual([
      [1, true, 2],
      [2, false, 2],
    ]);
    expect([upstream.count(A), upstream.count(B), upstream.count()]).toEqual([1, 1, 2]);
    expect(lab.ports.keys.list()).toHaveLength(1);
    expect((await lab.control.call("keys.list", {})).keys.map(({ used_24h }) => used_24h)).toEqual([0, 0]);
    expect(leakIn(JSON.stringify([rows, await lab.log()]))).toBeUndefined();
  });

  test("ends its calls when the caller leaves", async () => {
    await using opened = await open();
    const { lab, upstream } = opened;
    upstream.otherwise(silent);
    const caller = new AbortController();
    const keys = Array.from({ length: 20 }, (_, i) => ({ key: fakeSecret(`k${i}`) }));
    const all = Array.fromAsync(lab.control.stream("keys.try", { keys }, caller.signal));
    await until("the first calls", () => upstream.count() === 8);
    caller.abort();
    expect(await all).toEqual([]);
    await until("the end of the calls", () => upstream.calls.every(({ signal }) => signal.aborted));
  });
});
