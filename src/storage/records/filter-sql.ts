// Filters of request records as SQL: the condition of a row, and the indexes through which its rows are found.
import type { Database } from "bun:sqlite";
import type { RecordFilter } from "../../records/record-filter.ts";
import type { SeqRange } from "../../records/seq-range.ts";
import { parseStatusPattern } from "../log-filter.ts";

export type Values = Record<string, string | number>;

/** Where rows are looked for. */
export interface Search {
  readonly filter: RecordFilter;
  readonly range: SeqRange;
  readonly isDescending: boolean;
}

/** An index, and what is looked for in it; it gives rows in their order. */
interface Arm {
  readonly from: string;
  readonly where: string;
}

/** What has all rows that could match. */
export interface Source {
  readonly arms: readonly Arm[];
  readonly values: Values;
  /** There is no index: every row is looked at, which costs little for each. */
  readonly isScan: boolean;
}

const EVERYTHING: Source = { arms: [{ from: "requests NOT INDEXED", where: "TRUE" }], values: {}, isScan: true };
/** As the partial index has it. */
const NOT_OK = "(status IS NOT 200 OR is_failure = 1)";
const OK = 200;
/** Most requests are of this operation, so that they are found without an index, which is for all others. */
const USUAL = "chat/completions";
/** So many rows are counted off to learn which of several indexes finds fewer. */
const TRIED = 1_000;
/** Each has two parts of a query, which has 500 at most (sqlite.org/limits.html). */
const MOST_KEYS = 100;

/** What a person may look for without knowing what it is. */
const TEXTS_OF_REQUEST = [
  ...["id", "trace_id", "client", "route", "operation", "model", "upstream_model", "provider", "key_id", "key_name"],
  ...["outcome", "error_code"],
];
const TEXTS_OF_ATTEMPT = ["provider", "key_id", "key_name", "model", "outcome", "reason", "message", "text"];

/** What a row of `requests`, named `r`, must meet; all of the filter but its times. */
export function conditionOf(filter: RecordFilter): { readonly sql: string; readonly values: Values } {
  const { errors, status, provider, key, model, token, operation, id, end, outcome, minMs, minAttempts, text } = filter;
  const conditions = [
    ...(errors === true ? ["(r.is_failure = 1 OR r.status >= 400)"] : []),
    ...(status === undefined ? [] : ["r.status BETWEEN $statusFrom AND $statusTo"]),
    ...(provider === undefined ? [] : [ofAnyAttempt("provider", "$provider")]),
    ...(key === undefined ? [] : [`(${ofAnyAttempt("key_id", "$key")} OR ${ofAnyAttempt("key_name", "$key")})`]),
    ...(model === undefined ? [] : ["(r.model = $model OR r.upstream_model = $model)"]),
    ...(token === undefined ? [] : ["r.client = $token"]),
    ...(operation === undefined ? [] : ["r.operation = $operation"]),
    ...(id === undefined ? [] : ["(r.id = $id OR r.trace_id = $id)"]),
    ...(end === undefined ? [] : ["r.ending = $end"]),
    ...(outcome === undefined ? [] : [`(r.error_code = $outcome OR ${ofAnyAttempt("outcome", "$outcome")})`]),
    ...(minMs === undefined ? [] : ["r.ended_at - r.received_at >= $minMs"]),
    ...(minAttempts === undefined ? [] : ["r.attempts >= $minAttempts"]),
    ...(text === undefined ? [] : [hasText()]),
  ];
  const values = present({
    $provider: provider,
    $key: key,
    $model: model,
    $token: token,
    $operation: operation,
    $id: id,
    $end: end,
    $outcome: outcome,
    $minMs: minMs,
    $minAttempts: minAttempts,
    $text: text === undefined ? undefined : likeText(text),
  });
  return {
    sql: conditions.length === 0 ? "TRUE" : conditions.join(" AND "),
    values: status === undefined ? values : { ...values, ...statusValues(status) },
  };
}

/** Whatever has this text in it, as LIKE with a backslash as escape takes it. */
export function likeText(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}

/** Among all indexes that would do, the one that finds the fewest rows of late. */
export function sourceOf(database: Database, search: Search): Source {
  const [first = EVERYTHING, ...others] = sourcesOf(database, search.filter);
  let best = first;
  let reach = others.length === 0 ? 0 : reachOf(database, first, search);
  for (const source of others) {
    const other = reachOf(database, source, search);
    if (other > reach) [best, reach] = [source, other];
  }
  return best;
}

/** Selects the places that a source has in the range, in order. */
export function selectSeqs({ arms }: Pick<Source, "arms">, isDescending: boolean): string {
  const parts = arms.map(({ from, where }) => `SELECT seq FROM ${from} WHERE ${where} AND seq >= $low AND seq < $high`);
  return `${parts.join(" UNION ")} ORDER BY seq ${isDescending ? "DESC" : "ASC"}`;
}

/** The place of the `count`th row of a source in the order of the search; undefined where there are fewer. */
export function edgeOf(
  database: Database,
  source: Source,
  { range, isDescending, count }: Omit<Search, "filter"> & { readonly count: number },
): number | undefined {
  const sql = `${selectSeqs(source, isDescending)} LIMIT 1 OFFSET $skipped`;
  const values = { ...source.values, $low: range.low, $high: range.high, $skipped: count - 1 };
  return database.query<{ seq: number }, Values>(sql).get(values)?.seq;
}

/** How far back it must go for as many rows as the others: the farther the fewer it has. */
function reachOf(database: Database, source: Source, { range, isDescending }: Search): number {
  const edge = edgeOf(database, source, { range, isDescending, count: TRIED });
  if (edge === undefined) return Number.POSITIVE_INFINITY;
  return isDescending ? -edge : edge;
}

function sourcesOf(database: Database, filter: RecordFilter): readonly Source[] {
  const { errors, status, provider, key, model, token, operation, id } = filter;
  if (id !== undefined) return [found({ requests_id: "id = $id", requests_trace: "trace_id = $id" }, { $id: id })];
  const isRare = errors === true || (status !== undefined && !includesOk(status));
  return [
    ...(isRare ? [found({ requests_not_ok: notOk(filter) }, status === undefined ? {} : statusValues(status))] : []),
    ...(key === undefined ? [] : keySources(database, key)),
    ...(token === undefined ? [] : [found({ requests_client: "client = $token" }, { $token: token })]),
    ...(model === undefined ? [] : [found(MODEL_ARMS, { $model: model })]),
    ...(operation === undefined || operation === USUAL ? [] : [found(OPERATION_ARM, { $operation: operation })]),
    ...(provider === undefined ? [] : [found(PROVIDER_ARMS, { $provider: provider })]),
  ];
}

const OPERATION_ARM = { requests_operation: `operation = $operation AND operation <> '${USUAL}'` };
const MODEL_ARMS = { requests_model: "model = $model", requests_upstream_model: "upstream_model = $model" };
const PROVIDER_ARMS = { requests_provider: "provider = $provider", attempts_provider: "provider = $provider" };

function found(arms: Readonly<Record<string, string>>, values: Values): Source {
  return { arms: Object.entries(arms).map(([index, where]) => armOf(index, where)), values, isScan: false };
}

function armOf(index: string, where: string): Arm {
  const [table] = index.split("_");
  return { from: `${table} INDEXED BY ${index}`, where };
}

/** A name may have been that of several keys; of more than SQLite has room for, other indexes or a scan find them. */
function keySources(database: Database, key: string): readonly Source[] {
  const ids = idsOfKey(database, key);
  if (ids.length > MOST_KEYS) return [];
  const arms = ids.flatMap((_, at) => [
    armOf("requests_key", `key_id = $keyId${at}`),
    armOf("attempts_key", `key_id = $keyId${at}`),
  ]);
  return [{ arms, values: Object.fromEntries(ids.map((id, at) => [`$keyId${at}`, id])), isScan: false }];
}

/** The key with that id, and those that had that name. */
export function idsOfKey(database: Database, key: string): readonly string[] {
  const named = database.query<{ key_id: string }, [string]>("SELECT key_id FROM key_names WHERE key_name = ?");
  return [...new Set([key, ...named.all(key).map(({ key_id: id }) => id)])];
}

function notOk({ errors, status }: RecordFilter): string {
  const isError = errors === true ? " AND (is_failure = 1 OR status >= 400)" : "";
  return `${NOT_OK}${isError}${status === undefined ? "" : " AND status BETWEEN $statusFrom AND $statusTo"}`;
}

function includesOk(status: string): boolean {
  const { $statusFrom, $statusTo } = statusValues(status);
  return $statusFrom <= OK && OK <= $statusTo;
}

/** Nothing matches a status that is none. */
function statusValues(status: string) {
  const { from, to } = parseStatusPattern(status) ?? { from: 1, to: 0 };
  return { $statusFrom: from, $statusTo: to };
}

function ofAnyAttempt(column: string, value: string): string {
  return `(r.${column} = ${value} OR EXISTS (SELECT 1 FROM attempts a WHERE a.seq = r.seq AND a.${column} = ${value}))`;
}

/** All in one text, so that there is one search through it. */
function hasText(): string {
  const texts = (row: string, columns: readonly string[]) =>
    `concat_ws(char(10), ${columns.map((column) => `${row}.${column}`).join(", ")}) LIKE $text ESCAPE '\\'`;
  const ofAttempt = `SELECT 1 FROM attempts a WHERE a.seq = r.seq AND ${texts("a", TEXTS_OF_ATTEMPT)}`;
  return `(${texts("r", TEXTS_OF_REQUEST)} OR EXISTS (${ofAttempt}))`;
}

function present(values: Readonly<Record<string, string | number | undefined>>): Values {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}
