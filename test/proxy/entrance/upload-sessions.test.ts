// Whose an upload is that goes on without a credential, and for how long.
import { expect, test } from "bun:test";
import type { RunEnd } from "../../../src/proxy/attempt/run-end.ts";
import type { ClientRequest } from "../../../src/proxy/client-request.ts";
import type { EphemeralScene } from "../../../src/proxy/entrance/issued-book.ts";
import { UploadSessions } from "../../../src/proxy/entrance/upload-sessions.ts";

const WEEK = 7 * 24 * 60 * 60_000;
const QUERY = "?upload_id=abc&upload_protocol=resumable";
const TOKEN = { id: "t1" } as never;

/** An upload that the token `t1` began at 1,000 ms with key `k1` of gemini. */
function begun({ kind = "whole", operation = "upload/files", headers = HEADERS, by = BY } = {}): UploadSessions {
  const sessions = new UploadSessions();
  const attempt = { startedAt: 1_000, candidate: { provider: "gemini", keyId: "k1", model: undefined } };
  const end = { kind, answer: { status: 200, headers, body: new Uint8Array(0) }, attempt } as unknown as RunEnd;
  sessions.learn({ operation: { name: operation } } as ClientRequest, end, by);
  return sessions;
}

const BY: { client: string; tokenId: string | undefined } = { client: "team", tokenId: "t1" };
const HEADERS: readonly (readonly [string, string])[] = [
  ["x-goog-upload-url", `https://generativelanguage.googleapis.com/upload/v1beta/files${QUERY}`],
];

/** A part of it, sent by its id alone. */
function part(query = QUERY, more: Record<string, string> = {}, method = "POST") {
  return { method, query, headers: new Headers({ "x-goog-upload-command": "upload, finalize", ...more }) };
}

function scene(more: { provider?: string; tokens?: readonly never[]; keys?: readonly string[]; now?: number } = {}) {
  const { provider = "gemini", tokens = [TOKEN], keys = ["k1"], now = 1_000 + WEEK - 1 } = more;
  const setup = { providers: new Map([["gemini", { keys: new Map(keys.map((key) => [key, {}])) }]]) };
  const path = { kind: "native", provider, path: "/upload/v1beta/files" };
  return { path, setup, tokens: () => tokens, now } as unknown as EphemeralScene;
}

test("counts as the token that began it, with the key that has it", () => {
  const found = begun().find(part(), scene());
  expect(found).toEqual({ secret: undefined, provider: "gemini", keyId: "k1", client: "team", token: TOKEN });
});

test.each([
  ["an unknown id", "?upload_id=other", {}],
  ["no id", "?upload_protocol=resumable", {}],
  ["an empty id", "?upload_id=", {}],
  ["a week later", QUERY, { now: 1_000 + WEEK }],
  ["a token that is gone", QUERY, { tokens: [] }],
  ["a key that is gone", QUERY, { keys: ["k2"] }],
  ["another provider", QUERY, { provider: "other" }],
])("counts no more with %s", (_, query, more) => {
  expect(begun().find(part(query), scene(more))).toBeUndefined();
});

test.each([
  ["the parameters in another order", part("?upload_protocol=resumable&upload_id=abc")],
  ["a question how far it is", part(QUERY, { "x-goog-upload-command": "query" })],
  ["the protocol again", part(QUERY, { "x-goog-upload-protocol": "resumable" })],
])("counts with %s", (_, presented) => {
  expect(begun().find(presented, scene())).toMatchObject({ client: "team" });
});

test.each([
  ["to begin another", part(QUERY, { "x-goog-upload-command": "start" })],
  ["to begin another and end it at once", part(QUERY, { "x-goog-upload-command": "start, upload, finalize" })],
  ["without a command", { ...part(), headers: new Headers() }],
  ["by another protocol", part(QUERY, { "x-goog-upload-protocol": "multipart" })],
  ["by another protocol, named in the address", part(`${QUERY}&uploadType=multipart`)],
  ["by another method", part(QUERY, {}, "DELETE")],
])("is no credential %s", (_, presented) => {
  expect(begun().find(presented, scene())).toBeUndefined();
});

test("is no credential at another path", () => {
  const path = {
    kind: "native",
    provider: "gemini",
    path: "/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore",
  };
  expect(begun().find(part(), { ...scene(), path } as never)).toBeUndefined();
});

test("counts without a token as long as nobody needs one", () => {
  const sessions = begun({ by: { client: "127.0.0.1", tokenId: undefined } });
  expect(sessions.find(part(), scene({ tokens: [] }))).toMatchObject({ client: "127.0.0.1", token: undefined });
  expect(sessions.find(part(), scene())).toBeUndefined();
});

test.each([
  ["an answer that begins none", { headers: [] }],
  ["an address without an id", { headers: [["x-goog-upload-url", "https://x.example/upload/v1/files"]] as const }],
  ["an address that is none", { headers: [["x-goog-upload-url", "nowhere"]] as const }],
  ["another operation", { operation: "files/*" }],
  ["a failure", { kind: "upstream-error" }],
])("learns nothing of %s", (_, more) => {
  expect(begun(more).find(part(), scene())).toBeUndefined();
});
