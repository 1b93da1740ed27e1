// The pipe of a JSON answer that is too large to be read whole: passed on as it comes, but for a look at its end.
import type { Usage } from "../../core/usage.ts";
import type { TransportEnd } from "../../upstream/transport.ts";
import type { StreamProtocol } from "../stream/protocol.ts";
import { USAGE_TAIL_BYTES, usageInTail } from "../stream/usage-in-tail.ts";
import { type BodyPipe, createDownloadPipe, type PipeEnd } from "./body-pipe.ts";

/** Embeddings of many texts and images are usually larger than what is read whole. */
export class JsonPipe implements BodyPipe {
  readonly said = undefined;
  readonly objectIds: readonly string[];
  readonly #protocol: StreamProtocol;
  readonly #pipe = createDownloadPipe();
  /** Its last bytes; copied, since chunks are the transport's. */
  readonly #tail = new Uint8Array(USAGE_TAIL_BYTES);
  #length = 0;
  #end: PipeEnd | undefined;

  constructor(protocol: StreamProtocol) {
    this.#protocol = protocol;
    this.objectIds = this.#pipe.objectIds;
  }

  /** Undefined until its end. */
  get usage(): Usage | undefined {
    return this.#end?.kind === "complete"
      ? usageInTail(this.#tail.subarray(0, this.#length), this.#protocol)
      : undefined;
  }

  push(bytes: Uint8Array): Uint8Array {
    const last = bytes.subarray(-USAGE_TAIL_BYTES);
    const kept = Math.min(this.#length, USAGE_TAIL_BYTES - last.length);
    this.#tail.copyWithin(0, this.#length - kept, this.#length);
    this.#tail.set(last, kept);
    this.#length = kept + last.length;
    return bytes;
  }

  end(how: TransportEnd | "stalled"): PipeEnd {
    this.#end = this.#pipe.end(how);
    return this.#end;
  }
}
