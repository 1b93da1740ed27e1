// Streams of speech, transcripts and images.
import type { JsonObject } from "./json-value.ts";
import { leadingType } from "./leading-type.ts";
import type { Reading, StreamReader } from "./stream-reader.ts";
import { readOpenAiUsage } from "./usage-report.ts";

/** A piece, after which more must come. Source: the event types of the official SDK (audio, images) and of its guides. */
const PIECES: ReadonlySet<unknown> = new Set([
  "speech.audio.delta",
  "transcript.text.delta",
  "transcript.text.segment",
  "image_generation.partial_image",
  "image_edit.partial_image",
]);

/** Nothing follows. */
const ENDS: ReadonlySet<unknown> = new Set(["speech.audio.done", "transcript.text.done"]);

/** One of `n` images is there: only the end of the connection tells whether it was the last. */
const IMAGES: ReadonlySet<unknown> = new Set(["image_generation.completed", "image_edit.completed"]);

/** A terminator is asked for once a piece has come: other providers end such streams without any word. */
export function createMediaReader(): StreamReader {
  return new MediaReader();
}

class MediaReader implements StreamReader {
  #hasPiece = false;
  #isEnded = false;

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get needsTerminator(): boolean {
    return this.#hasPiece && !this.#isEnded;
  }

  isPlain(data: string): boolean {
    return this.#hasPiece && PIECES.has(leadingType(data)) && !/"(?:error|usage)"/.test(data);
  }

  read({ type, usage: reported }: JsonObject): Reading {
    const usage = readOpenAiUsage(reported);
    if (PIECES.has(type)) this.#hasPiece = true;
    else if (IMAGES.has(type)) this.#hasPiece = false;
    this.#isEnded ||= ENDS.has(type);
    return { kind: ENDS.has(type) ? "end" : "output", usage };
  }
}
