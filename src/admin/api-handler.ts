// The control API over HTTP: one path for each operation, on the control socket and beside the proxy.
import { coerceText } from "../config/coerce-text.ts";
import { nearestName } from "../config/nearest-name.ts";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import { checkInput } from "./check-input.ts";
import { type ChosenFile, chosenFile, DOWNLOAD, fileAnswer } from "./file-download.ts";
import { jsonAnswer } from "./json-answer.ts";
import { type AnyOperation, OPERATIONS } from "./operation-table.ts";
import type { ControlPorts } from "./ports.ts";
import { type Schedule, takesEvents } from "./server-sent-events.ts";
import { eventsAnswer, linesAnswer } from "./stream-answer.ts";

/** Where every operation is, its name behind it. */
export const API_PREFIX = "/admin/api/";

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** `redact`: hides every secret in a text. `isOwner`: the request came over the control socket. */
export interface ApiOptions {
  readonly ports: ControlPorts;
  readonly isOwner: boolean;
  readonly redact: (text: string) => string;
  /** Aborts when the daemon ends: what runs then is broken off. */
  readonly ending: AbortSignal;
  /** Aborts when the session or the admin token ends that the request came with, and so the right to what goes on. */
  readonly rightEnded?: AbortSignal | undefined;
  readonly schedule: Schedule;
  /** Takes what is our own bug; the caller sees its text only as a reference to the log. */
  readonly onBug: (error: unknown) => void;
}

/** What went wrong; `exit_code` is that of a command that meets it. */
export interface ApiError {
  readonly error: { readonly code: string; readonly message: string; readonly exit_code: number };
}

/** Answers one request; never rejects. `name`: what follows the prefix. */
export async function handleApi(name: string, request: Request, options: ApiOptions): Promise<Response> {
  const { ending, rightEnded } = options;
  const signal = AbortSignal.any([request.signal, ending, ...(rightEnded ? [rightEnded] : [])]);
  try {
    const operation = OPERATIONS.get(name);
    if (operation === undefined) return apiFailure(404, "unknown_operation", unknownName(name), EXIT.usage);
    if (operation.who === "owner" && !options.isOwner) {
      return apiFailure(403, "owner_only", `${name} is possible on the daemon's own machine only`, EXIT.failed);
    }
    const input = await readInput(operation, request);
    // The right to ask may have ended while the input was on its way.
    if (rightEnded?.aborted === true) return noLonger();
    if (ending.aborted) return stopping();
    return input instanceof Response ? input : await answer(operation, input, { request, signal }, options);
  } catch (error: unknown) {
    return failureOf(error, signal, options);
  }
}

interface Asked {
  readonly request: Request;
  readonly signal: AbortSignal;
}

async function answer(
  operation: AnyOperation,
  given: object,
  { request, signal }: Asked,
  options: ApiOptions,
): Promise<Response> {
  const { file, fields } = fileIn(operation, given, options);
  if (file instanceof Response) return file;
  const checked = checkInput(operation, resumed(operation, fields, request));
  if (!checked.ok) return apiFailure(400, "invalid_input", options.redact(checked.message), EXIT.usage);
  if (operation.form === "call") {
    return jsonAnswer(await operation.run(checked.input, options.ports, signal));
  }
  const items = await operation.run(checked.input, options.ports, signal);
  const onFault = (error: unknown) => void failureOf(error, signal, options);
  if (file !== undefined) return fileAnswer(items, file, { signal, onFault });
  const isLive = operation.live !== undefined;
  const ends = {
    atEnd: () => endOf(options),
    onError: (error: unknown) => failureOf(error, signal, options),
  };
  const { schedule } = options;
  return takesEvents(request) ? eventsAnswer(items, ends, { isLive, schedule }) : linesAnswer(items, ends);
}

/** A browser that connects again says what it has seen, which is later than what stands in the address. */
function resumed(operation: AnyOperation, given: object, { headers }: Request): object {
  const seen = headers.get("last-event-id");
  const live = operation.form === "stream" ? operation.live : undefined;
  return live === undefined || seen === null ? given : { ...given, [live.resumesBy]: seen };
}

interface AskedFile {
  /** An answer of its own where there is no such file. */
  readonly file: ChosenFile | Response | undefined;
  readonly fields: object;
}

/** Whether a file is asked for, beside the fields of the operation; one that has none knows no such field. */
function fileIn(operation: AnyOperation, given: object, { ports }: ApiOptions): AskedFile {
  const download = operation.form === "stream" ? operation.download : undefined;
  if (download === undefined || !Object.hasOwn(given, DOWNLOAD)) return { file: undefined, fields: given };
  const { [DOWNLOAD]: asked, ...fields } = given as Readonly<Record<string, unknown>>;
  const file = chosenFile(download, String(asked), ports.now());
  if ("form" in file) return { file, fields };
  const message = `${DOWNLOAD}: expected one of ${file.join(", ")}`;
  return { file: apiFailure(400, "invalid_input", message, EXIT.usage), fields };
}

/** A change must be asked for by POST, so that no link and no prefetch makes one. */
async function readInput(operation: AnyOperation, request: Request): Promise<object | Response> {
  if (request.method === "POST") return readBody(request);
  if (operation.kind === "read" && request.method === "GET") return fromQuery(operation, request.url);
  const allow = operation.kind === "read" ? "GET, POST" : "POST";
  return apiFailure(405, "method_not_allowed", `${operation.name} takes ${allow}`, EXIT.usage, { allow });
}

async function readBody(request: Request): Promise<object | Response> {
  const text = await readText(request);
  if (text === undefined) return apiFailure(413, "too_large", "The input is larger than 64 MiB", EXIT.usage);
  try {
    const value: unknown = text === "" ? {} : JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below: the parser's own message would quote what may be a secret.
  }
  return apiFailure(400, "invalid_input", "The input is no JSON object", EXIT.usage);
}

/** Undefined for a body that is too large, of which no more is read. */
async function readText(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/**
 * A parameter that stands more than once is a list. `url`: as it came, which need not be a valid one: a client may send
 * no `Host`, or any.
 */
function fromQuery({ input: { shape } }: AnyOperation, url: string): object {
  const question = url.indexOf("?");
  const searchParams = new URLSearchParams(question < 0 ? "" : url.slice(question));
  const fields = [...new Set(searchParams.keys())].map((name) => {
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const values = searchParams.getAll(name).map((text) => (schema === undefined ? text : coerceText(schema, text)));
    return [name, values.length === 1 ? values[0] : values.flat()] as const;
  });
  return Object.fromEntries(fields);
}

/** What the items of a stream end with, where they ended before all was told. */
function endOf({ ending, rightEnded }: ApiOptions): Response | undefined {
  if (ending.aborted) return stopping();
  return rightEnded?.aborted === true ? noLonger() : undefined;
}

function failureOf(error: unknown, signal: AbortSignal, options: ApiOptions): Response {
  const { redact, ending, onBug, rightEnded } = options;
  if (error instanceof UserError) return apiFailure(422, "refused", redact(error.message), error.exitCode);
  if (ending.aborted && isAbort(error)) return stopping();
  if (rightEnded?.aborted === true && isAbort(error)) return noLonger();
  // Nobody reads it: the caller has left, which is no bug.
  if (signal.aborted && isAbort(error)) return apiFailure(499, "caller_gone", "The caller left", EXIT.failed);
  onBug(error);
  return apiFailure(500, "internal_error", "Internal error of openai-balance; the daemon's log has it", EXIT.failed);
}

function stopping(): Response {
  return apiFailure(503, "stopping", "The daemon stops", EXIT.unreachable);
}

function noLonger(): Response {
  return apiFailure(
    401,
    "session_ended",
    "The session has ended, or the admin token is another one: log in again",
    EXIT.failed,
  );
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** An error in the form of the control API. */
export function apiFailure(
  status: number,
  code: string,
  message: string,
  exitCode: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body: ApiError = { error: { code, message, exit_code: exitCode } };
  return Response.json(body, { status, headers });
}

function unknownName(name: string): string {
  const near = nearestName(name, OPERATIONS.keys());
  return near === undefined ? "There is no such operation" : `There is no such operation: did you mean ${near}`;
}
