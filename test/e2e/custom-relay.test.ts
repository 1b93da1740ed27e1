// A relay that speaks the APIs of several vendors, as a provider of the custom dialect, through their SDKs.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { anthropic, CLAUDE } from "../fixture/anthropic-answers.ts";
import { MODEL } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { GEMINI, GEMINI_WORDS, gemini } from "../fixture/gemini-answers.ts";
import { CHAT_TEXT, openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { type Behaviour, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [KEY, OTHER, TOKEN] = ["relay_key", "relay_other", "relay_token"].map((name) => fakeSecret(name)) as [
  string,
  string,
  string,
];
/** Everything lies below `/api`, as relays often have it. */
const relay: Behaviour = (call) => {
  const path = call.path.replace(/^\/api/, "");
  if (path.startsWith("/v1/messages")) return anthropic({ ...call, path });
  return (/:\w+Content/.test(path) ? gemini : openai)({ ...call, path });
};
const upstream = startUpstream({ otherwise: relay });
const base = `${new URL(upstream.url).origin}/api/v1`;
const daemon = await startDaemon(
  JSON.stringify({
    auth: { client_tokens: [TOKEN] },
    default_provider: "relay",
    providers: [
      { name: "relay", dialect: "custom", base_url: base, api_keys: [KEY] },
      { name: "own", dialect: "custom", base_url: base, api_keys: [OTHER], auth_header: "X-Relay-Token" },
    ],
  }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

const messages = [{ role: "user" as const, content: "hi" }];

/** Where the last call went, and all the credentials that it had. */
function last(): { readonly path: string | undefined; readonly headers: Readonly<Record<string, string>> } {
  const call = upstream.calls.at(-1);
  const names = ["authorization", "x-api-key", "x-goog-api-key", "api-key", "x-relay-token"];
  const sent = names.flatMap((name) => {
    const value = call?.headers.get(name);
    return value ? [[name, value] as const] : [];
  });
  return { path: call?.path, headers: Object.fromEntries(sent) };
}

test.each([
  ["relay", { authorization: `Bearer ${KEY}` }, { "x-goog-api-key": KEY }],
  ["own", { "x-relay-token": OTHER }, { "x-relay-token": OTHER }],
])("every SDK works through /%s, with the key where the relay looks for it", async (name, usual, google) => {
  const own = new OpenAI({ apiKey: TOKEN, baseURL: `${daemon.url}/${name}/v1`, maxRetries: 0 });
  expect((await own.chat.completions.create({ model: MODEL, messages })).choices[0]?.message.content).toBe(CHAT_TEXT);
  expect(last()).toEqual({ path: "/api/v1/chat/completions", headers: usual });
  const claude = new Anthropic({ apiKey: TOKEN, baseURL: `${daemon.url}/${name}`, maxRetries: 0 });
  expect((await claude.messages.create({ model: CLAUDE, max_tokens: 9, messages })).id).toBe("msg_1");
  expect(last()).toEqual({ path: "/api/v1/messages", headers: usual });
  for (const apiVersion of ["v1", "v1beta"]) {
    const ai = new GoogleGenAI({ apiKey: TOKEN, httpOptions: { baseUrl: `${daemon.url}/${name}`, apiVersion } });
    const { text } = await ai.models.generateContent({ model: GEMINI, contents: "hi" });
    expect(text).toBe(GEMINI_WORDS.join(""));
    expect(last()).toEqual({ path: `/api/${apiVersion}/models/${GEMINI}:generateContent`, headers: google });
  }
});
