// Which headers of an answer that was an error are kept.
import { expect, test } from "bun:test";
import { keptHeaders } from "../../../src/proxy/answer/kept-headers.ts";
import { fakeSecret } from "../../fixture/secrets.ts";

const plain = (text: string) => text;

test("what support asks for and what says when to come back, nothing that identifies a client", () => {
  const headers = [
    ["date", "Tue, 03 Nov 2026 07:00:00 GMT"],
    ["set-cookie", "__cf_bm=secret"],
    ["x-request-id", "req_1"],
    ["x-ratelimit-remaining-tokens", "0"],
    ["retry-after", "20"],
    ["openai-organization", "org-1"],
    ["content-length", "12"],
  ] as const;
  expect(keptHeaders(headers, plain)).toBe(
    "date: Tue, 03 Nov 2026 07:00:00 GMT\nx-request-id: req_1\nx-ratelimit-remaining-tokens: 0\nretry-after: 20",
  );
  expect(keptHeaders([["content-length", "12"]], plain)).toBeUndefined();
});

test("of long ones and many ones a part, and never half a secret", () => {
  const secret = fakeSecret("header", true);
  const redact = (text: string) => text.replaceAll(secret, "****");
  const long = `${"x".repeat(256 - secret.length / 2)}${secret}`;
  const kept = keptHeaders([["x-request-id", long]], redact) ?? "";
  expect(kept.length).toBeLessThanOrEqual("x-request-id: ".length + 256);
  expect(kept).not.toContain(secret.slice(0, 8));
  const many = Array.from({ length: 500 }, (_, at) => [`x-error-${at}`, "a"] as const);
  expect(keptHeaders(many, plain)?.split("\n")).toHaveLength(40);
});
