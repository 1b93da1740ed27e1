// The words of a verdict: stable, short, without secrets.
import { describe, expect, test } from "bun:test";
import { classify } from "../../../src/upstream/classify.ts";
import type { Outcome } from "../../../src/upstream/outcome.ts";
import { answer, factsOf, inside, openai } from "./fake-answer.ts";

const SECRET = "sk-fake-secret-1234567890";
const facts = factsOf("openai");

describe("reason", () => {
  test.each<[string, Outcome, string]>([
    ["the code", answer(401, openai("m", "invalid_api_key")), "invalid_api_key"],
    ["the type without a code", answer(400, openai("m")), "invalid_request_error"],
    ["a code in digits", answer(403, { code: 30003, message: "m" }), "30003"],
    ["the status when the code is a sentence", answer(400, { code: "Not a word", error: "m" }), "http_400"],
    ["the status without a body", answer(429), "http_429"],
    ["HTML", answer(502, "<html>"), "html"],
    ["a redirect", answer(302), "redirect"],
    ["an odd status", answer(199), "http_199"],
    ["an unreadable error in a 200", inside({ error: {} }), "unknown_error"],
    ["a code that is a secret", answer(401, openai("m", SECRET)), "http_401"],
    ["a success", answer(200), "ok"],
  ])("%s", (_name, outcome, expected) => {
    expect(classify(outcome, facts).reason).toBe(expected);
  });
});

describe("message", () => {
  test("is redacted before it is cut, so that no half of a secret is left", () => {
    const verdict = classify(answer(401, openai(`${"x".repeat(190)} ${SECRET}`)), facts);
    expect(verdict.message).toBe(`${"x".repeat(190)} ****`);
  });

  test("has at most 200 characters and no half of a pair", () => {
    const message = classify(answer(400, openai(`${"x".repeat(199)}\u{1f600}`)), facts).message;
    expect(message).toBe("x".repeat(199));
  });

  test("is one line without control characters", () => {
    const message = classify(answer(400, openai("a\r\nb\u001b[31mc\u2028d  e")), facts).message;
    expect(message).toBe("a b [31mc d e");
  });

  test("names the target's host of a redirect, not its path", () => {
    const redirect = answer(302, "", [["location", "https://login.example.com/x?token=1"]]);
    expect(classify(redirect, facts).message).toBe("Redirected to login.example.com");
  });

  test.each([
    ["a relative redirect", answer(302, "", [["location", "/login"]])],
    ["no body", answer(500)],
    ["HTML", answer(500, "<html>secret page")],
  ])("is absent for %s", (_name, outcome) => {
    expect(classify(outcome, facts)).not.toHaveProperty("message");
  });
});
