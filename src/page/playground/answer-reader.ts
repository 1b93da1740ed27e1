// Reads the answer to a chat completion as it comes: events, one JSON object, or whatever else a provider sends.

/** What is there so far. */
export interface ReadAnswer {
  readonly text: string;
  /** What a model says it thought before. */
  readonly reasoning: string;
  readonly finishReason: string | undefined;
  readonly error: AnswerError | undefined;
}

export interface AnswerError {
  readonly code: string | undefined;
  readonly message: string;
}

/** Of what is neither in the shape of OpenAI's API, as much is shown. */
const MOST_RAW = 2_000;

export class AnswerReader {
  /** What no event has ended yet; of an answer that is one object, all of it. */
  #rest = "";
  #isEvents: boolean | undefined;
  readonly #text: string[] = [];
  readonly #reasoning: string[] = [];
  #finishReason: string | undefined;
  #error: AnswerError | undefined;

  /** Says whether there is more to show. */
  push(piece: string): boolean {
    this.#rest += piece;
    this.#isEvents ??= looksLikeEvents(this.#rest);
    if (this.#isEvents !== true) return false;
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    let isMore = false;
    for (const line of lines) isMore = this.#takeLine(line) || isMore;
    return isMore;
  }

  /** Nothing more comes. `isError`: its status says so. */
  end(isError: boolean): void {
    const rest = this.#rest;
    this.#rest = "";
    if (this.#isEvents === true) this.#takeLine(rest);
    else this.#takeObject(rest, isError);
  }

  get answer(): ReadAnswer {
    return {
      text: joined(this.#text),
      reasoning: joined(this.#reasoning),
      finishReason: this.#finishReason,
      error: this.#error,
    };
  }

  #takeLine(line: string): boolean {
    const data = /^data: ?(.*)$/s.exec(line)?.[1];
    if (data === undefined || data === "[DONE]") return false;
    const value = parsed(data);
    return value !== undefined && this.#take(value, "delta");
  }

  #takeObject(text: string, isError: boolean): void {
    const value = parsed(text);
    if (value !== undefined) this.#take(value, "message");
    const isNothing = this.#error === undefined && this.#text.length === 0;
    if (isNothing && (isError || value === undefined) && text !== "")
      this.#error = { code: undefined, message: text.slice(0, MOST_RAW) };
  }

  #take(value: unknown, place: "delta" | "message"): boolean {
    const error = errorIn(value);
    if (error !== undefined) this.#error ??= error;
    const choice = firstOf(field(value, "choices"));
    const said = field(choice, place);
    const before = this.#text.length + this.#reasoning.length;
    keep(field(said, "content"), this.#text);
    keep(field(said, "refusal"), this.#text);
    keep(field(said, "reasoning_content") ?? field(said, "reasoning"), this.#reasoning);
    const reason = field(choice, "finish_reason");
    if (typeof reason === "string") this.#finishReason = reason;
    return error !== undefined || this.#text.length + this.#reasoning.length > before;
  }
}

/** Undefined while only spaces have come. */
function looksLikeEvents(text: string): boolean | undefined {
  const first = /\S/.exec(text)?.[0];
  return first === undefined ? undefined : first !== "{" && first !== "[" && first !== "<";
}

function keep(value: unknown, list: string[]): void {
  if (typeof value === "string" && value !== "") list.push(value);
  // Some answer with parts.
  if (Array.isArray(value)) for (const part of value) keep(field(part, "text"), list);
}

/** One text from now on, so that a long answer is not joined anew each time from its first word. */
function joined(list: string[]): string {
  if (list.length > 1) list.splice(0, list.length, list.join(""));
  return list[0] ?? "";
}

/** As OpenAI, and most of those who copy it, say it; some say only a text. */
function errorIn(value: unknown): AnswerError | undefined {
  const error = field(value, "error");
  if (typeof error === "string") return { code: undefined, message: error };
  const message = field(error, "message") ?? field(value, "message");
  if (typeof message !== "string") return undefined;
  const code = field(error, "code") ?? field(error, "type") ?? field(value, "code");
  return { code: typeof code === "string" || typeof code === "number" ? String(code) : undefined, message };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
