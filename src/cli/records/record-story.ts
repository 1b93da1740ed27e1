// The whole story of one request: what was asked, what each attempt met, and what came of it.
import type { ChalkInstance } from "chalk";
import type { RecordDetail } from "../../admin/record-rows.ts";
import { localTime } from "../../core/local-time.ts";
import { printable } from "../../core/printable.ts";
import { renderFields } from "../field-list.ts";
import { amountText, moneyText, severityOf, spanText, whyText } from "./record-words.ts";

type Attempt = RecordDetail["tries"][number];
type Field = readonly [name: string, text: string];

/** Bodies up to here are recorded whole. */
const MOST_WHOLE_BYTES = 64 * 1024;

export interface StoryOptions {
  readonly width: number | undefined;
  readonly paint: ChalkInstance;
}

/** Paragraphs: the request, then each of its attempts, then its body. */
export function recordStory(record: RecordDetail, { width, paint }: StoryOptions): string {
  const parts = [
    renderFields(requestFields(record), width),
    ...record.tries.map((attempt) => attemptText(attempt, record, { width, paint })),
    ...(record.body === undefined ? [] : [bodyText(record.body, paint)]),
  ];
  return parts.join("\n");
}

function requestFields(record: RecordDetail): readonly Field[] {
  const { id, trace_id, token, repaired } = record;
  return [
    ["request", id],
    ...optional("trace", trace_id),
    ["came", localTime(Date.parse(record.received_at), { hasMs: true })],
    ["asked", askedText(record)],
    ...optional("token", token),
    ...optional("repaired", repaired),
    ["answered", answerText(record)],
    ["took", timesText(record)],
    ...optional(severityOf(record) === "good" ? "served by" : "tried last", servedText(record)),
    ...optional("tokens", tokensText(record)),
    ...optional("cost", record.cost === undefined ? undefined : moneyText(record.cost)),
    ["bytes", `${amountText(record.bytes_in)} in, ${amountText(record.bytes_out)} out`],
    ...optional("stands for", record.weight > 1 ? `${record.weight} requests like it` : undefined),
  ];
}

function optional(name: string, text: string | undefined): readonly Field[] {
  return text === undefined ? [] : [[name, text]];
}

function askedText({ method, route, model, stream }: RecordDetail): string {
  return [
    `${method} ${route}`,
    ...(model === undefined ? [] : [`model ${model}`]),
    ...(stream ? ["a stream"] : []),
  ].join(", ");
}

function answerText(record: RecordDetail): string {
  const why = whyText(record);
  const status = record.status === undefined ? "nothing" : String(record.status);
  return why === undefined ? status : `${status}, ${why}`;
}

function timesText({ ms, waited_ms, first_byte_ms }: RecordDetail): string {
  return [
    spanText(ms),
    ...(first_byte_ms === undefined ? [] : [`first byte after ${spanText(first_byte_ms)}`]),
    ...(waited_ms > 0 ? [`waited ${spanText(waited_ms)} for a key`] : []),
  ].join(", ");
}

function servedText({ provider, key, key_id, upstream_model, model, attempts }: RecordDetail): string | undefined {
  if (provider === undefined) return undefined;
  const name = upstream_model !== undefined && upstream_model !== model ? `, as ${upstream_model}` : "";
  const count = attempts > 1 ? `, in ${attempts} attempts` : "";
  return `${provider}/${key ?? "?"}${key_id === undefined ? "" : ` (${key_id})`}${name}${count}`;
}

function tokensText(record: RecordDetail): string | undefined {
  const { prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens } = record;
  if (prompt_tokens === undefined && completion_tokens === undefined) return undefined;
  const cached = cached_tokens === undefined ? "" : ` (${amountText(cached_tokens)} cached)`;
  const reasoning = reasoning_tokens === undefined ? "" : ` (${amountText(reasoning_tokens)} of reasoning)`;
  return `${amountText(prompt_tokens ?? 0)} in${cached}, ${amountText(completion_tokens ?? 0)} out${reasoning}`;
}

function attemptText(attempt: Attempt, record: RecordDetail, { width, paint }: StoryOptions): string {
  const { number, provider, key, key_id, model, text } = attempt;
  const isOk = attempt.outcome === "ok";
  const title = `Attempt ${number}: ${printable(`${provider}/${key}`)} ${isOk ? "served it" : "failed"}`;
  const fields: readonly Field[] = [
    ["key", key_id],
    ...optional("model", model),
    [
      "began",
      `${spanText(Math.max(0, Date.parse(attempt.started_at) - Date.parse(record.received_at)))} after it came`,
    ],
    ["took", attemptTimes(attempt)],
    ...optional("proxy", attempt.proxy),
    ["outcome", attempt.outcome ?? "not finished"],
    ...optional("blame", attempt.blame === "none" ? undefined : attempt.blame),
    ["status", attempt.status === undefined ? "no answer" : String(attempt.status)],
    ...(isOk ? [] : optional("reason", attempt.reason)),
    ...(isOk || text !== undefined ? [] : optional("message", attempt.message)),
  ];
  const said = [
    ...(attempt.headers === undefined ? [] : [quoted("its headers", attempt.headers, paint)]),
    ...(text === undefined ? [] : [quoted("the provider answered", text, paint)]),
  ].join("");
  return `${(isOk ? paint.green : paint.red)(title)}\n${indented(renderFields(fields, width === undefined ? undefined : width - 2))}${said}`;
}

/** `1.2s, connected after 80ms, answered after 1.1s`. */
function attemptTimes({ ms, sent_ms, head_ms, waited_ms = 0, backoff_ms = 0 }: Attempt): string {
  return [
    spanText(ms),
    ...(sent_ms === undefined ? [] : [`connected after ${spanText(sent_ms)}`]),
    ...(head_ms === undefined ? [] : [`answered after ${spanText(head_ms)}`]),
    ...(waited_ms > 0 ? [`waited ${spanText(waited_ms)} for a key before`] : []),
    ...(backoff_ms > 0 ? [`held back ${spanText(backoff_ms)} before`] : []),
  ].join(", ");
}

function bodyText({ text, size }: NonNullable<RecordDetail["body"]>, paint: ChalkInstance): string {
  const kept = Buffer.byteLength(text);
  // A shorter one is kept whole; its secrets may have been longer than their masks.
  const much =
    size > MOST_WHOLE_BYTES && size > kept ? `, the first ${amountText(kept)} bytes of ${amountText(size)}` : "";
  return `The client sent${much}:\n${text
    .split("\n")
    .map((line) => `${paint.dim("  |")} ${printable(line)}\n`)
    .join("")}`;
}

function quoted(title: string, text: string, paint: ChalkInstance): string {
  const lines = text.trimEnd().split("\n");
  return `  ${title}:\n${lines.map((line) => `${paint.dim("  |")} ${printable(line.trimEnd())}\n`).join("")}`;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
