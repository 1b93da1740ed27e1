// Reads the HTTP answer to an opening handshake: its head, and the body of a refusal.
import type { HeaderList } from "../transport.ts";
import { BodyEnd } from "./body-end.ts";
import { type AnswerHeadText, headerValue, listOf } from "./handshake.ts";

/**
 * `open`: a 101, with the bytes behind it. `refused`: a complete other answer; `body`: its first 64 KiB, without its
 * framing. `fault`: no HTTP answer.
 */
export type AnswerStep =
  | { readonly kind: "more" }
  | { readonly kind: "open"; readonly head: AnswerHeadText; readonly rest: Buffer }
  | { readonly kind: "refused"; readonly head: AnswerHeadText; readonly body: Buffer }
  | { readonly kind: "fault" };

const MAX_HEAD_BYTES = 64 * 1024;
const HEAD_END = "\r\n\r\n";
/** RFC 9112 section 4. */
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: |$)/;
/** RFC 9110 section 5.6.2. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const MORE: AnswerStep = { kind: "more" };
const FAULT: AnswerStep = { kind: "fault" };

/** Feed it chunks in order until it says something else than `more`. */
export class AnswerReader {
  #head: AnswerHeadText | undefined;
  #pending: Buffer = Buffer.alloc(0);
  #body: BodyEnd | undefined;

  push(chunk: Buffer): AnswerStep {
    if (this.#head !== undefined) return this.#readBody(this.#head, chunk);
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    return this.#readHead();
  }

  /** The connection ended. */
  end(): AnswerStep {
    if (this.#head === undefined || this.#body === undefined) return FAULT;
    return this.#body.endsWithConnection ? this.#refused(this.#head, this.#body) : FAULT;
  }

  #readHead(): AnswerStep {
    const end = this.#pending.indexOf(HEAD_END);
    if (end < 0) return this.#pending.length > MAX_HEAD_BYTES ? FAULT : MORE;
    const head = parseHead(this.#pending.toString("latin1", 0, end));
    const rest = this.#pending.subarray(end + HEAD_END.length);
    this.#pending = rest;
    if (head === undefined) return FAULT;
    if (head.status === 101) return { kind: "open", head, rest };
    // Others of this class are interim, and the answer follows (RFC 9110 section 15.2).
    if (head.status < 200) return this.#readHead();
    this.#head = head;
    this.#body = bodyOf(head);
    return this.#readBody(head, rest);
  }

  #readBody(head: AnswerHeadText, chunk: Buffer): AnswerStep {
    const body = this.#body;
    if (body === undefined) return FAULT;
    body.push(chunk);
    if (body.isFaulty) return FAULT;
    return body.isComplete ? this.#refused(head, body) : MORE;
  }

  #refused(head: AnswerHeadText, body: BodyEnd): AnswerStep {
    return { kind: "refused", head, body: body.take() };
  }
}

function bodyOf({ status, headers }: AnswerHeadText): BodyEnd {
  if (status === 204 || status === 304) return new BodyEnd({ kind: "length", bytes: 0 });
  const coding = headerValue(headers, "transfer-encoding");
  if (coding !== undefined) {
    return new BodyEnd({ kind: listOf(coding).at(-1)?.toLowerCase() === "chunked" ? "chunked" : "connection" });
  }
  const length = headerValue(headers, "content-length");
  if (length === undefined) return new BodyEnd({ kind: "connection" });
  return new BodyEnd(/^\d{1,15}$/.test(length) ? { kind: "length", bytes: Number(length) } : { kind: "faulty" });
}

function parseHead(text: string): AnswerHeadText | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const status = STATUS_LINE.exec(first)?.[1];
  const headers = headerList(lines);
  return status === undefined || headers === undefined ? undefined : { status: Number(status), headers };
}

function headerList(lines: readonly string[]): HeaderList | undefined {
  const list: (readonly [string, string])[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    if (!TOKEN.test(name)) return undefined;
    list.push([name.toLowerCase(), line.slice(colon + 1).trim()]);
  }
  return list;
}
