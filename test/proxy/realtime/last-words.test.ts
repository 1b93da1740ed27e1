// What an upgraded client is told when no key could serve it.
import { expect, test } from "bun:test";
import { CredentialMask } from "../../../src/core/credential-mask.ts";
import { lastWords } from "../../../src/proxy/realtime/last-words.ts";
import { json } from "./scripted.ts";

const KEY = "fake-secret-last-words-000001";
const mask = new CredentialMask(KEY);
const FACTS = { requestId: "req_1", native: false, word: undefined };

function answered(status: number, body: unknown) {
  const answer = { status, headers: [], body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)) };
  return { kind: "upstream-error", provider: {}, mask, answer } as never;
}

function said(words: ReturnType<typeof lastWords>): unknown {
  return words.message === undefined ? undefined : JSON.parse(words.message.bytes.toString());
}

test.each([
  ["rate_limit_exceeded", 1013],
  ["insufficient_quota", 1013],
  ["queue_full", 1013],
  ["no_usable_key", 1013],
  ["upstream_unreachable", 1011],
  ["upstream_timeout", 1011],
] as const)("%s", (code, close) => {
  const words = lastWords({ kind: "refusal", code }, FACTS);
  expect(words.close).toEqual({ code: close, reason: code });
  expect(said(words)).toMatchObject({ type: "error", event_id: "event_req_1", code, error: { code } });
});

test("a client of another API gets no event", () => {
  expect(lastWords({ kind: "refusal", code: "no_usable_key" }, { ...FACTS, native: true })).toEqual({
    close: { code: 1013, reason: "no_usable_key" },
  });
});

test("what the provider said last is passed on, but for the credential", () => {
  const message = json({ type: "error", error: { message: `No: ${KEY}` } });
  const words = lastWords(answered(400, ""), { ...FACTS, word: { message } });
  expect(words.close).toEqual({ code: 1011, reason: "upstream_error" });
  expect(said(words)).toEqual({ type: "error", error: { message: `No: ${mask.mask(KEY)}` } });
  const close = { code: 1008, reason: `bad ${KEY}` };
  expect(lastWords(answered(400, ""), { ...FACTS, word: { close } })).toEqual({
    close: { code: 1008, reason: `bad ${mask.mask(KEY)}` },
  });
});

test("a refused handshake becomes an event, also a page", () => {
  const words = lastWords(answered(503, { error: { message: "Busy", code: "busy" } }), FACTS);
  expect([words.close.code, said(words)]).toMatchObject([
    1013,
    { type: "error", code: "busy", error: { message: "Busy" } },
  ]);
  expect(said(lastWords(answered(500, "<html>"), FACTS))).toMatchObject({
    error: { code: "upstream_invalid_response" },
  });
});
