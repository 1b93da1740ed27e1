// What a message says, in each form, and how it is signed.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { WEBHOOK_EVENT_NAMES } from "../../src/config/webhook-events.ts";
import { Redactor } from "../../src/core/redaction.ts";
import type { Alert } from "../../src/webhooks/alert-book.ts";
import { alertWords } from "../../src/webhooks/alert-words.ts";
import { keyCondition } from "../../src/webhooks/condition.ts";
import { payloadOf, testPayload } from "../../src/webhooks/payload.ts";
import { signatureHeaders } from "../../src/webhooks/sign.ts";
import { START } from "../balancer/fixtures.ts";
import { isGenuine } from "../fixture/receiver.ts";
import { secretsIn } from "../fixture/secret-hunt.ts";

const PARTS = { id: "msg_1", form: "generic", host: "box", redact: (text: string) => text } as const;
const WHY = { reason: "invalid_api_key", status: 401, message: "Incorrect <key> & more" };

function alertOf(event: Alert["event"], count = 1): Alert {
  const about = Array.from({ length: count }, (_, i) => {
    const facts = { provider: "main", keyId: `id${i}`, key: `k${i}`, ...WHY, until: START };
    return keyCondition("invalid", facts);
  });
  return { event, at: START, about };
}

test("the generic form: type, time, id and data", () => {
  const { id, body } = payloadOf(alertOf("key.invalid"), PARTS);
  expect([id, JSON.parse(body)]).toEqual([
    "msg_1",
    {
      type: "key.invalid",
      timestamp: new Date(START).toISOString(),
      id: "msg_1",
      data: {
        text: "main: 1 key is invalid: k0 (invalid_api_key, status 401: Incorrect <key> & more)",
        host: "box",
        provider: "main",
        count: 1,
        items: [{ key_id: "id0", key: "k0", ...WHY, until: new Date(START).toISOString() }],
      },
    },
  ]);
});

test("of many keys some are described and all are counted", () => {
  const { data } = JSON.parse(payloadOf(alertOf("key.invalid", 500), PARTS).body);
  expect([data.count, data.items.length]).toEqual([500, 20]);
  expect(data.text).toBe("main: 500 keys are invalid: k0, k1, k2, k3, k4 and 495 more");
});

test("the form of Slack: one text, in which nothing of the provider is markup", () => {
  const { body } = payloadOf(alertOf("key.invalid"), { ...PARTS, form: "slack" });
  expect(JSON.parse(body)).toEqual({
    text: "*key.invalid* main: 1 key is invalid: k0 (invalid_api_key, status 401: Incorrect &lt;key&gt; &amp; more)",
  });
});

test("every event has words of its own", () => {
  const words = WEBHOOK_EVENT_NAMES.map((event) =>
    alertWords({
      ...alertOf(event),
      about: [keyCondition("invalid", { provider: "main", usable: 1, total: 5 })],
    }),
  );
  expect(new Set(words).size).toBe(WEBHOOK_EVENT_NAMES.length);
  expect(words.join("\n")).not.toContain("undefined");
  expect(words[WEBHOOK_EVENT_NAMES.indexOf("pool.low")]).toBe("main: only 1 of 5 keys is usable");
});

test("a test message says that it is one", () => {
  expect(JSON.parse(testPayload(START, PARTS).body)).toMatchObject({ type: "test", data: { count: 0, items: [] } });
  expect(JSON.parse(testPayload(START, { ...PARTS, form: "slack" }).body).text).toStartWith("*test* ");
});

// The example of github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
test("the signature is that of the standard", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const body = '{"test": 2432232314}';
  const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  expect(signatureHeaders({ id, at: 1_614_265_330_000, body }, secret)).toEqual([
    "webhook-id",
    id,
    "webhook-timestamp",
    "1614265330",
    "webhook-signature",
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  ]);
});

test.each(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "any text of 16 characters or more"])(
  "a receiver can tell a genuine message from others: %s",
  (secret) => {
    const { id, body: text } = payloadOf(alertOf("key.invalid"), PARTS);
    const list = signatureHeaders({ id, at: START, body: text }, secret);
    const headers = new Headers(
      Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i] ?? "", list[2 * i + 1] ?? ""]),
    );
    const received = { headers, text, path: "/" };
    expect(isGenuine(received, secret, START)).toBe(true);
    expect(isGenuine({ ...received, text: text.replace("main", "mine") }, secret, START)).toBe(false);
    expect(isGenuine(received, `${secret.slice(0, -2)}xx`, START)).toBe(false);
    // A copy that somebody sends again later.
    expect(isGenuine(received, secret, START + 301_000)).toBe(false);
    const other = new Headers(headers);
    other.set("webhook-id", "msg_2");
    expect(isGenuine({ ...received, headers: other }, secret, START)).toBe(false);
  },
);

test("without a secret nothing is signed", () => {
  expect(signatureHeaders({ id: "msg_1", at: START, body: "{}" }, undefined)).not.toContain("webhook-signature");
});

// Whatever a provider or an operator writes into it, a message that was masked as text is JSON without a secret.
test("law: no secret stands in a message, in whichever field it came", () => {
  const unit = fc.constantFrom(...'abc0/+="\\\\\n é<&');
  const secret = fc.string({ minLength: 12, maxLength: 40, unit });
  const field = fc.constantFrom("key", "model", "group", "reason", "message");
  const form = fc.constantFrom("generic", "slack");
  fc.assert(
    fc.property(secret, field, form, fc.string({ unit, maxLength: 5 }), (text, name, kind, around) => {
      const redactor = new Redactor();
      redactor.addSecrets([text]);
      const facts = { provider: "main", keyId: "1f0c", ...WHY, [name]: around + text + around };
      const alert = { event: "key.invalid", at: START, about: [keyCondition("invalid", facts)] } as const;
      const body = redactor.redact(
        payloadOf(alert, { ...PARTS, form: kind as "generic", redact: (raw) => redactor.redact(raw) }).body,
      );
      JSON.parse(body);
      expect(secretsIn(body, { text })).toEqual([]);
    }),
  );
});
