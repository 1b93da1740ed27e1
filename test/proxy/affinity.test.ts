// Which requests prefer the same key: the same cache key, the same user, or the same beginning, for the same model.
import { describe, expect, test } from "bun:test";
import { affinityOf } from "../../src/proxy/affinity.ts";
import { peekBody } from "../../src/proxy/body/peek-body.ts";

const SYSTEM = { role: "system", content: "You are a pirate." };
const DEVELOPER = { role: "developer", content: "Be brief." };
const USER = { role: "user", content: "Hello" };
const MORE = [
  { role: "assistant", content: "Ahoy" },
  { role: "user", content: "Bye" },
];

function affinity(value: unknown, model: string | undefined = "m", native?: "gemini"): string | undefined {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return affinityOf(body, peekBody(body, "application/json", native), model);
}

describe("affinityOf", () => {
  test.each<[string, unknown, unknown]>([
    ["turns of a chat", { messages: [SYSTEM, USER] }, { messages: [SYSTEM, USER, ...MORE], temperature: 1 }],
    ["turns without instructions", { messages: [USER] }, { messages: [USER, ...MORE] }],
    [
      "turns after two instructions",
      { messages: [SYSTEM, DEVELOPER, USER] },
      { messages: [SYSTEM, DEVELOPER, USER, ...MORE] },
    ],
    ["turns of the responses API", { instructions: "x", input: [USER] }, { input: [USER, ...MORE], instructions: "x" }],
    ["turns of the messages API", { system: "x", messages: [USER] }, { messages: [USER, ...MORE], system: "x" }],
    ["a cache key before all else", { prompt_cache_key: "k", user: "u", messages: [USER] }, { prompt_cache_key: "k" }],
    ["a user before the text", { user: "u", messages: [SYSTEM] }, { user: "u", messages: [USER] }],
    ["what differs only after 4 KiB", { input: `${"x".repeat(5_000)}a` }, { input: `${"x".repeat(5_000)}b` }],
    [
      "a list whose first message is longer than 4 KiB",
      { messages: [{ role: "system", content: "x".repeat(5_000) }, USER] },
      { messages: [{ role: "system", content: "x".repeat(5_000) }, ...MORE] },
    ],
  ])("is one for %s", (_name, one, other) => {
    expect(affinity(one)).toBeDefined();
    expect(affinity(one)).toBe(affinity(other) as string);
  });

  test.each<[string, unknown, unknown]>([
    ["instructions", { messages: [SYSTEM, USER] }, { messages: [DEVELOPER, USER] }],
    ["first messages", { messages: [SYSTEM, USER] }, { messages: [SYSTEM, MORE[1]] }],
    ["cache keys", { prompt_cache_key: "a" }, { prompt_cache_key: "b" }],
    ["users", { user: "a" }, { user: "b" }],
    ["a cache key and a user of the same name", { prompt_cache_key: "a" }, { user: "a" }],
    ["texts", { input: "a" }, { input: "b" }],
  ])("differs for other %s", (_name, one, other) => {
    expect(affinity(one)).not.toBe(affinity(other) as string);
  });

  test("differs for another model", () => {
    expect(affinity({ messages: [USER] }, "a")).not.toBe(affinity({ messages: [USER] }, "b") as string);
  });

  test("reads the beginning of a native Gemini request", () => {
    const turn = (role: string, text: string) => ({ role, parts: [{ text }] });
    const first = { systemInstruction: turn("system", "x"), contents: [turn("user", "a")] };
    const later = { ...first, contents: [turn("user", "a"), turn("model", "b"), turn("user", "c")] };
    expect(affinity(first, "m", "gemini")).toBeDefined();
    expect(affinity(first, "m", "gemini")).toBe(affinity(later, "m", "gemini") as string);
    expect(affinity({ contents: [{ parts: [] }] }, "m", "gemini")).toBeDefined();
  });

  test("is none without a conversation", () => {
    expect(affinity({ prompt: "x" })).toBeUndefined();
    expect(affinityOf(new Uint8Array(0), peekBody(null, null), "m")).toBeUndefined();
  });

  test("shows nothing of what it was made of", () => {
    const secret = "sk-fake-user-0123456789";
    for (const body of [{ user: secret }, { prompt_cache_key: secret }, { input: secret }]) {
      expect(affinity(body)).toMatch(/^[0-9a-z]{1,13}$/);
    }
  });
});
