// What stands between the upstream's bytes and the client's: nothing for downloads, whole events for streams.
import type { Usage } from "../../core/usage.ts";
import type { TransportEnd } from "../../upstream/transport.ts";

/**
 * How a live answer ended. `tail`: bytes that still go to the client, of a broken stream its error event; a broken
 * answer without one must end in a broken connection, so that the client does not take it for whole.
 */
export type PipeEnd =
  | { readonly kind: "complete"; readonly tail: Uint8Array | undefined }
  | {
      readonly kind: "broken";
      readonly cause: string;
      readonly isStalled: boolean;
      readonly tail: Uint8Array | undefined;
    };

/** A reducer over the bytes of one answer. */
export interface BodyPipe {
  /** Takes bytes as they came; returns those that may go on now. */
  push(bytes: Uint8Array): Uint8Array | undefined;
  /** Called once; `stalled` where the idle time ran out. */
  end(how: TransportEnd | "stalled"): PipeEnd;
  readonly usage: Usage | undefined;
  /** The beginning of the error that the provider sent within its answer. */
  readonly said: Uint8Array | undefined;
  /** The ids of the objects that the answer has named so far; only ever longer. */
  readonly objectIds: readonly string[];
}

const NO_IDS: readonly string[] = [];

/** Passes everything on as it comes; it fails only with the connection. */
export function createDownloadPipe(): BodyPipe {
  return {
    push: (bytes) => bytes,
    end(how) {
      if (how === "stalled") return { kind: "broken", cause: "stream_idle", isStalled: true, tail: undefined };
      if (how.kind === "complete") return { kind: "complete", tail: undefined };
      return { kind: "broken", cause: how.cause, isStalled: false, tail: undefined };
    },
    usage: undefined,
    said: undefined,
    objectIds: NO_IDS,
  };
}
