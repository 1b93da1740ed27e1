// Which names were asked for, or served, of late.
import type { Database } from "bun:sqlite";
import { HOUR_MS } from "../../records/period-span.ts";
import type { ValuesQuestion } from "../../records/record-filter.ts";
import { NONE, OTHER } from "../../records/roll-up-book.ts";
import { likeText } from "./filter-sql.ts";

/** Those with most requests first. */
export function recentValues(database: Database, question: ValuesQuestion): readonly string[] {
  const { dimension, from, text, limit } = question;
  const rows = database.query<{ readonly value: string }, Record<string, string | number>>(
    `SELECT value, sum(requests) AS requests FROM roll_ups
    WHERE width = $width AND dimension = $dimension AND bucket >= $from AND value NOT IN ('${NONE}', '${OTHER}') AND value LIKE $text ESCAPE '\\'
    GROUP BY value ORDER BY requests DESC, value LIMIT $limit`,
  );
  const values = { $width: HOUR_MS, $dimension: dimension, $from: from, $text: likeText(text), $limit: limit };
  return rows.all(values).map(({ value }) => value);
}
