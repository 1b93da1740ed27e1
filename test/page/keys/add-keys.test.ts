// Pasted keys: every line once and in order, and only what works and is new is added.
import { describe, expect, test } from "bun:test";
import {
  countsOf,
  type Foretold,
  failedIn,
  linesOf,
  newsIn,
  type TryRow,
  workingIn,
} from "../../../src/page/keys/add-keys.ts";

function key(line: number, outcome: Foretold["keys"][number]["outcome"], more: object = {}): Foretold["keys"][number] {
  const masked = `sk-f...000${line}`;
  return { line, id: `id-${line}`, name: masked, masked, provider: "openai", outcome, ...more };
}

const FORETOLD: Foretold = {
  keys: [
    key(1, "added", { name: "a" }),
    key(3, "known", { source: "key store" }),
    key(4, "updated"),
    key(6, "duplicate"),
  ],
  unfit: [
    { line: 5, masked: "****", why: "it has a space" },
    { line: 2, masked: "****", why: "it is in quotes" },
  ],
  unused: [],
};

function tried(line: number, is_ok: boolean): readonly [number, TryRow] {
  const { id, masked, provider } = key(line, "added");
  return [line, { line, id, masked, provider, is_ok, outcome: is_ok ? "ok" : "invalid_key", latency_ms: 1, total: 2 }];
}

describe("pasted keys", () => {
  test("are shown in the order of the text, with what is to be said of each", () => {
    expect(linesOf(FORETOLD)).toEqual([
      { line: 1, masked: "sk-f...0001", outcome: "added", name: "a", provider: "openai", note: undefined },
      { line: 2, masked: "****", outcome: "unfit", note: "it is in quotes" },
      { line: 3, masked: "sk-f...0003", outcome: "known", name: undefined, provider: "openai", note: "key store" },
      { line: 4, masked: "sk-f...0004", outcome: "updated", name: undefined, provider: "openai", note: undefined },
      { line: 5, masked: "****", outcome: "unfit", note: "it has a space" },
      { line: 6, masked: "sk-f...0006", outcome: "duplicate", name: undefined, provider: "openai", note: undefined },
    ]);
    expect([...countsOf(linesOf(FORETOLD))]).toEqual([
      ["added", 1],
      ["unfit", 2],
      ["known", 1],
      ["updated", 1],
      ["duplicate", 1],
    ]);
  });

  test("are added where they are news and failed no test", () => {
    expect(newsIn(FORETOLD)).toEqual([1, 4]);
    expect(workingIn(FORETOLD, new Map())).toEqual([1, 4]);
    const tries = new Map([tried(1, false), tried(4, true)]);
    expect([workingIn(FORETOLD, tries), failedIn(tries)]).toEqual([[4], 1]);
  });
});
