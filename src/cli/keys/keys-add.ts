// `keys add` and `keys import`: take keys into the encrypted store.
import { withSettings } from "../../admin/key-settings.ts";
import type { OutputOf } from "../../admin/operation-table.ts";
import type { ImportedKey } from "../../admin/parse-key-list.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { type CliContext, Interrupted, type JsonOption } from "../cli-context.ts";
import { connect } from "../connect.ts";
import type { Connection, TargetOptions } from "../connection.ts";
import { printedJson } from "../print-json.ts";
import { say } from "../say.ts";
import { withSpinner } from "../spinner.ts";
import { cause, countOf } from "../words.ts";
import { type KeySettingOptions, keySettingsOf } from "./key-setting-options.ts";
import { type KeySourceOptions, readKeyFile, readKeys } from "./read-keys.ts";

export interface KeysAddOptions extends TargetOptions, JsonOption, KeySourceOptions, KeySettingOptions {
  readonly provider?: string;
  readonly test?: boolean;
}

type Added = OutputOf<"keys.add">["keys"][number];

/** More lines would say nothing. */
const MOST_LINES = 20;

/** `EXIT.unhealthy` when `--test` refused a key. */
export async function keysAdd(context: CliContext, words: readonly string[], options: KeysAddOptions): Promise<number> {
  const settings = keySettingsOf(options);
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
  const signal = context.interruption();
  const added = await withSpinner(text, context, options, () =>
    connection.control.call("keys.add", input, signal),
  ).catch((error: unknown) => {
    // However it was ended: the person did that.
    throw signal.aborted ? new Interrupted("Ctrl-C", { cause: error }) : error;
  });
  const exitCode = added.keys.some(({ outcome }) => outcome === "refused") ? EXIT.unhealthy : EXIT.ok;
  if (printedJson(context, options, added)) return exitCode;
  report(added, connection, { context, options });
  return exitCode;
}

interface ReportTo {
  readonly context: CliContext;
  readonly options: KeysAddOptions;
}

function report({ keys, unused }: OutputOf<"keys.add">, { control }: Connection, { context, options }: ReportTo): void {
  const lines = keys.length > MOST_LINES ? [summaryOf(keys)] : keys.map(lineOf);
  const news = keys.filter(({ outcome }) => outcome === "added" || outcome === "updated").length;
  say(context, options, ...lines, ...(news === 0 ? [] : effectOf(news, unused, control)));
}

/** `Added 25 keys, 5 were there already`. */
function summaryOf(keys: readonly Added[]): string {
  const counts = Map.groupBy(keys, ({ outcome }) => outcome);
  const parts = (["added", "updated", "refused", "known", "duplicate"] as const).flatMap((outcome) => {
    const amount = counts.get(outcome)?.length ?? 0;
    if (amount === 0) return [];
    if (outcome === "known") return [`${amount} were there already`];
    if (outcome === "duplicate") return [`${amount} stood in the list before`];
    return [`${outcome} ${countOf(amount, "key")}`];
  });
  const text = parts.join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function effectOf(news: number, unused: readonly string[], { kind }: Connection["control"]): readonly string[] {
  if (unused.length > 0) return unused.map((name) => `The provider ${name} is not enabled: its keys serve nothing`);
  const [it, is, counts] = news === 1 ? ["It", "is", "counts"] : ["They", "are", "count"];
  return [kind === "offline" ? `${it} ${counts} from the next start: openai-balance serve` : `${it} ${is} in use now`];
}

function lineOf({ outcome, name, masked, provider, id, source, test }: Added): string {
  const shown = name === masked || name.startsWith(masked) ? name : `${name} (${masked})`;
  switch (outcome) {
    case "added":
      return `Added ${shown} to ${provider}, id ${id}${test === undefined ? "" : `, tested: it answers in ${Math.round(test.latency_ms)} ms`}`;
    case "updated":
      return `Updated ${shown} of ${provider}, id ${id}`;
    case "known":
      return `${shown} of ${provider} is there already, id ${id}, from ${source === "key store" ? "the key store" : source}`;
    case "duplicate":
      return `${shown} of ${provider} stands in the list before, id ${id}`;
    case "refused":
      return `Refused ${shown} for ${provider}: ${test === undefined ? "not tested" : whyRefused(test)}`;
    default:
      return outcome satisfies never;
  }
}

/** `invalid key, 401 invalid_api_key: Incorrect API key`. */
function whyRefused(test: NonNullable<Added["test"]>): string {
  return [test.outcome.replaceAll("_", " "), cause(test)].filter((part) => part !== "").join(", ");
}
