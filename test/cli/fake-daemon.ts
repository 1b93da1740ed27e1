// A daemon that only answers control operations, with what a test tells it to, over a real control socket.
import type { ApiError } from "../../src/admin/api-handler.ts";
import type { InputOf, OperationName, OutputOf } from "../../src/admin/operation-table.ts";

/** What an operation answers: a value, the items of a stream, or what makes one of the input. */
export type Answers = {
  readonly [Name in OperationName]?: Answer<Name>;
};

type Answer<Name extends OperationName> =
  | OutputOf<Name>
  | readonly OutputOf<Name>[]
  | Refusal
  | Hang
  | ((input: InputOf<Name>) => OutputOf<Name> | readonly OutputOf<Name>[] | Refusal);

/** An error in place of an answer. */
export class Refusal {
  constructor(
    readonly message: string,
    readonly exitCode: number,
    readonly status = 422,
  ) {}
}

/** Never answers; of a stream the items come first. */
export class Hang {
  constructor(readonly items: readonly object[] = []) {}
}

/** How often a daemon that stops is still met. */
const PROBES = 3;

export interface FakeCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export class FakeDaemon implements AsyncDisposable {
  /** Every operation that was asked for, in order. */
  readonly calls: FakeCall[] = [];
  readonly #server: Bun.Server<undefined>;
  readonly #answers: Answers;

  #probesLeft = Infinity;

  /** `socket`: the path of its control socket. After `stop` it answers a few times, and is gone then. */
  constructor(socket: string, answers: Answers = {}) {
    this.#answers = answers;
    this.#server = Bun.serve({ unix: socket, fetch: (request) => this.#answer(request) });
  }

  /** The input of the last call of an operation. */
  lastInput(name: OperationName): FakeCall["input"] | undefined {
    return this.calls.findLast((call) => call.name === name)?.input;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const name = /^\/admin\/api\/(.*)$/.exec(pathname)?.[1];
    if (name === undefined) return this.#probed();
    const input = (await request.json()) as FakeCall["input"];
    this.calls.push({ name, input });
    const scripted = this.#answers[name as OperationName] as unknown;
    const answer: unknown = typeof scripted === "function" ? scripted(input) : scripted;
    if (answer === undefined) throw new Error(`Nobody told what ${name} answers`);
    if (answer instanceof Refusal) return refused(answer);
    if (name === "stop") this.#probesLeft = PROBES;
    if (answer instanceof Hang) return new Response(hanging(answer));
    return Array.isArray(answer) ? new Response(linesOf(answer)) : Response.json(answer);
  }

  /** Somebody looks whether it is there. */
  #probed(): Response {
    this.#probesLeft -= 1;
    if (this.#probesLeft <= 0) void this.#server.stop();
    return new Response(null, { status: 404 });
  }

  /** Whether it has stopped. */
  get isGone(): boolean {
    return this.#probesLeft <= 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

function refused({ message, exitCode, status }: Refusal): Response {
  const body: ApiError = { error: { code: "refused", message, exit_code: exitCode } };
  return Response.json(body, { status });
}

function linesOf(items: readonly unknown[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join("");
}

function hanging({ items }: Hang): ReadableStream<string> {
  return new ReadableStream({
    start: (controller) => {
      if (items.length > 0) controller.enqueue(linesOf(items));
    },
  });
}
