// Reads an answer that is wanted whole before commit: JSON, small files, and errors of any type.
import { parseErrorBody } from "../../upstream/parse-error.ts";
import { countLeadingBlanks } from "../body/json-scan.ts";
import { inspectAnswer } from "../stream/answer.ts";
import { GATE_LIMITS } from "../stream/commit-gate.ts";
import type { StreamProtocol } from "../stream/protocol.ts";
import { startOf } from "../stream/said.ts";
import { isHtml } from "./answer-form.ts";
import { type AnswerHead, failureOf } from "./answer-head.ts";
import { type AnswerReader, COMMIT, HOLD, joined, type ReadStep } from "./answer-reader.ts";
import { type BodyPipe, createDownloadPipe } from "./body-pipe.ts";
import { JsonPipe } from "./json-pipe.ts";

/** Answers up to this size are read whole before commit; error bodies never beyond it. */
export const MAX_WHOLE_BYTES = 8 * 1024 * 1024;

export interface WholeFacts {
  readonly form: "whole" | "file" | "error";
  /** See `AttemptInput`; false for what can have no body. */
  readonly judgesBody: boolean;
  readonly protocol: StreamProtocol;
}

/** Blank lines that a provider sends before a slow answer are held for as long as a stream's comments. */
export class WholeReader implements AnswerReader {
  readonly #head: AnswerHead;
  readonly #facts: WholeFacts;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #isBlank = true;
  #blankUntil: number | undefined;

  constructor(head: AnswerHead, facts: WholeFacts) {
    this.#head = head;
    this.#facts = facts;
  }

  get pipe(): BodyPipe {
    return this.#facts.form === "whole" ? new JsonPipe(this.#facts.protocol) : createDownloadPipe();
  }

  push(bytes: Uint8Array, now: number): ReadStep {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    if (this.#facts.form === "error") return this.#size > MAX_WHOLE_BYTES ? this.#tooLarge() : HOLD;
    if (this.#size > MAX_WHOLE_BYTES) return COMMIT;
    if (!this.#isBlank) return HOLD;
    this.#isBlank = countLeadingBlanks(bytes) === bytes.length;
    if (!this.#isBlank) return HOLD;
    this.#blankUntil ??= now + GATE_LIMITS.commentMs;
    return { kind: "hold", until: this.#blankUntil };
  }

  end(): ReadStep {
    const { status, headers } = this.#head;
    const body = joined(this.#chunks);
    const answer = { status, headers, body };
    const { form, judgesBody, protocol } = this.#facts;
    if (form === "file") return { kind: "whole", head: this.#head, answer, usage: undefined };
    if (form === "error") {
      const error = parseErrorBody(body);
      return { kind: "failed", outcome: failureOf(this.#head, { error, isHtml: isHtml(headers, body) }), answer };
    }
    if (judgesBody && isHtml(headers, body)) {
      return { kind: "failed", outcome: failureOf(this.#head, { isHtml: true }), answer };
    }
    const facts = inspectAnswer(body, protocol);
    if (!judgesBody) return { kind: "whole", head: this.#head, answer, usage: facts.usage };
    if (facts.error !== undefined) {
      return { kind: "failed", outcome: failureOf(this.#head, { inside: true, error: facts.error }), answer };
    }
    const cause = facts.isWhole ? undefined : this.#faultOf(body);
    if (cause !== undefined) return { kind: "failed", outcome: { kind: "maybe-executed", cause }, answer: undefined };
    return { kind: "whole", head: this.#head, answer, usage: facts.usage };
  }

  take(): Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }

  // Its status is known, and says more than a lost connection would.
  #tooLarge(): ReadStep {
    const said = startOf(joined(this.#chunks));
    return { kind: "failed", outcome: failureOf(this.#head, {}), answer: undefined, said };
  }

  /** An answer that ends with its connection may have been cut without anybody noticing. */
  #faultOf(body: Uint8Array): string | undefined {
    if (this.#isBlank) return "empty_answer";
    return isCutOff(body) ? "cut_answer" : undefined;
  }
}

const OPENINGS: ReadonlyMap<string, string> = new Map([
  ["{", "}"],
  ["[", "]"],
]);

/** It begins as JSON and does not end so; other text under a wrong type passes. */
function isCutOff(body: Uint8Array): boolean {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const closing = OPENINGS.get(text.toString("latin1", 0, 64).trimStart().charAt(0));
  return (
    closing !== undefined &&
    !text
      .toString("latin1", Math.max(0, text.length - 64))
      .trimEnd()
      .endsWith(closing)
  );
}
