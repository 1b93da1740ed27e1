// What the beginning of a session says of its key.
import { expect, test } from "bun:test";
import { closeError, startError } from "../../../src/proxy/realtime/first-message.ts";
import { dialectOf } from "../../../src/upstream/dialects.ts";
import { meaningOfInside } from "../../../src/upstream/error-meaning.ts";
import { json, text } from "./scripted.ts";

const OPENAI = dialectOf("openai");
const error = (code: string | null, type = "invalid_request_error") =>
  json({ type: "error", error: { code, type, message: "No" } });

test.each<[string, Parameters<typeof startError>[0], string | undefined]>([
  ["a wrong key", error("invalid_api_key"), "invalid_api_key"],
  ["no credit", error("insufficient_quota"), "insufficient_quota"],
  ["a limit", error("rate_limit_exceeded"), "rate_limit_exceeded"],
  ["an unknown model", error("model_not_found"), "model_not_found"],
  ["a fault of the server", error(null, "server_error"), ""],
  ["a mistake of the client", error("unknown_parameter"), undefined],
  ["a request that is too long", error("context_length_exceeded"), undefined],
  ["a message", json({ type: "session.created", session: {} }), undefined],
  [
    "a message that speaks of errors",
    json({ type: "response.done", response: { error: null, text: '"error"' } }),
    undefined,
  ],
  ["no JSON", text('"error"'), undefined],
])("%s", (_name, message, code) => {
  const found = startError(message, OPENAI);
  expect(found === undefined ? undefined : (found.code ?? "")).toBe(code);
});

test.each<["openai" | "gemini", number, string, string | undefined]>([
  ["openai", 3000, "invalid_request_error.invalid_api_key", "invalid-key"],
  ["openai", 4000, "insufficient_quota_error.insufficient_quota", "no-credit"],
  ["openai", 1008, "Not allowed", "unclear"],
  ["openai", 1011, "", "server-error"],
  ["openai", 1012, "", "overloaded"],
  ["openai", 1013, "", "overloaded"],
  ["openai", 1000, "", undefined],
  ["openai", 1001, "", undefined],
  ["openai", 1005, "", undefined],
  ["gemini", 1007, "API key not valid. Please pass a valid API key.", "invalid-key"],
  ["gemini", 1007, "Request contains an invalid argument.", "client"],
  ["gemini", 1008, "models/x is not found for API version v1beta", "model-missing"],
  ["gemini", 1011, "You exceeded your current quota, please check your plan.", "rate-limit"],
  ["gemini", 1011, "Internal error encountered.", "server-error"],
])("%s closes with %d %s", (name, code, reason, means) => {
  const dialect = dialectOf(name);
  const found = closeError({ code, reason }, name);
  expect(found && meaningOfInside(found, dialect).means).toBe(means as never);
});
