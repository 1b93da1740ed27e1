// One step of a list of request records: looks at a bounded number of rows, and says how far it came.
import type { Database } from "bun:sqlite";
import type { RequestRecord } from "../../records/record.ts";
import type { Standing, ValueSort } from "../../records/record-order.ts";
import { rangeTo } from "../../records/seq-range.ts";
import { conditionOf, edgeOf, type Search, type Source, selectSeqs, sourceOf, type Values } from "./filter-sql.ts";
import { type RequestRow, recordOf } from "./record-row.ts";

/** `step`: how many steps of the same list there were before: each looks at more rows, up to what takes some 20 ms. */
export interface PageQuestion extends Search {
  readonly limit: number;
  readonly step: number;
}

/** `edge`: the place up to which everything was looked at; undefined where nothing is left. */
export interface PageAnswer {
  readonly records: readonly RequestRecord[];
  readonly edge: number | undefined;
}

export interface StandingsAnswer {
  readonly standings: readonly Standing[];
  readonly edge: number | undefined;
}

export interface PlacesAnswer {
  readonly seqs: readonly number[];
  readonly edge: number | undefined;
}

export interface CountAnswer {
  readonly count: number;
  readonly edge: number | undefined;
}

/** `isDescending` is that of time, in which the steps go; `order` that of the values. */
export interface SortedQuestion extends PageQuestion {
  readonly sort: ValueSort;
  readonly order: "asc" | "desc";
  /** The end of an earlier page: only what comes after it. */
  readonly after: Standing | undefined;
  /** The last one of a page that is full: only what comes before it. */
  readonly before: Standing | undefined;
}

const FEWEST = 100;
const GROWTH = 4;
/** Measured with 2 million rows: some 10 ms, whether rows are found one by one or all are looked at. */
const MOST_FOUND = 4_000;
const MOST_SCANNED = 100_000;
/** Where texts, and those of attempts, have to be looked at. */
const MOST_SEARCHED = 15_000;

const VALUES: Readonly<Record<ValueSort, string>> = {
  duration: "r.ended_at - r.received_at",
  tokens: "coalesce(r.prompt_tokens + r.completion_tokens, r.prompt_tokens, r.completion_tokens, -1)",
  cost: "coalesce(r.cost_nanos, -1)",
};

/** What matches, in the order of time. */
export function pageOf(database: Database, question: PageQuestion): PageAnswer {
  const { isDescending, limit } = question;
  const { edge, source, search } = stepOf(database, question);
  const order = `ORDER BY r.seq ${isDescending ? "DESC" : "ASC"}`;
  const tail = `${order} LIMIT $limit`;
  const selection = { columns: "r.*", search, tail, values: { $limit: limit } };
  const rows = select<RequestRow>(database, source, selection);
  // A page that is full may have more rows behind it than the step looked at.
  const last = rows.length < limit ? undefined : rows.at(-1)?.seq;
  return { records: rows.map(recordOf), edge: last ?? edge };
}

/** Of what matches and was looked at, where those stand that come first in the order of a value. */
export function standingsOf(database: Database, question: SortedQuestion): StandingsAnswer {
  const { sort, order, after, before, limit } = question;
  const { edge, source, search } = stepOf(database, question);
  const value = VALUES[sort];
  const [comesAfter, comesBefore] = order === "desc" ? ["<", ">"] : [">", "<"];
  const bounds = [
    ...(after === undefined ? [] : [`AND (${value}, r.seq) ${comesAfter} ($afterValue, $afterSeq)`]),
    ...(before === undefined ? [] : [`AND (${value}, r.seq) ${comesBefore} ($beforeValue, $beforeSeq)`]),
  ];
  const values = {
    $limit: limit,
    ...(after && { $afterValue: after.value, $afterSeq: after.seq }),
    ...(before && { $beforeValue: before.value, $beforeSeq: before.seq }),
  };
  const tail = `${bounds.join(" ")} ORDER BY ${value} ${order}, r.seq ${order} LIMIT $limit`;
  const columns = `${value} AS value, r.seq AS seq`;
  return { standings: select<Standing>(database, source, { columns, search, tail, values }), edge };
}

/** Where the requests are that match, in the order of time. */
export function placesOf(database: Database, question: PageQuestion): PlacesAnswer {
  const { isDescending, limit } = question;
  const { edge, source, search } = stepOf(database, question);
  const tail = `ORDER BY r.seq ${isDescending ? "DESC" : "ASC"} LIMIT $limit`;
  const selection = { columns: "r.seq AS seq", search, tail, values: { $limit: limit } };
  const seqs = select<{ readonly seq: number }>(database, source, selection).map(({ seq }) => seq);
  return { seqs, edge: (seqs.length < limit ? undefined : seqs.at(-1)) ?? edge };
}

/** How many match. `limit` of the question: as many are looked at in the first step. */
export function countOf(database: Database, question: PageQuestion): CountAnswer {
  const { edge, source, search } = stepOf(database, question);
  const selection = { columns: "count(*) AS count", search, tail: "", values: {} };
  const [row] = select<{ readonly count: number }>(database, source, selection);
  return { count: row?.count ?? 0, edge };
}

/** Those of the requests that are still there, in the order of their places that were asked for. */
export function recordsAt(database: Database, seqs: readonly number[]): readonly RequestRecord[] {
  const row = database.query<RequestRow, [number]>("SELECT * FROM requests WHERE seq = ?");
  return seqs.flatMap((seq) => row.get(seq) ?? []).map(recordOf);
}

/** What a step looks at. `edge`: undefined where that is all there is. */
function stepOf(database: Database, question: PageQuestion) {
  const { filter, range, isDescending, limit, step } = question;
  const source = sourceOf(database, question);
  const isSlow = filter.text !== undefined || filter.outcome !== undefined;
  const most = source.isScan ? (isSlow ? MOST_SEARCHED : MOST_SCANNED) : MOST_FOUND;
  const count = Math.min(most, Math.max(FEWEST, limit) * GROWTH ** step);
  const edge = edgeOf(database, source, { range, isDescending, count });
  const part = edge === undefined ? range : rangeTo(range, edge, isDescending);
  return { edge, source, search: { filter, range: part, isDescending } };
}

function select<Row>(database: Database, source: Source, { columns, search, tail, values }: Selection): readonly Row[] {
  const { filter, range, isDescending } = search;
  const condition = conditionOf(filter);
  // SQLite would else choose by what it guesses of the content.
  const rows = source.isScan
    ? "requests r NOT INDEXED WHERE r.seq >= $low AND r.seq < $high AND"
    : `(${selectSeqs(source, isDescending)} LIMIT -1) found CROSS JOIN requests r ON r.seq = found.seq WHERE`;
  const all = { ...source.values, ...condition.values, ...values, $low: range.low, $high: range.high };
  return database.query<Row, Values>(`SELECT ${columns} FROM ${rows} ${condition.sql} ${tail}`).all(all);
}

interface Selection {
  readonly columns: string;
  readonly search: Search;
  readonly tail: string;
  readonly values: Values;
}
