// Holds the head of a download until its first byte: an answer that dies before it can be asked for again.
import { type AnswerReader, COMMIT, type ReadStep } from "./answer-reader.ts";
import { type BodyPipe, createDownloadPipe } from "./body-pipe.ts";

export class DownloadHold implements AnswerReader {
  readonly pipe: BodyPipe;
  #first: Uint8Array[] = [];

  constructor(pipe: BodyPipe = createDownloadPipe()) {
    this.pipe = pipe;
  }

  push(bytes: Uint8Array): ReadStep {
    this.#first.push(bytes);
    return COMMIT;
  }

  end(): ReadStep {
    return COMMIT;
  }

  take(): Uint8Array[] {
    const first = this.#first;
    this.#first = [];
    return first;
  }
}
