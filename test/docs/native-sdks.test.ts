// The lines of docs/clients.md for the vendors' own libraries, run as they stand there, against a real daemon.
import { expect, setDefaultTimeout, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { AzureOpenAI } from "openai";
import { anthropic, CLAUDE, CLAUDE_WORDS } from "../fixture/anthropic-answers.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { GEMINI, GEMINI_WORDS, gemini } from "../fixture/gemini-answers.ts";
import { CHAT_TEXT, openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";
import { blocks, section } from "./documents.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const SECTION = section("docs/clients.md", "Native SDKs");
const HERE = "http://127.0.0.1:8000";

interface Clients {
  readonly claude: Anthropic;
  readonly gemini: GoogleGenAI;
  readonly azure: AzureOpenAI;
}

/** The clients that the block makes, of another daemon. */
function clientsOf(url: string): Clients {
  const block = /^```ts\n(.*?)^```$/ms.exec(SECTION)?.[1] ?? "";
  const body = block.replace(/^import .*\n/gm, "").replaceAll(HERE, url);
  const make = new Function("Anthropic", "GoogleGenAI", "AzureOpenAI", `${body}\nreturn { claude, gemini, azure };`);
  return make(Anthropic, GoogleGenAI, AzureOpenAI) as Clients;
}

test("each line makes a client that is answered", async () => {
  await using upstream = startUpstream({
    otherwise: (call) => {
      if (call.path.includes("/messages")) return anthropic(call);
      if (call.path.startsWith("/openai")) {
        return openai({ ...call, path: call.path.replace(/^\/openai\/deployments\/[^/]+/, "") });
      }
      return gemini(call);
    },
  });
  const origin = new URL(upstream.url).origin;
  const bases = { anthropic: "/v1", gemini: "/v1beta/openai", azure: "/openai/v1" };
  const providers = Object.entries(bases).map(([name, path]) => {
    return { name, base_url: origin + path, api_keys: [fakeSecret(`docs_${name}`)] };
  });
  await using daemon = await startDaemon(JSON.stringify({ default_provider: "anthropic", providers }));
  const clients = clientsOf(daemon.url);
  const messages = [{ role: "user" as const, content: "hi" }];
  const message = await clients.claude.messages.create({ model: CLAUDE, max_tokens: 9, messages });
  expect(message.content[0]).toMatchObject({ text: CLAUDE_WORDS.join("") });
  expect((await clients.gemini.models.generateContent({ model: GEMINI, contents: "hi" })).text).toBe(
    GEMINI_WORDS.join(""),
  );
  const chat = await clients.azure.chat.completions.create({ model: "my-gpt", messages });
  expect(chat.choices[0]?.message.content).toBe(CHAT_TEXT);
});

test("everything that the documents import exists", async () => {
  const imports = blocks("ts").flatMap((block) => [
    ...block.matchAll(/^import (\{ )?(\w+)(?: \})? from "([^"]+)";$/gm),
  ]);
  expect(imports.length).toBeGreaterThan(4);
  for (const [, brace, name = "", from = ""] of imports) {
    const own: Readonly<Record<string, unknown>> = await import(from);
    expect(own[brace === undefined ? "default" : name]).toBeFunction();
  }
});

test("the variables are those that the libraries follow", () => {
  const line = /^export (ANTHROPIC\S+) (GOOGLE\S+)$/m.exec(SECTION) ?? [];
  const variables = line.slice(1).map((pair) => pair.split("=") as [string, string]);
  expect(variables.map(([name]) => name)).toEqual(["ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL"]);
  expect(variables.map(([, url]) => url)).toEqual([`${HERE}/anthropic`, `${HERE}/gemini`]);
  const before = process.env.ANTHROPIC_BASE_URL;
  process.env.ANTHROPIC_BASE_URL = variables[0]?.[1];
  try {
    expect(new Anthropic({ apiKey: "unused" }).baseURL).toBe(`${HERE}/anthropic`);
  } finally {
    if (before === undefined) delete process.env.ANTHROPIC_BASE_URL;
    else process.env.ANTHROPIC_BASE_URL = before;
  }
});
