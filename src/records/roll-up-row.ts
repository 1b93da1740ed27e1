// One row of counts, as it is added to: numbers at fixed places, as the tables name them.
import { CLASSES, classOf } from "./histogram.ts";

/** Where each count stands; the same order as the columns of the table (see storage/records/tables.ts). */
export const PLACE = {
  requests: 0,
  served: 1,
  refused: 2,
  failed: 3,
  gone: 4,
  attempts: 5,
  failedAttempts: 6,
  promptTokens: 7,
  completionTokens: 8,
  cachedTokens: 9,
  reasoningTokens: 10,
  costNanos: 11,
  unpriced: 12,
  bytesIn: 13,
  bytesOut: 14,
} as const;

const DURATION = Object.keys(PLACE).length;
const FIRST_BYTE = DURATION + CLASSES;

/** How many numbers a row has. */
export const ROW_LENGTH: number = FIRST_BYTE + CLASSES;

/** What one request adds to each row that it counts in. */
export interface RequestCounts {
  readonly ending: "served" | "refused" | "failed" | "gone";
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly costNanos: number;
  readonly isUnpriced: boolean;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
  readonly firstByteMs: number | undefined;
}

/** The numbers of one row: of one value of one dimension in one minute. */
export class RollUpRow {
  readonly dimension: string;
  readonly value: string;
  /** The name of a key. */
  label: string;
  readonly counts = new Float64Array(ROW_LENGTH);

  constructor(dimension: string, value: string, label: string) {
    this.dimension = dimension;
    this.value = value;
    this.label = label;
  }

  addRequest(request: RequestCounts): void {
    const { counts } = this;
    add(counts, PLACE.requests, 1);
    add(counts, PLACE[request.ending], 1);
    add(counts, PLACE.promptTokens, request.promptTokens);
    add(counts, PLACE.completionTokens, request.completionTokens);
    add(counts, PLACE.cachedTokens, request.cachedTokens);
    add(counts, PLACE.reasoningTokens, request.reasoningTokens);
    add(counts, PLACE.costNanos, request.costNanos);
    if (request.isUnpriced) add(counts, PLACE.unpriced, 1);
    add(counts, PLACE.bytesIn, request.bytesIn);
    add(counts, PLACE.bytesOut, request.bytesOut);
    add(counts, DURATION + classOf(request.durationMs), 1);
    if (request.firstByteMs !== undefined) add(counts, FIRST_BYTE + classOf(request.firstByteMs), 1);
  }

  addAttempts(attempts: number, failed: number): void {
    add(this.counts, PLACE.attempts, attempts);
    add(this.counts, PLACE.failedAttempts, failed);
  }
}

function add(counts: Float64Array, place: number, amount: number): void {
  counts[place] = (counts[place] ?? 0) + amount;
}
