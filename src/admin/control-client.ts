// Calls control operations: over the control socket, over HTTPS, or without any daemon in this process.
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import { API_PREFIX, type ApiError } from "./api-handler.ts";
import {
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

/** Operations of a daemon that runs. */
export function daemonControl(line: Line): Control {
  const send = async (name: OperationName, input: object, signal?: AbortSignal): Promise<Response> => {
    const init = { method: "POST", body: JSON.stringify(input), headers: { "content-type": "application/json" } };
    const response = await reach(line, API_PREFIX + name, { ...init, ...(signal && { signal }) });
    if (response.ok) return response;
    throw await errorOf(response, line);
  };
  return {
    kind: line.kind,
    async call(name, input, signal) {
      const response = await send(name, input, signal);
      return (await response.json()) as OutputOf<typeof name>;
    },
    async *stream(name, input, signal) {
      const response = await send(name, input, signal);
      for await (const text of textLines(response)) {
        const item = JSON.parse(text) as OutputOf<typeof name> | ApiError;
        if ("error" in item && typeof item.error === "object") throw userErrorOf(item as ApiError);
        yield item as OutputOf<typeof name>;
      }
    },
  };
}

/** The same operations on what is in this process. */
export function localControl(ports: ControlPorts): Control {
  const prepare = (name: OperationName, input: object) => {
    const operation = OPERATIONS.get(name);
    if (operation === undefined) throw new Error(`Cannot call ${name}: it is not in the table`);
    return { operation, input: operation.input.parse(input) };
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
      yield* operation.run(input, ports, signal) as AsyncIterable<OutputOf<typeof name>>;
    },
  };
}

async function reach(line: Line, path: string, init: RequestInit): Promise<Response> {
  try {
    return await line.send(path, init);
  } catch (error: unknown) {
    if (init.signal?.aborted === true) throw error;
    const code = (error as { readonly code?: unknown }).code;
    const reason = typeof code === "string" ? code : "no answer";
    throw new UserError(`Cannot reach ${line.name}: ${reason}`, EXIT.unreachable, { cause: error });
  }
}

async function errorOf(response: Response, line: Line): Promise<UserError> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as Partial<ApiError>;
    if (typeof body.error?.exit_code === "number") return userErrorOf(body as ApiError);
    const message = body.error?.message;
    if (response.status === 401 && message !== undefined)
      return new UserError(`${line.name} refuses the admin token`, EXIT.failed);
  } catch {
    // Told below.
  }
  return new UserError(
    `${line.name} answered with status ${response.status}, not as an openai-balance does`,
    EXIT.unreachable,
  );
}

function userErrorOf({ error }: ApiError): UserError {
  return new UserError(error.message, error.exit_code);
}

async function* textLines(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
}
