// Ephemeral secrets: who may use them, where, and for how long.
import { expect, test } from "bun:test";
import { pinToSecret } from "../../../src/proxy/entrance/issued-book.ts";
import { EphemeralSecrets, takesEphemeral } from "../../../src/proxy/realtime/ephemeral-secrets.ts";

const SECRET = "ek_fake-ephemeral-000001";
const NOW = 1_000_000;
const EXPIRES_S = NOW / 1000 + 60;
const DEFAULT = { kind: "default", rest: "/realtime" } as const;
const TOKEN = { id: "tok_1", name: "app" };

function learnt(body: unknown, { name = "realtime/client_secrets", by = {} as object } = {}) {
  const secrets = new EphemeralSecrets();
  const attempt = { startedAt: NOW, candidate: { provider: "main", keyId: "k1" } };
  const answer = { status: 200, headers: [], body: Buffer.from(JSON.stringify(body)) };
  const end = { kind: "whole", answer, attempt };
  secrets.learn({ operation: { name }, method: "POST" } as never, end as never, by as never);
  return secrets;
}

function found(secrets: EphemeralSecrets, scene: object = {}, header = `Bearer ${SECRET}`) {
  const providers = new Map([["main", { keys: new Map([["k1", {}]]) }]]);
  const usual = { path: DEFAULT, setup: { providers }, tokens: () => [], now: NOW };
  return secrets.find(new Headers({ authorization: header }), { ...usual, ...scene } as never);
}

const MADE = { value: SECRET, expires_at: EXPIRES_S };

test.each<[string, unknown, string, boolean]>([
  ["a client secret", MADE, "realtime/client_secrets", true],
  ["a session of the older kind", { id: "sess_1", client_secret: MADE }, "realtime/sessions", true],
  ["a transcription", { client_secret: MADE }, "realtime/transcription_sessions", true],
  ["a translation", MADE, "realtime/translations/client_secrets", true],
  ["another operation", MADE, "responses", false],
  ["a secret of another kind", { value: "sk-fake-000001", expires_at: EXPIRES_S }, "realtime/client_secrets", false],
  ["an answer without", { error: null }, "realtime/client_secrets", false],
])("%s", (_name, body, name, isLearnt) => {
  expect(found(learnt(body, { name })) !== undefined).toBe(isLearnt);
});

test("it names provider and key, and goes upstream itself", () => {
  const secret = found(learnt(MADE));
  expect(secret).toEqual({ secret: SECRET, provider: "main", keyId: "k1", client: undefined, token: undefined });
  expect(secret && pinToSecret(secret)).toEqual({
    route: [[{ provider: "main", model: undefined }]],
    pinnedKey: "k1",
    standIn: undefined,
  });
});

test.each<[string, object, string | undefined, boolean]>([
  ["until it expires", { now: EXPIRES_S * 1000 - 1 }, undefined, true],
  ["not after", { now: EXPIRES_S * 1000 }, undefined, false],
  ["not another one", {}, "Bearer ek_fake-ephemeral-000002", false],
  ["in another header's form", {}, SECRET, true],
  ["at its provider", { path: { kind: "provider", provider: "main", rest: "/realtime" } }, undefined, true],
  ["not at another provider", { path: { kind: "provider", provider: "other", rest: "/realtime" } }, undefined, false],
  ["not when its key is gone", { setup: { providers: new Map() } }, undefined, false],
])("it counts %s", (_name, scene, header, counts) => {
  expect(found(learnt(MADE), scene, header) !== undefined).toBe(counts);
});

test("one that lives for no stated time lives for two hours", () => {
  const secrets = learnt({ value: SECRET });
  expect(found(secrets, { now: NOW + 2 * 3600_000 - 1 })).toBeDefined();
  expect(found(secrets, { now: NOW + 2 * 3600_000 })).toBeUndefined();
});

test("what a token had made ends with it", () => {
  const secrets = learnt(MADE, { by: { client: "app", tokenId: "tok_1" } });
  expect(found(secrets, { tokens: () => [TOKEN] })).toMatchObject({ client: "app", token: TOKEN });
  expect(found(secrets, { tokens: () => [{ id: "tok_2" }] })).toBeUndefined();
});

test.each([
  ["/realtime", true],
  ["/realtime/calls", true],
  ["/realtime/client_secrets", false],
  ["/responses", false],
])("at %s: %p", (rest, takes) => {
  expect(takesEphemeral({ kind: "default", rest })).toBe(takes);
  expect(takesEphemeral({ kind: "provider", provider: "main", rest })).toBe(takes);
  expect(takesEphemeral({ kind: "native", provider: "main", path: rest })).toBeFalse();
});
