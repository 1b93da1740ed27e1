// Every text is shown somewhere, every text that is asked for is there, and no word stands in a component by itself.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import en from "../../../src/page/texts/en.json";

const PAGE = join(import.meta.dir, "../../../src/page");

/** Keys that are made of what the daemon or a list says: where they begin. Everything else stands in the code as a whole. */
const MADE = [
  "app.theme.",
  "explain.choice.",
  "explain.strategy.",
  "explain.why.",
  "jobs.what.",
  "key_edit.columns.",
  "key_edit.detail.",
  "key_edit.done.",
  "key_edit.fields.",
  "key_edit.hints.",
  "key_edit.limit_sources.",
  "key_edit.outcomes.",
  "key_edit.periods.",
  "key_edit.test_outcomes.",
  "keys.",
  "keys.columns.",
  "logs.",
  "logs.blames.",
  "logs.export.",
  "logs.filters.",
  "logs.outcomes.",
  "logs.sorts.",
  "logs.spans.",
  "logs.times.",
  "overview.actions.",
  "overview.kinds.",
  "overview.of_period.",
  "overview.outcomes.",
  "overview.periods.",
  "overview.weights.",
  "pages.",
  "playground.",
  "playground.advice.",
  "playground.said.",
  "sessions.ways.",
  "states.",
  "tokens.budget_per.",
  "tokens.expiry.",
  "tokens.graces.",
  "tokens.limit.",
  "tokens.period.",
  "webhooks.forms.",
];
/** Whole sections are no reason to take a key for used: these are the keys that are made behind them. */
const OF_SECTIONS: Readonly<Record<string, RegExp>> = {
  "keys.": /^keys\.(reset|enable|disable)$/,
  "playground.": /^playground\.(served_by|tried_last)(_only)?$/,
  "logs.": /^logs\.(outcomes|ends)\.\w+$/,
};

const sources = [...new Glob("**/*.{ts,tsx}").scanSync(PAGE)].map((name) => ({
  name,
  text: readFileSync(join(PAGE, name), "utf8"),
}));
const all = sources.map(({ text }) => text).join("\n");

function keysIn(node: object, before = ""): readonly string[] {
  return Object.entries(node).flatMap(([name, value]: [string, unknown]) => {
    const isText = typeof value === "string" || typeof (value as { other?: unknown }).other === "string";
    return isText ? [before + name] : keysIn(value as object, `${before + name}.`);
  });
}

const KEYS = keysIn(en);

function found(pattern: RegExp): ReadonlySet<string> {
  return new Set([...all.matchAll(pattern)].map(([, key = ""]) => key));
}

test("each text is shown somewhere", () => {
  const whole = found(/["'`]([a-z_]+(?:\.\w+)+)["'`]/g);
  const isMade = (key: string) =>
    MADE.some((begin) => key.startsWith(begin) && (OF_SECTIONS[begin]?.test(key) ?? true));
  expect(KEYS.filter((key) => !whole.has(key) && !isMade(key))).toEqual([]);
});

test("the list of keys that are made is that of the code", () => {
  const made = found(/`((?:[a-z_]+\.)+)[a-z_]*\$\{/g);
  expect([...made].sort()).toEqual(MADE.toSorted());
});

test("each text that is asked for is there", () => {
  const asked = found(/\b(?:t|textOf)\(\s*["'`]([a-z_.\w]+)["'`]/g);
  expect(asked.size).toBeGreaterThan(200);
  expect([...asked].filter((key) => !KEYS.includes(key))).toEqual([]);
});

test("components say nothing by themselves", () => {
  // The name of the program, and what stands in files of its configuration.
  const allowed = new Set(["openai-balance"]);
  const said = sources
    .filter(({ name }) => name.endsWith(".tsx"))
    .flatMap(({ name, text }) => [...wordsIn(text)].map((words) => `${name}: ${words}`))
    .filter((line) => !allowed.has(line.slice(line.indexOf(": ") + 2)));
  expect(said).toEqual([]);
});

/** Text between tags, and attributes that are read to somebody. */
function wordsIn(text: string): ReadonlySet<string> {
  const code = text.replace(/\/\*.*?\*\//gs, "").replace(/^\s*\/\/.*$/gm, "");
  const between = [...code.matchAll(/^\s+([A-Za-z][\w ,.'-]*)$/gm)]
    .map(([, words = ""]) => words.trim())
    .filter((words) => isBetweenTags(code, words));
  const inline = [...code.matchAll(/<[a-z]\w*[^<>{}]*>([^<>{}]*[A-Za-z]{2,}[^<>{}]*)<\//g)].map(([, words = ""]) =>
    words.trim(),
  );
  const attributes = [...code.matchAll(/\s(?:title|aria-label|alt|label|placeholder)="([^"]*)"/g)]
    .map(([, words = ""]) => words)
    // What shows how a value looks is no word.
    .filter((words) => !/^(?:req_…|429, 5xx|chat\/completions)$/.test(words));
  return new Set([...between, ...inline, ...attributes]);
}

function isBetweenTags(code: string, words: string): boolean {
  return new RegExp(`>\\s*\\n\\s+${words.replace(/[.*+?^$(){}|[\]\\]/g, "\\$&")}\\s*\\n\\s*(?:<|\\{)`).test(code);
}
