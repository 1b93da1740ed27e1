// `keys add` and `keys import`: take keys into the encrypted store.
import type { OutputOf } from "../../admin/operation-table.ts";
import { splitList } from "../../config/coerce-text.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import type { ImportedKey } from "../../keys/parse-key-list.ts";
import type { CliContext, JsonOption } from "../cli-context.ts";
import { type Connection, connect, type TargetOptions } from "../connect.ts";
import { printedJson } from "../print-json.ts";
import { withSpinner } from "../spinner.ts";
import { cause, countOf } from "../words.ts";
import { type KeySourceOptions, readKeyFile, readKeys } from "./read-keys.ts";

export interface KeysAddOptions extends TargetOptions, JsonOption, KeySourceOptions {
  readonly provider?: string;
  readonly name?: string;
  readonly weight?: string;
  readonly priority?: string;
  readonly models?: string;
  readonly test?: boolean;
}

type Added = OutputOf<"keys.add">["keys"][number];

/** More lines would say nothing. */
const MOST_LINES = 20;

/** `EXIT.unhealthy` when `--test` refused a key. */
export async function keysAdd(context: CliContext, words: readonly string[], options: KeysAddOptions): Promise<number> {
  const settings = settingsOf(options);
  const keys = await readKeys(words, options, context);
  return add(context, withSettings(keys, settings), options);
}

/** `EXIT.unhealthy` when `--test` refused a key. */
export async function keysImport(context: CliContext, file: string, options: KeysAddOptions): Promise<number> {
  return add(context, await readKeyFile(file, context), options);
}

async function add(context: CliContext, keys: readonly ImportedKey[], options: KeysAddOptions): Promise<number> {
  await using connection = await connect(context, options, "write");
  const { provider, test = false } = options;
  const input = { keys: [...keys], test, ...(provider !== undefined && { provider }) };
  const text = test ? `Testing ${countOf(keys.length, "key")}` : `Adding ${countOf(keys.length, "key")}`;
  const added = await withSpinner(text, context, options, () =>
    connection.control.call("keys.add", input, context.interruption()),
  );
  const exitCode = added.keys.some(({ outcome }) => outcome === "refused") ? EXIT.unhealthy : EXIT.ok;
  if (printedJson(context, options, added)) return exitCode;
  report(added.keys, connection, { context, options });
  return exitCode;
}

interface ReportTo {
  readonly context: CliContext;
  readonly options: KeysAddOptions;
}

function report(keys: readonly Added[], { control }: Connection, { context, options }: ReportTo): void {
  if (options.quiet) return;
  const lines = keys.length > MOST_LINES ? [] : keys.map(lineOf);
  const counts = (["added", "updated", "known", "refused"] as const).flatMap((outcome) => {
    const amount = keys.filter((key) => key.outcome === outcome).length;
    return amount === 0 ? [] : [`${SUMMARY[outcome]} ${countOf(amount, "key")}`];
  });
  const summary = keys.length > MOST_LINES ? [counts.join(", ")] : [];
  const isNews = keys.some(({ outcome }) => outcome === "added" || outcome === "updated");
  const effect = !isNews
    ? []
    : [control.kind === "offline" ? "It counts from the next start: openai-balance serve" : "It is in use now"];
  for (const line of [...lines, ...summary, ...effect]) context.out.write(`${line}\n`);
}

const SUMMARY = { added: "Added", updated: "Updated", known: "Had already", refused: "Refused" } as const;

function lineOf({ outcome, name, masked, provider, id, source, test }: Added): string {
  const shown = name === masked || name.startsWith(masked) ? name : `${name} (${masked})`;
  switch (outcome) {
    case "added":
      return `Added ${shown} to ${provider}, id ${id}${test === undefined ? "" : `, tested: it answers in ${Math.round(test.latency_ms)} ms`}`;
    case "updated":
      return `Updated ${shown} of ${provider}, id ${id}`;
    case "known":
      return `${shown} of ${provider} is there already, id ${id}, from ${source === "key store" ? "the key store" : source}`;
    case "refused":
      return `Refused ${shown} for ${provider}, it does not work: ${test === undefined ? "not tested" : cause({ ...test, reason: test.reason ?? test.outcome })}`;
    default:
      return outcome satisfies never;
  }
}

type Settings = Omit<ImportedKey, "key" | "provider">;

/** @throws UserError for a number that is none. */
function settingsOf({ name, weight, priority, models }: KeysAddOptions): Settings {
  return {
    ...(name !== undefined && { name }),
    ...(weight !== undefined && { weight: numberOf(weight, "--weight", "a number above 0, at most 1000") }),
    ...(priority !== undefined && { priority: numberOf(priority, "--priority", "a whole number from -1000 to 1000") }),
    ...(models !== undefined && { models: splitList(models) }),
  };
}

function numberOf(text: string, option: string, expects: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new UserError(`Cannot use ${option}: expected ${expects}`);
  return value;
}

/** Several keys share their settings, but not their name. */
function withSettings(keys: readonly ImportedKey[], { name, ...settings }: Settings): readonly ImportedKey[] {
  return keys.map((key, index) => ({
    ...settings,
    ...(name !== undefined && { name: keys.length === 1 ? name : `${name}-${index + 1}` }),
    ...key,
  }));
}
