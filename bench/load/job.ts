// What a load process is asked to do and what it reports, both as one line of JSON.

interface Target {
  readonly url: string;
  /** File with the authority to trust, for an https URL. */
  readonly ca?: string;
}

export interface JsonJob extends Target {
  readonly kind: "json";
  /** Each sends its next request when the answer to the last one is complete. */
  readonly connections: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
}

export interface StreamsJob extends Target {
  readonly kind: "streams";
  /** All are started at once, on connections that are open already. */
  readonly streams: number;
}

export type LoadJob = JsonJob | StreamsJob;

/** Answers that were not a 200 with the expected bytes, and connections that broke. */
interface Failures {
  readonly failures: number;
  readonly firstFailure: string | undefined;
}

export interface JsonResult extends Failures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** All good answers, those of the warm-up included. */
  readonly answers: number;
}

export interface StreamsResult extends Failures {
  /** From the request to the first chunk. */
  readonly firstP50Ms: number;
  readonly firstP99Ms: number;
  /** From the upstream's write of a chunk to its arrival, without the first ones. */
  readonly chunkP50Ms: number;
  readonly chunkP99Ms: number;
}
