// Batches as they come to the thread of the database.
import {
  ATTEMPT_NUMBERS,
  ATTEMPT_TEXTS,
  REQUEST_NUMBERS,
  REQUEST_TEXTS,
} from "../../../src/storage/records/columns.ts";
import { NO_ROWS } from "../../../src/storage/records/packed-rows.ts";
import type { RecordBatch } from "../../../src/storage/records/record-batch.ts";

export interface PlainRow {
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
}

export const EMPTY: RecordBatch = {
  requests: NO_ROWS,
  attempts: NO_ROWS,
  bodies: NO_ROWS,
  rollUps: NO_ROWS,
  faults: NO_ROWS,
};

const TEXTS: Readonly<Record<string, string>> = {
  method: "POST",
  route: "/v1/chat/completions",
  operation: "chat/completions",
  provider: "main",
  key_id: "0123456789ab",
  key_name: "first",
  ending: "ok",
  outcome: "ok",
};

/** One that was served; `endedAt`: wall-clock milliseconds. */
export function requestRow(id: string, endedAt: number): PlainRow {
  const numbers: Readonly<Record<string, number>> = {
    received_at: endedAt - 5,
    ended_at: endedAt,
    status: 200,
    weight: 1,
  };
  return {
    texts: REQUEST_TEXTS.map((name) => (name === "id" ? id : (TEXTS[name] ?? ""))),
    numbers: REQUEST_NUMBERS.map((name) => numbers[name] ?? 0),
  };
}

/** One of the request at that place of its batch; what is not given is not known. */
export function attemptRow(place: number, given: Readonly<Record<string, string | number>>): PlainRow {
  return {
    texts: ATTEMPT_TEXTS.map((name) => String(given[name] ?? "")),
    numbers: [place, ...ATTEMPT_NUMBERS.map((name) => Number(given[name] ?? Number.NaN))],
  };
}

export function batchOf(rows: readonly PlainRow[]): RecordBatch {
  return {
    ...EMPTY,
    requests: {
      texts: rows.map(({ texts }) => JSON.stringify(texts)).join("\n"),
      numbers: Float64Array.from(rows.flatMap(({ numbers }) => numbers)),
    },
  };
}
