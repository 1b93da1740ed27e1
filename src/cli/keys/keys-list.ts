// `keys list`: all keys with their health.
import type { KeyRow } from "../../admin/key-rows.ts";
import { EXIT } from "../../core/exit-codes.ts";
import type { CliContext, JsonOption } from "../cli-context.ts";
import { connect, type TargetOptions } from "../connect.ts";
import { paintFor, widthOf } from "../paint.ts";
import { printedJson } from "../print-json.ts";
import { type Column, renderTable } from "../table.ts";
import { countOf } from "../words.ts";
import { KEY_NAMES, keyStates } from "./key-columns.ts";
import type { SortField } from "./sort-fields.ts";

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
  const { provider, status, search } = options;
  const found = await connection.control.call("keys.list", {
    keys: [...words],
    ...(provider !== undefined && { provider }),
    ...(status !== undefined && { status }),
    ...(search !== undefined && { search }),
  });
  const keys = options.sort === undefined ? found.keys : found.keys.toSorted(COMPARE[options.sort]);
  if (printedJson(context, options, { ...found, keys })) return EXIT.ok;
  if (keys.length === 0) {
    context.err.write(found.total === 0 ? NO_KEYS : `None of ${countOf(found.total, "key")} is meant\n`);
    return EXIT.ok;
  }
  const isCut = context.out.isTerminal && options.all !== true && keys.length > MOST_ROWS;
  const shown = isCut ? keys.slice(0, MOST_ROWS) : keys;
  const paint = paintFor(context.out, context, options);
  context.out.write(renderTable(columns(context, paint), shown, { width: widthOf(context), paint }));
  if (isCut) context.err.write(`${keys.length - MOST_ROWS} more: --all shows them, --search and --status find some\n`);
  return EXIT.ok;
}

const NO_KEYS = "There is no key yet: openai-balance keys add\n";

const COMPARE: Readonly<Record<SortField, (a: KeyRow, b: KeyRow) => number>> = {
  name: (a, b) => a.name.localeCompare(b.name),
  provider: (a, b) => a.provider.localeCompare(b.provider),
  status: (a, b) => a.state.localeCompare(b.state),
  until: (a, b) => (a.until ?? "").localeCompare(b.until ?? ""),
  used: (a, b) => b.used_24h - a.used_24h,
  failed: (a, b) => b.failed_24h - a.failed_24h,
};

function columns(context: CliContext, paint: ReturnType<typeof paintFor>): readonly Column<KeyRow>[] {
  return [
    ...KEY_NAMES,
    // The masked form is the name of a key that has none of its own.
    { title: "KEY", text: ({ masked, name }) => (name.startsWith(masked) ? "" : masked), dropRank: 4 },
    { title: "PROVIDER", text: ({ provider }) => provider },
    ...keyStates({ now: context.now(), paint }),
    { title: "BUSY", text: ({ in_flight }) => (in_flight === 0 ? "" : String(in_flight)), align: "right", dropRank: 3 },
    { title: "24H", text: ({ used_24h }) => (used_24h === 0 ? "" : String(used_24h)), align: "right", dropRank: 2 },
    { title: "OK", text: successText, align: "right", dropRank: 2 },
    { title: "FROM", text: ({ source }) => source, isFlexible: true, dropRank: 5 },
  ];
}

/** The share of attempts that did not fail. */
function successText({ used_24h, failed_24h }: KeyRow): string {
  if (used_24h === 0) return "";
  // Rounded down: one failure of a thousand is not 100 %.
  return `${Math.floor(((used_24h - failed_24h) / used_24h) * 100)}%`;
}
