// The control API over HTTP: one path for each operation, on the control socket and beside the proxy.
import { coerceText } from "../config/coerce-text.ts";
import { describeValue } from "../config/describe-value.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { nearestName } from "../config/nearest-name.ts";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import { type AnyOperation, OPERATIONS } from "./operation-table.ts";
import type { ControlPorts } from "./ports.ts";

/** Where every operation is, its name behind it. */
export const API_PREFIX = "/admin/api/";

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** `redact`: hides every secret in a text. `isOwner`: the request came over the control socket. */
export interface ApiOptions {
  readonly ports: ControlPorts;
  readonly isOwner: boolean;
  readonly redact: (text: string) => string;
  /** Takes what is our own bug; the caller sees its text only as a reference to the log. */
  readonly onBug: (error: unknown) => void;
}

/** What went wrong; `exit_code` is that of a command that meets it. */
export interface ApiError {
  readonly error: { readonly code: string; readonly message: string; readonly exit_code: number };
}

/** Answers one request; never rejects. `name`: what follows the prefix. */
export async function handleApi(name: string, request: Request, options: ApiOptions): Promise<Response> {
  try {
    const operation = OPERATIONS.get(name);
    if (operation === undefined) return failure(404, "unknown_operation", unknownName(name), EXIT.usage);
    if (operation.who === "owner" && !options.isOwner) {
      return failure(403, "owner_only", `${name} is possible on the daemon's own machine only`, EXIT.failed);
    }
    const input = await readInput(operation, request);
    if (input instanceof Response) return input;
    return await answer(operation, input, request.signal, options);
  } catch (error: unknown) {
    return failureOf(error, options);
  }
}

async function answer(
  operation: AnyOperation,
  input: object,
  signal: AbortSignal,
  options: ApiOptions,
): Promise<Response> {
  const parsed = operation.input.safeParse(input);
  if (!parsed.success) return failure(400, "invalid_input", inputProblem(parsed.error, input), EXIT.usage);
  if (operation.form === "call") {
    return Response.json(await operation.run(parsed.data, options.ports, signal));
  }
  const items = operation.run(parsed.data, options.ports, signal);
  return new Response(lines(items, options), { headers: { "content-type": "application/x-ndjson" } });
}

/** A change must be asked for by POST, so that no link and no prefetch makes one. */
async function readInput(operation: AnyOperation, request: Request): Promise<object | Response> {
  if (request.method === "POST") return readBody(request);
  if (operation.kind === "read" && request.method === "GET") return fromQuery(operation, new URL(request.url));
  const allow = operation.kind === "read" ? "GET, POST" : "POST";
  return failure(405, "method_not_allowed", `${operation.name} takes ${allow}`, EXIT.usage, { allow });
}

async function readBody(request: Request): Promise<object | Response> {
  const length = Number(request.headers.get("content-length") ?? 0);
  if (length > MAX_BODY_BYTES) return failure(413, "too_large", "The input is larger than 64 MiB", EXIT.usage);
  const text = await request.text();
  if (text.length > MAX_BODY_BYTES) return failure(413, "too_large", "The input is larger than 64 MiB", EXIT.usage);
  try {
    const value: unknown = text === "" ? {} : JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below: the parser's own message would quote what may be a secret.
  }
  return failure(400, "invalid_input", "The input is no JSON object", EXIT.usage);
}

/** A parameter that stands more than once is a list. */
function fromQuery(operation: AnyOperation, url: URL): object {
  const input: Record<string, unknown> = {};
  for (const name of new Set(url.searchParams.keys())) {
    const texts = url.searchParams.getAll(name);
    const schema = operation.input.shape[name];
    const values = schema === undefined ? texts : texts.map((text) => coerceText(schema, text));
    input[name] = values.length === 1 ? values[0] : values.flat();
  }
  return input;
}

/** One item a line; an error that comes on the way is the last one. */
async function* lines(items: AsyncIterable<unknown>, options: ApiOptions): AsyncGenerator<string> {
  try {
    for await (const item of items) yield `${JSON.stringify(item)}\n`;
  } catch (error: unknown) {
    yield `${await failureOf(error, options).text()}\n`;
  }
}

function failureOf(error: unknown, { redact, onBug }: ApiOptions): Response {
  if (error instanceof UserError) return failure(422, "refused", redact(error.message), error.exitCode);
  onBug(error);
  return failure(500, "internal_error", "Internal error of openai-balance; the daemon's log has it", EXIT.failed);
}

function failure(
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

/** Values are never quoted: they may be secrets. */
function inputProblem({ issues }: { readonly issues: readonly InputIssue[] }, input: object): string {
  return issues
    .slice(0, 10)
    .map((issue) => {
      const place = issue.path.map(String).join(".");
      if (issue.code === "unrecognized_keys") return `unknown field ${issue.keys?.map(nameForMessage).join(", ")}`;
      return `${place === "" ? "the input" : place}: ${issue.message}, got ${describeValue(valueAt(input, issue.path))}`;
    })
    .join("; ");
}

interface InputIssue {
  readonly code: string;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  let value = tree;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return value;
}
