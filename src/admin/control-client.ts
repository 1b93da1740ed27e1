// Calls control operations: over the control socket, over HTTPS, or without any daemon in this process.
import { z } from "zod";
import { EXIT } from "../core/exit-codes.ts";
import { errorCode } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import { API_PREFIX } from "./api-handler.ts";
import { checkInput } from "./check-input.ts";
import {
  type AnyOperation,
  type CallName,
  type InputOf,
  OPERATIONS,
  type OperationName,
  type OutputOf,
  type StreamName,
} from "./operation-table.ts";
import type { ControlPorts } from "./ports.ts";

/** Whoever carries out operations. Failures are UserErrors with the exit code for a command. */
export interface Control {
  /** `offline`: no daemon runs, and changes count from its next start. */
  readonly kind: "daemon" | "remote" | "offline";
  call<Name extends CallName>(name: Name, input: InputOf<Name>, signal?: AbortSignal): Promise<OutputOf<Name>>;
  stream<Name extends StreamName>(
    name: Name,
    input: InputOf<Name>,
    signal?: AbortSignal,
  ): AsyncIterable<OutputOf<Name>>;
}

/** How a daemon is reached. `send` rejects where it is not. */
export interface Line {
  readonly kind: "daemon" | "remote";
  /** What messages call it. */
  readonly name: string;
  send(path: string, init: RequestInit): Promise<Response>;
}

/** Operations of a daemon that runs. What it answers is checked: at a URL there may be anything. */
export function daemonControl(line: Line): Control {
  const send = async (name: OperationName, input: object, signal?: AbortSignal): Promise<Response> => {
    const init = { method: "POST", body: JSON.stringify(input), headers: { "content-type": "application/json" } };
    const response = await reach(line, API_PREFIX + name, { ...init, ...(signal && { signal }) });
    if (response.ok) return response;
    throw errorOf(response.status, await readAll(response, line, signal), line);
  };
  return {
    kind: line.kind,
    async call(name, input, signal) {
      const response = await send(name, input, signal);
      return itemOf(name, await readAll(response, line, signal), line);
    },
    async *stream(name, input, signal) {
      const response = await send(name, input, signal);
      for await (const text of textLines(response, line, signal)) yield itemOf(name, text, line);
    },
  };
}

/** The same operations on what is in this process. */
export function localControl(ports: ControlPorts): Control {
  const prepare = (name: OperationName, given: object) => {
    const operation = operationOf(name);
    const checked = checkInput(operation, given);
    if (!checked.ok) throw new UserError(checked.message, EXIT.usage);
    return { operation, input: checked.input };
  };
  const never = new AbortController().signal;
  return {
    kind: "offline",
    async call(name, given, signal = never) {
      const { operation, input } = prepare(name, given);
      return (await operation.run(input, ports, signal)) as OutputOf<typeof name>;
    },
    async *stream(name, given, signal = never) {
      const { operation, input } = prepare(name, given);
      yield* (await operation.run(input, ports, signal)) as AsyncIterable<OutputOf<typeof name>>;
    },
  };
}

function operationOf(name: OperationName): AnyOperation {
  const operation = OPERATIONS.get(name);
  if (operation === undefined) throw new Error(`Cannot call ${name}: it is not in the table`);
  return operation;
}

async function reach(line: Line, path: string, init: RequestInit): Promise<Response> {
  try {
    return await line.send(path, init);
  } catch (error: unknown) {
    if (init.signal?.aborted === true) throw error;
    const code = errorCode(error);
    const reason = code === undefined ? "no answer" : (WORDS[code] ?? code);
    throw new UserError(`Cannot reach ${line.name}: ${reason}`, EXIT.unreachable, { cause: error });
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "it closed the connection",
  ENOENT: "nothing listens there",
  ENOTFOUND: "there is no host of this name",
  EACCES: "permission denied",
  UnexpectedRedirect: "it redirects, which is not followed",
};

async function readAll(response: Response, line: Line, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await response.text();
  } catch (error: unknown) {
    throw brokenOff(error, line, signal);
  }
}

async function* textLines(
  response: Response,
  line: Line,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of response.body ?? []) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      yield* parts;
    }
  } catch (error: unknown) {
    throw brokenOff(error, line, signal);
  }
  if (rest !== "") yield rest;
}

/** Whoever aborts knows why. */
function brokenOff(error: unknown, line: Line, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return error;
  return new UserError(`${line.name} broke off its answer`, EXIT.unreachable, { cause: error });
}

/** As much of an `ApiError` as is needed here. */
const failure = z.object({ error: z.object({ message: z.string(), exit_code: z.int().min(1).max(255) }) });

/** What proxies, other programs and we ourselves answer where a token is missing or wrong. */
const refusal = z.object({ error: z.object({ message: z.string() }) });

/** One answer, or one item of a stream. @throws UserError for an error in its place, and for what is neither. */
function itemOf<Name extends OperationName>(name: Name, text: string, line: Line): OutputOf<Name> {
  const value = parse(text);
  const failed = failure.safeParse(value);
  if (failed.success) throw userErrorOf(failed.data);
  if (operationOf(name).output.safeParse(value).success) return value as OutputOf<Name>;
  throw new UserError(`${line.name} answered, but not as this version of openai-balance does`, EXIT.unreachable);
}

function errorOf(status: number, text: string, line: Line): UserError {
  const value = parse(text);
  const failed = failure.safeParse(value);
  if (failed.success) return userErrorOf(failed.data);
  if (status === 401 && refusal.safeParse(value).success)
    return new UserError(`${line.name} refuses the admin token`, EXIT.failed);
  return new UserError(`${line.name} answered with status ${status}, not as an openai-balance does`, EXIT.unreachable);
}

function userErrorOf({ error }: z.output<typeof failure>): UserError {
  return new UserError(error.message, error.exit_code);
}

/** Undefined for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
