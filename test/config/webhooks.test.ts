// Webhooks in the configuration: what they are told of, and what of them is never shown.
import { expect, test } from "bun:test";
import { describeChanges } from "../../src/config/describe-changes.ts";
import { renderConfig } from "../../src/config/render-config.ts";
import { secretsOf } from "../../src/config/secrets-of.ts";
import { shownWebhookUrl } from "../../src/config/webhook-config.ts";
import { WEBHOOK_EVENT_NAMES } from "../../src/config/webhook-events.ts";
import { shareOf } from "../../src/config/webhooks-schema.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { diagnose, loadValid } from "./load.ts";

const TOP = `auth: { client_tokens: [sk-fake-client-token] }
providers: [{ name: a, base_url: https://a.example/v1, api_keys: [sk-fake-1] }]
`;
const yamlOf = (...webhooks: readonly string[]) => `${TOP}webhooks: [${webhooks.join(", ")}]\n`;
const SLACK = "https://hooks.slack.com/services/T00000000/B00000000/fakefakefakefakefakefake";
const SECRET = `whsec_${Buffer.from("a fake secret of 24 bytes").toString("base64")}`;

test("a webhook of a name and a URL is told of everything", () => {
  const [webhook] = loadValid({ yaml: yamlOf("{ name: one, url: http://127.0.0.1:9000/hook }") }).config.webhooks;
  expect(webhook).toEqual({
    name: "one",
    url: "http://127.0.0.1:9000/hook",
    form: "generic",
    secret: undefined,
    events: WEBHOOK_EVENT_NAMES,
    providers: undefined,
    poolBelow: 0.25,
    headers: {},
    timeoutMs: 10_000,
  });
});

test("URL and secret stand in place, in variables and in files", () => {
  const yaml = yamlOf(
    '{ name: one, url: "\x24{HOOK}", secret: { file: hook.key } }',
    "{ name: two, url: { env: HOOK } }",
  );
  const found = loadValid({ yaml, env: { HOOK: "https://b.example/x" }, files: { "/work/hook.key": `${SECRET}\n` } });
  expect(found.config.webhooks.map(({ url, secret }) => [url, secret])).toEqual([
    ["https://b.example/x", SECRET],
    ["https://b.example/x", undefined],
  ]);
});

test("patterns choose events, in the order of the table", () => {
  const yaml = yamlOf("{ name: one, url: https://b.example, events: [pool.recovered, key.*, pool.low] }");
  expect(loadValid({ yaml }).config.webhooks[0]?.events).toEqual([
    "key.invalid",
    "key.exhausted",
    "key.disabled",
    "key.recovered",
    "pool.low",
    "pool.recovered",
  ]);
});

test.each([
  ["25%", 0.25],
  ["0%", 0],
  ["100%", 1],
  ["12.5%", 0.125],
  ["101%", undefined],
  ["0.25", undefined],
  ["-5%", undefined],
])("shareOf(%p) is %p", (text, share) => {
  expect(shareOf(text)).toBe(share as number);
});

test("of a URL only scheme and host are shown, and no part of it is written elsewhere", () => {
  const signed = `{ name: two, url: https://b.example/x?token=fake-token-0123456789, secret: ${SECRET} }`;
  const keyed = `{ name: three, url: https://b.example, headers: { X-Api-Key: fake-header-0123456789 } }`;
  const loaded = loadValid({ yaml: yamlOf(`{ name: one, url: "${SLACK}", form: slack }`, signed, keyed) });
  const rendered = renderConfig(loaded);
  expect(rendered).toContain("url: https://hooks.slack.com/****");
  expect(rendered).toContain("url: https://b.example\n");
  const redactor = new Redactor();
  redactor.addSecrets(secretsOf(loaded.config));
  for (const secret of ["fakefakefakefake", "fake-token-0123456789", SECRET.slice(6), "fake-header-0123456789"]) {
    expect(rendered).not.toContain(secret);
    expect(redactor.redact(`POST ${SLACK} https://b.example/x?token=fake-token-0123456789`)).not.toContain(secret);
    expect(
      redactor.redact(`what came back: ${secret}`.replace("fakefakefakefake", "fakefakefakefakefakefakefake")),
    ).not.toBe(`what came back: ${secret}`);
  }
  expect(shownWebhookUrl("no URL")).toBe("****");
});

test("a reload says which webhooks changed, and not how", () => {
  const one = `{ name: one, url: https://b.example/x }`;
  const old = loadValid({ yaml: yamlOf(one, "{ name: two, url: https://c.example }") }).config;
  const next = loadValid({
    yaml: yamlOf("{ name: one, url: https://d.example, timeout: 3s }", "{ name: three, url: https://c.example }"),
  });
  expect(describeChanges(old, next.config)).toEqual([
    "webhook two: removed",
    "webhook one: url, timeout changed",
    "webhook three: added",
  ]);
  expect(describeChanges(old, old)).toEqual([]);
});

test("a mistake in the name of an event gets the name that was probably meant", () => {
  const lines = diagnose({ yaml: yamlOf("{ name: one, url: https://b.example, events: [key_invalid] }") });
  expect(lines).toEqual(["error: config.yaml:3:58 webhooks[0].events[0]: matches no event: did you mean key.invalid"]);
});
