// What the page says, in the language of the user.
import { loadModule } from "../api/load-module.ts";
import { Observable } from "../api/observable.ts";
import en from "./en.json";

/** A text, or one for each plural form (Unicode CLDR; `other` is always there). `one` is also for exactly 1 where the language has no such form. */
export type Entry = string | { readonly other: string; readonly one?: string };
export type Dictionary = typeof en;

/** The paths of all texts, such as `keys.title`. */
export type TextKey = PathsOf<Dictionary>;

type PathsOf<Node, Before extends string = ""> = {
  [Name in keyof Node & string]: Node[Name] extends string | { readonly other: string }
    ? `${Before}${Name}`
    : PathsOf<Node[Name], `${Before}${Name}.`>;
}[keyof Node & string];

/** What stands in braces in a text; `count` also chooses the plural form. */
export type TextValues = Readonly<Record<string, string | number>>;

export const LANGUAGES = { en: "English", "zh-CN": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;

const TURNING =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const ISOLATES = /[\u2066-\u2069]/g;
const STORED_AS = "openai-balance-language";
/** Others are loaded when they are chosen. */
const LOADERS: Readonly<Record<Exclude<Language, "en">, () => Promise<unknown>>> = {
  "zh-CN": () => loadModule(() => import("./zh-CN.json")).then((module) => module.default),
};

export const language = new Observable<Language>("en");
let dictionary: unknown = en;

/** The text in the language of the user. */
export function t(key: TextKey, values: TextValues = {}): string {
  return fill(formOf(entryAt(dictionary, key) ?? entryAt(en, key), values) ?? key, values);
}

/** The same where the key is made of what the daemon says; undefined where there is no such text. */
export function textOf(key: string, values: TextValues = {}): string | undefined {
  const text = formOf(entryAt(dictionary, key) ?? entryAt(en, key), values);
  return text === undefined ? undefined : fill(text, values);
}

/** What the user chose before, or else what the browser asks for. */
export function preferredLanguage(): Language {
  const stored = readStored();
  if (stored !== undefined) return stored;
  return navigator.languages.some((name) => /^zh\b/i.test(name)) && !/^en\b/i.test(navigator.language) ? "zh-CN" : "en";
}

/** In force when it resolves; the page is drawn anew. */
export async function applyLanguage(name: Language): Promise<void> {
  dictionary = name === "en" ? en : await LOADERS[name]();
  document.documentElement.lang = name;
  language.set(name);
}

/** The same, remembered by the browser. @throws Error, in words for the user, where it cannot be loaded. */
export async function chooseLanguage(name: Language): Promise<void> {
  await applyLanguage(name).catch((cause: unknown) => {
    throw new Error(t("app.language_failed"), { cause });
  });
  try {
    localStorage.setItem(STORED_AS, name);
  } catch {
    // A browser that keeps nothing shows it until the page is closed.
  }
}

function readStored(): Language | undefined {
  try {
    const stored = localStorage.getItem(STORED_AS);
    return stored !== null && stored in LANGUAGES ? (stored as Language) : undefined;
  } catch {
    return undefined;
  }
}

function entryAt(root: unknown, key: string): unknown {
  let node = root;
  for (const name of key.split(".")) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, name)) return undefined;
    node = (node as Readonly<Record<string, unknown>>)[name];
  }
  return node;
}

function formOf(entry: unknown, { count }: TextValues): string | undefined {
  if (typeof entry === "string") return entry;
  if (typeof entry !== "object" || entry === null) return undefined;
  const forms = entry as Readonly<Record<string, string>>;
  const form = Number(count) === 1 ? "one" : new Intl.PluralRules(language.value).select(Number(count ?? 0));
  return forms[form] ?? forms.other;
}

function fill(text: string, values: TextValues): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => {
    if (!Object.hasOwn(values, name)) return all;
    const value = values[name] ?? "";
    return typeof value === "number" ? new Intl.NumberFormat(language.value).format(value) : isolated(value);
  });
}

/** A name that is written from right to left, or turns the direction, must not turn the sentence around it (UAX 9). */
export function isolated(value: string): string {
  return TURNING.test(value) ? `\u2068${value.replace(ISOLATES, "")}\u2069` : value;
}
