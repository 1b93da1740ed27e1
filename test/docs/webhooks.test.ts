// What the page on webhooks shows is what is sent, and its code tells genuine messages from others.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { keyCondition } from "../../src/webhooks/condition.ts";
import { payloadOf } from "../../src/webhooks/payload.ts";
import { signatureHeaders } from "../../src/webhooks/sign.ts";
import { scratchFolder } from "../core/scratch-folder.ts";
import { blocks, documentAt } from "./documents.ts";

const { text: PAGE } = documentAt("docs/webhooks.md");

test("the message that is shown is the one that is sent", () => {
  const [shown = "{}"] = blocks("json", PAGE);
  const { id, timestamp, data } = JSON.parse(shown);
  const [{ key, key_id: keyId, until, ...why }] = data.items;
  const facts = { provider: data.provider, keyId, key, ...why, until: Date.parse(until) };
  const alert = { event: "key.invalid", at: Date.parse(timestamp), about: [keyCondition("invalid", facts)] } as const;
  const { body } = payloadOf(alert, { id, form: "generic", host: data.host, redact: String });
  expect(JSON.stringify(JSON.parse(shown))).toBe(body);
});

test("the code that is shown takes genuine messages and refuses others", async () => {
  using folder = scratchFolder();
  const path = join(folder.path, "is-genuine.mjs");
  writeFileSync(path, blocks("js", PAGE)[0] ?? "");
  const { isGenuine } = await import(path);
  const at = Date.parse("2026-03-01T12:00:00Z");
  for (const secret of [`whsec_${Buffer.from("fake secret of the page").toString("base64")}`, "fake-secret-as-text"]) {
    const list = signatureHeaders({ id: "msg_1", at, body: "{}" }, secret);
    const pairs = list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? ""]] : []));
    const headers = new Headers(pairs as [string, string][]);
    expect(isGenuine(headers, "{}", secret, at)).toBe(true);
    expect(isGenuine(headers, "{} ", secret, at)).toBe(false);
    expect(isGenuine(headers, "{}", "another-fake-secret", at)).toBe(false);
    expect(isGenuine(headers, "{}", secret, at + 301_000)).toBe(false);
    expect(isGenuine(new Headers(), "{}", secret, at)).toBe(false);
  }
});
