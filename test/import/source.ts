// Sources of imports as tests write them.
import type { ImportKind, ImportPlan } from "../../src/import/import-plan.ts";
import { type ImportSource, type Row, textSource } from "../../src/import/import-source.ts";
import { readPlan } from "../../src/import/read-plan.ts";

export const json = (value: unknown): ImportSource => textSource(JSON.stringify(value, null, 2));

export function tables(
  rows: Readonly<Record<string, readonly Row[]>>,
  counts: Readonly<Record<string, number>> = {},
): ImportSource {
  return {
    form: "tables",
    tables: { rows: new Map(Object.entries(rows)), counts: new Map(Object.entries(counts)) },
  };
}

/** The plan of a file, by its content alone unless `from` is given. */
export function planOf(
  source: ImportSource | string,
  more: {
    readonly from?: ImportKind;
    readonly env?: Readonly<Record<string, string>>;
    readonly provider?: string;
  } = {},
): ImportPlan {
  const given = typeof source === "string" ? textSource(source) : source;
  return readPlan(given, more.from, { env: more.env ?? {}, provider: more.provider });
}

export function settingsOf({ settings }: ImportPlan): Readonly<Record<string, unknown>> {
  return Object.fromEntries(settings.map(({ path, value }) => [path.join("."), value]));
}

export function leftOut({ notCarried }: ImportPlan): readonly string[] {
  return notCarried.map(({ what }) => what);
}
