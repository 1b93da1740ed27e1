// The keys that an operator brings, as a list or as a text: which of them can be taken, and why the others cannot.
import { z } from "zod";
import { count } from "../config/describe-value.ts";
import { maskSecret } from "../core/redaction.ts";
import { mapInSlices } from "../core/slices.ts";
import { UserError } from "../core/user-error.ts";
import { checkInput } from "./check-input.ts";
import { isoTime } from "./iso-time.ts";
import { checkNewKeys, presentIn, problemFinder, refuseAll } from "./key-problems.ts";
import { keySettings, withSettings } from "./key-settings.ts";
import { type NewKey, newKey } from "./new-keys.ts";
import { readKeyEntries } from "./parse-key-list.ts";
import type { ControlPorts } from "./ports.ts";

const MOST_KEYS = 100_000;
const MOST_LINE = Number.MAX_SAFE_INTEGER;

const entry = z.strictObject({
  key: z.string().min(1).describe("The secret."),
  provider: z.string().min(1).optional().describe("Its provider, if it is not that of all."),
  ...keySettings,
});

type Entry = z.output<typeof entry>;

/** The fields by which operations are given keys. */
export const broughtKeys = {
  keys: z.array(entry).min(1).max(MOST_KEYS).optional().describe("The keys, at most 100,000."),
  text: z
    .string()
    .optional()
    .describe("In place of `keys`: one key a line, `#` begins a comment, or JSON as `keys.export` answers."),
  provider: z.string().min(1).optional().describe("The default provider by default, `openai` where there is none."),
  settings: z
    .strictObject(keySettings)
    .optional()
    .describe("What is said of all keys that do not say it themselves; names are numbered where there are several."),
  only: z
    .array(z.int().min(1).max(MOST_LINE))
    .optional()
    .describe("Only the keys of these lines of `text`, or at these places of `keys`, counted from 1."),
};

const broughtSchema = z.strictObject(broughtKeys);

export type BroughtKeys = z.output<typeof broughtSchema>;

export const lineOfKey = z.int().describe("Its line in `text`, or its place in the list, counted from 1.");

/** What cannot be taken. */
export const unfitKey = z.object({
  line: lineOfKey,
  masked: z.string().describe("What stands there, by its first and last four characters."),
  why: z.string().describe("Why it cannot be taken."),
});

export type UnfitKey = z.output<typeof unfitKey>;

/** A key that can be taken. */
export interface WantedKey extends NewKey {
  readonly line: number;
}

export interface WantedKeys {
  readonly wanted: readonly WantedKey[];
  readonly unfit: readonly UnfitKey[];
}

/** `isAllOrNone`: refuses all where one cannot be taken. @throws UserError. */
export async function wantedKeys(brought: BroughtKeys, ports: ControlPorts, isAllOrNone: boolean): Promise<WantedKeys> {
  const config = ports.config();
  const { given, unfit } = await entriesOf(brought, isAllOrNone);
  const fallback = brought.provider ?? config.defaultProvider ?? "openai";
  const added_at = isoTime(ports.now());
  const found = await mapInSlices(given, ({ line, key: secret, provider = fallback, ...settings }): WantedKey => {
    return { line, ...newKey({ provider, secret, ...settings, added_at }) };
  });
  const present = presentIn(ports);
  if (isAllOrNone) {
    checkNewKeys(found, present);
    return { wanted: found, unfit };
  }
  const problemOf = problemFinder(found, present);
  const problems = await mapInSlices(found, (key) => problemOf(key)?.text);
  return {
    wanted: found.filter((_, index) => problems[index] === undefined),
    unfit: [...unfit, ...found.flatMap((key, index) => unfitOf(key, problems[index]))].toSorted(byLine),
  };
}

interface Entries {
  readonly given: readonly (Entry & { readonly line: number })[];
  readonly unfit: readonly UnfitKey[];
}

async function entriesOf({ keys, text, settings, only }: BroughtKeys, isAllOrNone: boolean): Promise<Entries> {
  if ((keys === undefined) === (text === undefined))
    throw new UserError("Which keys? Give them as keys or as text, one of the two");
  const listed = (keys ?? []).map((key, index) => ({ ...key, line: index + 1 }));
  const all = text === undefined ? { given: listed, unfit: [] } : await readText(text);
  // Names keep their numbers, whichever of the keys are taken in the end.
  const said = settings === undefined ? all : { ...all, given: withSettings(all.given, settings) };
  const { given, unfit } = only === undefined ? said : among(said, new Set(only));
  if (isAllOrNone)
    refuseAll(
      unfit.map(({ line, why }) => `line ${line}: ${why}`),
      given.length + unfit.length,
    );
  return { given, unfit };
}

function among({ given, unfit }: Entries, lines: ReadonlySet<number>): Entries {
  return { given: given.filter(({ line }) => lines.has(line)), unfit: unfit.filter(({ line }) => lines.has(line)) };
}

async function readText(text: string): Promise<Entries> {
  const read = readKeyEntries(text);
  if (!read.ok) throw new UserError(`Cannot read the keys: ${read.fault}`);
  const entries = await mapInSlices(read.entries, (each) => (each.ok ? checked(each) : each));
  if (entries.length === 0) throw new UserError("There is no key in the text");
  if (entries.length > MOST_KEYS)
    throw new UserError(`Cannot add ${count(entries.length, "key")} at once: expected at most 100,000`);
  const given: Entries["given"][number][] = [];
  const unfit: UnfitKey[] = [];
  for (const found of entries) {
    if (found.ok) given.push({ ...found.key, line: found.line });
    else unfit.push({ line: found.line, masked: found.masked, why: found.fault });
  }
  return { given, unfit };
}

/** A text may say of a key what the schema of a list would refuse. */
function checked({ line, key }: { readonly line: number; readonly key: Entry }) {
  const result = checkInput({ input: entry }, key);
  if (result.ok) return { ok: true, line, key: result.input as Entry } as const;
  return { ok: false, line, masked: maskSecret(key.key), fault: result.message } as const;
}

function unfitOf({ line, key }: WantedKey, why: string | undefined): readonly UnfitKey[] {
  return why === undefined ? [] : [{ line, masked: maskSecret(key.secret), why }];
}

function byLine(a: UnfitKey, b: UnfitKey): number {
  return a.line - b.line;
}
