// `keys list`: all keys with their health.
import type { KeyRow } from "../../admin/key-rows.ts";
import type { InputOf, OutputOf } from "../../admin/operation-table.ts";
import { EXIT } from "../../core/exit-codes.ts";
import type { CliContext, JsonOption } from "../cli-context.ts";
import { connect } from "../connect.ts";
import type { TargetOptions } from "../connection.ts";
import { paintFor, widthOf } from "../paint.ts";
import { printedJson } from "../print-json.ts";
import { hint, note } from "../say.ts";
import { type Column, renderTable } from "../table.ts";
import { countOf } from "../words.ts";
import { KEY_LIMITS, KEY_NAMES, KEY_PROVIDER, type KeyColumnFacts, keyRest, keyState } from "./key-columns.ts";
import type { SortField } from "./key-words.ts";

export interface KeysListOptions extends TargetOptions, JsonOption {
  readonly provider?: string;
  readonly status?: KeyRow["state"];
  readonly search?: string;
  readonly sort?: SortField;
  readonly all?: boolean;
}

/** A person does not read more at once. */
const MOST_ROWS = 100;

export async function keysList(
  context: CliContext,
  words: readonly string[],
  options: KeysListOptions,
): Promise<number> {
  await using connection = await connect(context, options, "read");
  const { provider, status, search, sort } = options;
  const isCut = context.out.isTerminal && options.all !== true && options.json !== true;
  const found = await connection.control.call("keys.list", {
    keys: [...words],
    ...(provider !== undefined && { provider }),
    ...(status !== undefined && { status }),
    ...(search !== undefined && { search }),
    ...(sort !== undefined && SORTS[sort]),
    ...(isCut && { limit: MOST_ROWS }),
  });
  if (printedJson(context, options, found)) return EXIT.ok;
  const { keys, matched } = found;
  // Without a daemon it was said when the data folder was opened.
  if (found.store_fault !== undefined && connection.control.kind !== "offline") note(context, found.store_fault);
  if (keys.length === 0) {
    hint(context, options, ...whyNone(found));
    return EXIT.ok;
  }
  const paint = paintFor(context.out, context, options);
  context.out.write(renderTable(columns({ now: context.now(), paint }), keys, { width: widthOf(context), paint }));
  if (matched > keys.length) {
    const more = countOf(matched - keys.length, "more key");
    hint(context, options, `${more}: --all shows them, --search, --provider and --status find some`);
  }
  return EXIT.ok;
}

/** A store that does not open may be full of keys, and takes none. */
function whyNone({ total, store_fault }: OutputOf<"keys.list">): readonly string[] {
  if (total > 0) return [`None of ${countOf(total, "key")} matches`];
  return store_fault === undefined ? NO_KEYS : [];
}

const NO_KEYS = ["There is no key yet. To add one:", "  openai-balance keys add"];

/** Of what is counted the most comes first. */
const SORTS: Readonly<Record<SortField, Pick<InputOf<"keys.list">, "sort" | "descending">>> = {
  name: { sort: "name" },
  provider: { sort: "provider" },
  status: { sort: "state" },
  until: { sort: "until" },
  used: { sort: "used_24h", descending: true },
  failed: { sort: "failed_24h", descending: true },
};

function columns(facts: KeyColumnFacts): readonly Column<KeyRow>[] {
  return [
    ...KEY_NAMES,
    // The masked form is the name of a key that has none of its own.
    { title: "KEY", text: ({ masked, name }) => (name.startsWith(masked) ? "" : masked), dropRank: 6 },
    KEY_PROVIDER,
    keyState(facts),
    { title: "BUSY", text: ({ in_flight }) => (in_flight === 0 ? "" : String(in_flight)), align: "right", dropRank: 5 },
    { title: "24H", text: ({ used_24h }) => (used_24h === 0 ? "" : String(used_24h)), align: "right", dropRank: 2 },
    { title: "OK", text: successText, align: "right", dropRank: 3 },
    KEY_LIMITS,
    ...keyRest(facts),
    { title: "FROM", text: ({ source }) => source, least: 16, dropRank: 7 },
  ];
}

/** The share of attempts that did not fail. */
function successText({ used_24h, failed_24h }: KeyRow): string {
  if (used_24h === 0) return "";
  // Rounded down: one failure of a thousand is not 100 %.
  return `${Math.floor(((used_24h - failed_24h) / used_24h) * 100)}%`;
}
