// Asks the control API: the same table of operations as commands, with the types of the server's own rows.
import type { CallName, InputOf, OperationName, OutputOf, StreamName } from "../../admin/operation-table.ts";
import { isAttended } from "../live/attendance.ts";
import { metaContent } from "../shell/meta-content.ts";
import { t } from "../texts/texts.ts";
import { ApiFailure } from "./api-failure.ts";
import { answersSoFar, noteAnswered, noteSession, noteUnreachable } from "./reachability.ts";

/** Where every operation is, its name behind it. */
export const API_PATH = "/admin/api/";

/** The answer. @throws ApiFailure; an AbortError where the caller's own signal ends it. */
export async function callOperation<Name extends CallName>(
  name: Name,
  input: InputOf<Name>,
  signal?: AbortSignal,
): Promise<OutputOf<Name>> {
  const response = await post(name, input, signal);
  return (await readJson(response)) as OutputOf<Name>;
}

/** The items as they come. @throws ApiFailure, also on the way. */
export async function* streamOperation<Name extends StreamName>(
  name: Name,
  input: InputOf<Name>,
  signal?: AbortSignal,
): AsyncGenerator<OutputOf<Name>> {
  const response = await post(name, input, signal);
  for await (const line of linesOf(response)) {
    const item: unknown = JSON.parse(line);
    const error = errorIn(item);
    if (error !== undefined) throw failureOf(error, response.status);
    yield item as OutputOf<Name>;
  }
}

/** An address for a link or a download by GET, for operations that change nothing. */
export function operationUrl(name: OperationName, input: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [field, value] of Object.entries(input)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(field, String(one));
  }
  return `${API_PATH}${name}${query.size > 0 ? `?${query}` : ""}`;
}

async function post(name: OperationName, input: object, signal: AbortSignal | undefined): Promise<Response> {
  const headers = {
    "content-type": "application/json",
    "x-csrf-token": metaContent("csrf-token"),
    ...(isAttended() ? {} : { "x-unattended": "true" }),
  };
  const body = JSON.stringify(input);
  const since = answersSoFar();
  let response: Response;
  try {
    response = await fetch(API_PATH + name, { method: "POST", headers, body, ...(signal && { signal }) });
  } catch (error: unknown) {
    if (signal?.aborted === true) throw error;
    noteUnreachable(since);
    throw new ApiFailure("unreachable", t("ui.unreachable"), 0);
  }
  noteAnswered();
  if (response.ok) return response;
  throw await refusalOf(response);
}

async function refusalOf(response: Response): Promise<ApiFailure> {
  const value: unknown = await response.json().catch(() => undefined);
  const failure = failureOf(errorIn(value) ?? {}, response.status);
  if (response.status === 401) noteSession("ended");
  return failure;
}

interface ErrorFields {
  readonly code?: unknown;
  readonly message?: unknown;
}

function errorIn(value: unknown): ErrorFields | undefined {
  if (typeof value !== "object" || value === null || !("error" in value)) return undefined;
  const { error } = value;
  return typeof error === "object" && error !== null ? error : undefined;
}

function failureOf({ code, message }: ErrorFields, status: number): ApiFailure {
  const isEnd = code === "session_ended";
  if (isEnd) noteSession("ended");
  const text = typeof message === "string" ? message : t("ui.bad_answer", { status: String(status) });
  return new ApiFailure(typeof code === "string" ? code : "unknown", text, status);
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error: unknown) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiFailure("unreachable", t("ui.broke_off"), response.status);
  }
}

async function* linesOf({ body, status }: Response): AsyncGenerator<string> {
  if (body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield line;
    }
  } catch (error: unknown) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiFailure("unreachable", t("ui.broke_off"), status);
  } finally {
    await reader.cancel().catch(() => {});
  }
  if (rest !== "") yield rest;
}
