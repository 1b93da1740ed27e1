// What the inspector asks of a protocol: the meaning of one event's JSON.
import type { Usage } from "../../core/usage.ts";
import type { ParsedError } from "../../upstream/outcome.ts";
import type { JsonObject } from "./json-value.ts";

/** What one event says. `error` may stand beside `end`: a terminator that tells of a failure. */
export interface Reading {
  readonly kind: "preamble" | "output" | "error" | "end";
  readonly error?: ParsedError | undefined;
  /** All that was reported so far. */
  readonly usage?: Usage | undefined;
  /** Objects that the event names: ids, and fingerprints of encrypted content. */
  readonly objectIds?: readonly string[] | undefined;
}

/** Reads the events of one stream in order. */
export interface StreamReader {
  /**
   * The data of an event is output and nothing more, as far as a look at the text can tell, so that it need not be
   * parsed. No too often is only slow; yes where `read` would have found something is wrong. Names are expected in
   * the text as they are, without JSON escapes.
   */
  isPlain(data: string): boolean;
  /** `hasOutput`: an earlier event carried output. Error events have been sorted out before. */
  read(value: JsonObject, hasOutput: boolean): Reading;
  /** The terminator came, other than `[DONE]`. */
  readonly isEnded: boolean;
  /** Whether the end of the connection is not enough, from what has come so far; by default as the protocol says. */
  readonly needsTerminator?: boolean;
}
