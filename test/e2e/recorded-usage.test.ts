// What each API reports of tokens, whole or as a stream, stands in the log and in the records, and what it cost.
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { anthropic, CLAUDE } from "../fixture/anthropic-answers.ts";
import { events } from "../fixture/behaviours.ts";
import { post } from "../fixture/client.ts";
import type { Daemon } from "../fixture/daemon.ts";
import { GEMINI, gemini } from "../fixture/gemini-answers.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Behaviour, startUpstream, type Upstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const MODEL = "gpt-4o-mini";
const CHAT = "/v1/chat/completions";
const CHOICE = { index: 0, delta: { content: "hi" }, finish_reason: "stop" };
const USAGE = {
  ...{ prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
  prompt_tokens_details: { cached_tokens: 60 },
  completion_tokens_details: { reasoning_tokens: 8 },
};
const READ = { input_tokens: 100, output_tokens: 20, total_tokens: 120 };
/** Per million: 2 for input, 0.5 from a cache, 10 for output; so so many billionths for one. */
const [INPUT, CACHED, OUTPUT] = [2_000, 500, 10_000];
const PRICE = { input: 2, cached_input: 0.5, output: 10 };

type Counts = readonly [prompt: number, completion?: number, cached?: number, reasoning?: number];

interface Case {
  readonly path: string;
  readonly body: object;
  readonly answer: Behaviour;
  readonly counts: Counts | undefined;
  /** What the log says, where it is not `MODEL` at `main`. */
  readonly model?: string | undefined;
  readonly upstreamModel?: string;
  readonly provider?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const json =
  (value: object): Behaviour =>
  () =>
    Response.json(value);
const stream =
  (...data: readonly (object | string)[]): Behaviour =>
  () =>
    events(data.map((value) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`));
const chat = (more: object = {}) => ({ model: MODEL, messages: [{ role: "user", content: "hi" }], ...more });
const asked = (more: object = {}) => ({ model: MODEL, input: "hi", ...more });
const ofChat = (answer: Behaviour, counts: Counts | undefined, more: object = {}): Case => {
  return { path: CHAT, body: chat(more), answer, counts };
};
const streamed = (counts: Counts | undefined, ...data: readonly (object | string)[]): Case =>
  ofChat(stream(...data), counts, { stream: true });
const other = (path: string, answer: object, counts: Counts | undefined): Case => {
  return { path: `/v1/${path}`, body: asked(), answer: json(answer), counts };
};
const claude = (more: object): Case => {
  const body = chat({ model: CLAUDE, max_tokens: 9, ...more });
  const isStream = "stream" in more;
  const counts: Counts = [129, isStream ? 12 : 1, 100];
  return { path: "/claude/v1/messages", body, answer: anthropic, counts, model: CLAUDE, provider: "claude" };
};
const google = (call: string): Case => {
  const body = { contents: [{ parts: [{ text: "hi" }] }] };
  const path = `/google/v1beta/models/${GEMINI}:${call}`;
  return { path, body, answer: gemini, counts: [9, 9, 2, 5], model: GEMINI, provider: "google" };
};
const interaction = (more: object): Case => {
  const body = { model: GEMINI, input: "hi", ...more };
  return {
    ...{ path: "/google/v1beta/interactions", body, answer: gemini, counts: [9, 9, undefined, 5] as never },
    ...{ model: GEMINI, provider: "google" },
  };
};
const done = { type: "response.completed", response: { id: "resp_1", object: "response", usage: READ } };
const media = (path: string, ...data: readonly object[]): Case => {
  return {
    path: `/v1/${path}`,
    body: asked({ stream: true, prompt: "x" }),
    answer: stream(...data),
    counts: [100, 20],
  };
};

const CASES: Readonly<Record<string, Case>> = {
  chat: ofChat(json({ id: "c", choices: [], usage: USAGE }), [100, 20, 60, 8]),
  "chat, an alias": {
    ...ofChat(json({ usage: USAGE }), [100, 20, 60, 8], { model: "fast" }),
    model: "fast",
    upstreamModel: MODEL,
  },
  "chat, a stream with its usage behind the end": streamed(
    [100, 20, 60, 8],
    { choices: [CHOICE] },
    { choices: [], usage: USAGE },
    "[DONE]",
  ),
  "chat, a stream that was not asked for its usage": streamed(undefined, { choices: [CHOICE] }, "[DONE]"),
  "chat, a stream that counts on": streamed(
    [100, 20, 60, 8],
    { choices: [{ ...CHOICE, finish_reason: null }], usage: { prompt_tokens: 100, completion_tokens: 1 } },
    { choices: [CHOICE], usage: USAGE },
    "[DONE]",
  ),
  "chat, Groq's stream": streamed([100, 20, 60, 8], { choices: [CHOICE], x_groq: { id: "r", usage: USAGE } }, "[DONE]"),
  "chat, Moonshot's stream": streamed([100, 20, 60, 8], { choices: [{ ...CHOICE, usage: USAGE }] }, "[DONE]"),
  "chat, DeepSeek's cache": ofChat(
    json({ usage: { prompt_tokens: 100, completion_tokens: 20, prompt_cache_hit_tokens: 60 } }),
    [100, 20, 60],
  ),
  "chat, xAI's reasoning beside the completion": ofChat(
    json({ usage: { ...USAGE, completion_tokens: 12, total_tokens: 120 } }),
    [100, 20, 60, 8],
  ),
  "chat, counts that are none": ofChat(
    json({ usage: { prompt_tokens: -1, completion_tokens: 1e300, total_tokens: "9" } }),
    undefined,
  ),
  completions: other("completions", { choices: [], usage: USAGE }, [100, 20, 60, 8]),
  "a response": other(
    "responses",
    { id: "resp_1", object: "response", usage: { ...READ, input_tokens_details: { cached_tokens: 60 } } },
    [100, 20, 60],
  ),
  "a response, a stream": {
    path: "/v1/responses",
    body: asked({ stream: true }),
    answer: stream(done),
    counts: [100, 20],
  },
  "a response in the background": other(
    "responses",
    { id: "resp_background01", object: "response", status: "queued", usage: null },
    undefined,
  ),
  embeddings: other("embeddings", { data: [], usage: { prompt_tokens: 100, total_tokens: 100 } }, [100]),
  "embeddings, larger than is read whole": other(
    "embeddings",
    { data: "x".repeat(9 * 1024 * 1024), usage: { prompt_tokens: 100, total_tokens: 100 } },
    [100],
  ),
  ranks: other("rerank", { results: [], usage: { total_tokens: 100 } }, [100]),
  moderations: other("moderations", { results: [] }, undefined),
  images: other("images/generations", { data: [], usage: READ }, [100, 20]),
  "images, a stream with an event that is too long to be read": media("images/generations", {
    ...{ type: "image_generation.completed", b64_json: "x".repeat(3 * 1024 * 1024), usage: READ },
  }),
  "speech, a stream": media("audio/speech", { type: "speech.audio.done", usage: READ }),
  "a transcription": other("audio/transcriptions", { text: "hi", usage: { type: "tokens", ...READ } }, [100, 20]),
  "a transcription by its length": other(
    "audio/transcriptions",
    { text: "hi", usage: { type: "duration", seconds: 3 } },
    undefined,
  ),
  "a transcription, a stream": media("audio/transcriptions", { type: "transcript.text.done", text: "", usage: READ }),
  "a message of Anthropic's": claude({}),
  "a message of Anthropic's, a stream": claude({ stream: true }),
  "what Gemini generates": google("generateContent"),
  "what Gemini generates, as events": google("streamGenerateContent?alt=sse"),
  "what Gemini generates, as an array": google("streamGenerateContent"),
  "what Gemini counts": { ...google("countTokens"), counts: undefined },
  "an interaction": interaction({}),
  "an interaction, a stream": interaction({ stream: true }),
  "a deployment of Azure's": {
    path: "/azure/openai/deployments/deployed/chat/completions?api-version=2025-04-01-preview",
    ...{ body: chat(), answer: json({ usage: USAGE }), counts: [100, 20, 60, 8], model: "deployed", provider: "azure" },
  },
};

const upstream: Upstream = startUpstream({ otherwise: openai });
let home: Home;
let daemon: Daemon;
const requestIds = new Map<string, string>();

interface Line {
  readonly [field: string]: unknown;
}

let lines: readonly Line[] = [];
let rows: ReadonlyMap<string, Line> = new Map();

beforeAll(async () => {
  home = await newHome();
  const root = upstream.url.replace(/\/v1$/, "");
  await home.configure({
    usage: { prices: [{ models: [MODEL, CLAUDE, GEMINI, "deployed"], ...PRICE }] },
    models: { fast: [`main/${MODEL}`] },
    default_provider: "main",
    providers: [
      { name: "main", base_url: upstream.url, api_keys: [fakeSecret("usage_main")] },
      { name: "claude", dialect: "anthropic", base_url: upstream.url, api_keys: [fakeSecret("usage_claude")] },
      { name: "google", dialect: "gemini", base_url: `${root}/v1beta/openai`, api_keys: [fakeSecret("usage_google")] },
      { name: "azure", dialect: "azure", base_url: `${root}/openai/v1`, api_keys: [fakeSecret("usage_azure")] },
    ],
  });
  daemon = await home.serve();
  for (const [name, { path, body, answer, headers }] of Object.entries(CASES)) {
    upstream.otherwise(answer);
    const told = await daemon.ask(path, post(body, headers));
    if (told.status !== 200) throw new Error(`${name}: ${told.status} ${told.text}`);
    requestIds.set(name, told.headers.get("x-openai-balance-request-id") ?? "");
  }
  const last = [...requestIds.values()].at(-1) ?? "none";
  await until("the last line", () => daemon.logs().includes(last));
  await daemon.stop();
  lines = daemon
    .logs()
    .split("\n")
    .flatMap((line): Line[] => (line.startsWith("{") ? [JSON.parse(line)] : []));
  using database = new Database(join(home.data, "requests.sqlite"), { readonly: true });
  rows = new Map(
    database
      .query<Line, []>("SELECT * FROM requests")
      .all()
      .map((row) => [String(row.id), row]),
  );
});

afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

test.each(Object.entries(CASES))(
  "%s",
  (name, { counts, model = MODEL, upstreamModel, provider = "main", path, body }) => {
    const id = requestIds.get(name) ?? "";
    const [prompt, completion, cached, reasoning] = counts ?? [];
    const line = lines.find((each) => each.request_id === id && each.method === "POST");
    expect(line).toMatchObject({ model, provider, status: 200 });
    const told = [line?.prompt_tokens, line?.completion_tokens, line?.cached_tokens, line?.reasoning_tokens];
    expect(told).toEqual([prompt, completion, cached, reasoning]);
    const row = rows.get(id);
    expect(row).toMatchObject({
      ...{ model, provider, upstream_model: upstreamModel ?? null, status: 200, ending: "ok", is_failure: 0 },
      ...{ prompt_tokens: prompt ?? null, completion_tokens: completion ?? null },
      ...{ cached_tokens: cached ?? null, reasoning_tokens: reasoning ?? null },
      is_stream: "stream" in body || path.includes(":stream") ? 1 : 0,
      cost_nanos: counts === undefined ? null : costOf(counts),
    });
    expect(row?.first_byte_ms).toBeGreaterThanOrEqual(0);
    expect(row?.bytes_in).toBe(JSON.stringify(body).length);
  },
);

function costOf([prompt, completion = 0, cached = 0]: Counts): number {
  return (prompt - cached) * INPUT + cached * CACHED + completion * OUTPUT;
}
